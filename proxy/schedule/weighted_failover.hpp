// Scheduler fo: all to the server of the highest weight that can be used.
#pragma once

#include "schedule/arrival.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::schedule {

class weighted_failover {
 public:
  static constexpr model::scheduler policy = model::scheduler::weighted_failover;

  weighted_failover(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    return heaviest(a, [](const server_state&) { return true; });
  }

  /// The one of the highest weight among the usable ones that also suit; equal ones take turns.
  template <class Suits>
  static int heaviest(const arrival& a, Suits&& suits) noexcept {
    std::uint32_t most = 0;
    for (const server_state& s : a.servers)
      if (s.usable() && suits(s)) most = std::max(most, s.weight);
    return in_turn(
        a.size(), a.shared.turn, [&](std::size_t i) { return a.usable(i) && suits(a.servers[i]) && a.servers[i].weight == most; },
        [](std::size_t) { return std::uint64_t{1}; });
  }
};

}  // namespace waggle::proxy::schedule
