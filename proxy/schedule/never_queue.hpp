// Scheduler nq: a server without active connections if there is one, they take turns; else as sed.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/least_load.hpp"
#include "schedule/shortest_expected_delay.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class never_queue {
 public:
  static constexpr model::scheduler policy = model::scheduler::never_queue;

  never_queue(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    const int idle = in_turn(
        a.size(), a.shared.turn, [&](std::size_t i) { return a.usable(i) && a.servers[i].active == 0; },
        [&](std::size_t i) { return a.servers[i].shared_weight(); });
    return idle >= 0 ? idle : least_load(a, shortest_expected_delay::expected_delay);
  }
};

}  // namespace waggle::proxy::schedule
