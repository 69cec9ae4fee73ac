// Scheduler ovf: the server of the highest weight until it has more active connections than its weight says, then the next one. Weights are
// limits here: if all are over theirs there is none, as in the kernel (net/netfilter/ipvs/ip_vs_ovf.c).
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/weighted_failover.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class weighted_overflow {
 public:
  static constexpr model::scheduler policy = model::scheduler::weighted_overflow;

  weighted_overflow(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    return weighted_failover::heaviest(a, [](const server_state& s) { return s.active <= s.weight; });
  }
};

}  // namespace waggle::proxy::schedule
