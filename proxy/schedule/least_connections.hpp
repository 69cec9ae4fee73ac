// Scheduler lc: the fewest connections, whatever the weights.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/least_load.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class least_connections {
 public:
  static constexpr model::scheduler policy = model::scheduler::least_connections;

  least_connections(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    return least_load(a, [](const server_state& s) { return load_ratio{connection_load(s), s.share}; });
  }
};

}  // namespace waggle::proxy::schedule
