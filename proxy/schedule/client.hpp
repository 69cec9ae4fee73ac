// What a scheduler sees of who connects. Addresses are 16 bytes with IPv4 mapped, so that a client counts as one, by whichever kind of
// socket it came.
#pragma once

#include "io/address.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::schedule {

struct client {
  io::ip_bytes address{};  ///< masked, where the service has a netmask
  std::uint16_t port = 0;
  io::ip_bytes local{};  ///< waggle's own address that the client has asked
};

constexpr bool is_ipv4(const io::ip_bytes& ip) noexcept {
  return std::all_of(ip.begin(), ip.begin() + 10, [](std::uint8_t b) { return b == 0; }) && ip[10] == 0xff && ip[11] == 0xff;
}

/// The network of an address: the first bits are kept. @param v4, v6  lengths of the prefix; more than there are: all.
constexpr io::ip_bytes masked(io::ip_bytes ip, unsigned v4, unsigned v6) noexcept {
  const unsigned kept = is_ipv4(ip) ? 96 + std::min(v4, 32U) : std::min(v6, 128U);
  for (std::size_t i = 0; i < ip.size(); ++i) {
    const unsigned before = static_cast<unsigned>(8 * i), here = kept > before ? std::min(kept - before, 8U) : 0;
    ip[i] = static_cast<std::uint8_t>(ip[i] & (0xff00U >> here));
  }
  return ip;
}

}  // namespace waggle::proxy::schedule
