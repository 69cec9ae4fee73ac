// A service as the schedulers see it, for their tests: servers with weights and counts, picks counted.
#pragma once

#include "schedule/plan.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace waggle::proxy::schedule::test {

inline constexpr key16 key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

inline std::string slot_key(std::size_t slot) { return "db/" + std::to_string(slot); }

/// One of 2^32 addresses, IPv4 mapped.
inline client client_at(std::uint32_t n, std::uint16_t port = 0) {
  client out;
  out.address[10] = out.address[11] = 0xff;
  for (unsigned i = 0; i < 4; ++i) out.address[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  out.port = port;
  return out;
}

struct service {
  model::scheduling how;
  std::vector<server_facts> facts;
  std::vector<server_state> servers;
  std::shared_ptr<const plan> made;
  shared_state shared;
  schedule::random random{42};

  service(model::scheduling s, const std::vector<std::uint32_t>& weights) : how(s) {
    for (std::size_t i = 0; i < weights.size(); ++i) add(slot_key(i + 1), weights[i]);
    publish();
  }
  service(model::scheduler policy, const std::vector<std::uint32_t>& weights) : service(model::scheduling{.policy = policy}, weights) {}

  void add(const std::string& slot, std::uint32_t weight) {
    facts.push_back({slot, weight, facts.size() + 1});
    servers.push_back({.weight = weight});
  }
  void publish() { made = plan::make(how, facts, key); }

  int pick(const client& from = {}) { return made->pick(shared, servers, from, random); }
  /// "aacabc": short connections, one after the other.
  std::string picks(int how_many) {
    std::string out;
    for (int i = 0; i < how_many; ++i) {
      const int s = pick();
      out += s < 0 ? '-' : static_cast<char>('a' + s);
    }
    return out;
  }
  /// … that stay.
  std::string opens(int how_many) {
    std::string out;
    for (int i = 0; i < how_many; ++i) {
      const int s = pick();
      out += s < 0 ? '-' : static_cast<char>('a' + s);
      if (s >= 0) ++servers[static_cast<std::size_t>(s)].active;
    }
    return out;
  }
  /// Each server's part of picks by as many clients.
  std::vector<double> shares(std::uint32_t how_many) {
    std::vector<double> out(servers.size());
    for (std::uint32_t i = 0; i < how_many; ++i)
      if (const int s = pick(client_at(i * 2'654'435'761U)); s >= 0) out[static_cast<std::size_t>(s)] += 1.0 / how_many;
    return out;
  }
};

}  // namespace waggle::proxy::schedule::test
