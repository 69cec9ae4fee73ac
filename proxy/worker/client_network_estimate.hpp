// Does nearly every client come from one small network? Then that is a proxy or Swarm's routing mesh, and the clients' own
// addresses are hidden. A majority vote (Boyer and Moore): two words, no table, nothing a client could fill.
#pragma once

#include "io/address.hpp"

#include <cstdint>
#include <cstring>

namespace waggle::proxy {

struct client_network_estimate {
  io::ip_bytes network{};              ///< /24 (IPv4) or /120; the candidate
  std::uint64_t votes = 0, total = 0;  ///< votes: those for it less the others since it became the candidate

  void note(const io::ip_bytes& ip) noexcept {
    ++total;
    if (std::memcmp(ip.data(), network.data(), ip.size() - 1) == 0) {
      ++votes;
    } else if (votes == 0) {
      network = ip;
      network.back() = 0;
      votes = 1;
    } else {
      --votes;
    }
  }
  /// Of two workers: what speaks for one candidate speaks against the other.
  void add(const client_network_estimate& other) noexcept {
    total += other.total;
    if (network == other.network) {
      votes += other.votes;
    } else if (other.votes > votes) {
      network = other.network;
      votes = other.votes - votes;
    } else {
      votes -= other.votes;
    }
  }
  /// At least this part of all came from `network`.
  double share() const noexcept { return total == 0 ? 0 : (static_cast<double>(votes) / static_cast<double>(total) + 1) / 2; }
};

}  // namespace waggle::proxy
