// Scheduler sed: who would have the fewest active connections for its weight with this one.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/least_load.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <cstdint>

namespace waggle::proxy::schedule {

class shortest_expected_delay {
 public:
  static constexpr model::scheduler policy = model::scheduler::shortest_expected_delay;

  shortest_expected_delay(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept { return least_load(a, expected_delay); }

  static constexpr load_ratio expected_delay(const server_state& s) noexcept { return {static_cast<std::uint64_t>(s.active) + 1, s.shared_weight()}; }
};

}  // namespace waggle::proxy::schedule
