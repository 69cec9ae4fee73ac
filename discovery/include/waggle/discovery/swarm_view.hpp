// What runs in the swarm, for people: services and tasks with their states. Plain values, made when somebody asks.
#pragma once

#include <waggle/base/shared_text.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::discovery {

struct task_view {
  base::shared_text id, node, state, desired;
  std::uint64_t slot = 0;         ///< 0: of a global service
  base::shared_text node_name{};  ///< hostname; empty if not known
};

struct swarm_service_view {
  std::string id, name, update_state;
  bool container = false;                                          ///< no service of a swarm; its one task is the container
  bool global = false, health_check = false, start_first = false;  ///< as the specification says
  std::optional<std::uint64_t> replicas;                           ///< none: global, or a job
  double stop_grace_seconds = 10;
  std::string task_error{};      ///< what the Engine says of tasks that do not start or stay; empty: they do
  std::vector<task_view> tasks;  ///< those that the Engine wants to run
};

/// In the Engine's order.
using swarm_view = std::vector<swarm_service_view>;

/// One thing that a publish changed.
struct change_view {
  std::string service, name, what;  ///< what: "backend changed", "frontend added", …
  std::string added, removed, reason;
  std::uint64_t generation = 0;
};

}  // namespace waggle::discovery
