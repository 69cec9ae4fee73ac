// A TCP service as one publish left it: immutable values that the table and the connections to its servers share.
#pragma once

#include "io/timer_wheel.hpp"
#include "plan/layer4_service.hpp"
#include "schedule/threshold.hpp"

#include <waggle/model/tcp.hpp>

#include <memory>

namespace waggle::proxy::plan {

struct tcp_service : layer4_service {
  schedule::connection_limits limits;  ///< of each server
  io::time_ms slow_start = 0;
  std::shared_ptr<const model::tcp_service> source;

  /// Fewer servers than the swarm wants: more are on their way.
  bool expects_more() const noexcept { return servers.size() < source->replicas; }
  /// A client belongs to one server; another one is second best.
  bool insists() const noexcept {
    const model::scheduler how = source->scheduling.policy;
    return source->persistence.has_value() || how == model::scheduler::maglev_hash || how == model::scheduler::source_hash;
  }
};

}  // namespace waggle::proxy::plan
