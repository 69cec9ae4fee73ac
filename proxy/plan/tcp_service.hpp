// A TCP service as one publish left it: immutable values that the table and the connections to its servers share. What changes
// meanwhile hangs on the dense numbers and lives in the workers, or is counted over all of them (turns, connection counts).
#pragma once

#include "io/timer_wheel.hpp"
#include "plan/backend.hpp"
#include "schedule/connection_counts.hpp"
#include "schedule/persistence_entry.hpp"
#include "schedule/plan.hpp"
#include "schedule/server_state.hpp"
#include "schedule/threshold.hpp"

#include <waggle/model/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace waggle::proxy::plan {

struct tcp_server : server {
  bool leaving = false;                               ///< its task ends: no new connections, open ones go on until it is gone
  std::shared_ptr<schedule::connection_counts> open;  ///< over workers and publishes
};

struct tcp_service {
  dense_id id = 0;
  std::string key;  ///< "provider/name"
  std::string name;
  std::vector<tcp_server> servers;
  std::shared_ptr<const schedule::plan> schedule;  ///< of the servers, in this order
  std::shared_ptr<schedule::shared_state> turns;   ///< over workers and publishes
  schedule::persistence_owner owner = 0;           ///< in the persistence table
  schedule::connection_limits limits;              ///< of each server
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
