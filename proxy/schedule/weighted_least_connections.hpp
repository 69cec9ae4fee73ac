// Scheduler wlc, the default: the fewest connections for its weight.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/least_load.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class weighted_least_connections {
 public:
  static constexpr model::scheduler policy = model::scheduler::weighted_least_connections;

  weighted_least_connections(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    return least_load(a, [](const server_state& s) { return load_ratio{connection_load(s), s.shared_weight()}; });
  }
};

}  // namespace waggle::proxy::schedule
