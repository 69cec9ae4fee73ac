// Scheduler rr: one after the other, whatever their weights; one counter for all workers, so that four connections go 1 2 1 2.
#pragma once

#include "schedule/arrival.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class round_robin {
 public:
  static constexpr model::scheduler policy = model::scheduler::round_robin;

  round_robin(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    return in_turn(
        a.size(), a.shared.turn, [&](std::size_t i) { return a.usable(i); }, [&](std::size_t i) { return a.servers[i].share; });
  }
};

}  // namespace waggle::proxy::schedule
