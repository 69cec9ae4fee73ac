// Takes pictures: turns a look that is due into calls of the Engine and their answers into one complete snapshot.
#pragma once

#include "docker/client.hpp"
#include "reconcile/poll_schedule.hpp"
#include "swarm/moves.hpp"
#include "swarm/snapshot.hpp"

#include <waggle/discovery/status.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

class poller {
 public:
  explicit poller(engine_client& client) : client_(client) {}

  /// @param before  the newest picture; limited looks are laid over it.
  /// @return a picture, or the fault; fault_kind::gone means "ask for everything instead".
  engine_result<snapshot> take(const look& what, const snapshot& before);
  /// Networks are listed again at the next look.
  void forget_networks() noexcept { networks_stale_ = true; }
  /// So are nodes.
  void forget_nodes() noexcept { nodes_stale_ = true; }

  /// Those that are down, drained or paused, as last listed.
  const std::vector<node_trouble>& troubled_nodes() const noexcept { return troubled_; }

  /// When the last answer of the newest picture was there.
  base::mono_time answered() const noexcept { return answered_; }

  /// Which call failed, for Traefik's words: "services", "tasks", "networks".
  const std::string& step() const noexcept { return step_; }

 private:
  engine_result<std::vector<task>> tasks(const std::vector<std::string>& service_ids);
  engine_result<void> learn_nodes(const std::vector<task>& tasks);
  engine_result<void> look_after(std::vector<std::shared_ptr<const service_view>>& now, const snapshot& before);
  engine_result<std::vector<std::shared_ptr<const service_view>>> views(const look& what, const snapshot& before);

  engine_client& client_;
  std::string step_;
  base::mono_time answered_{};
  bool networks_stale_ = true;
  network_map networks_;
  moving_services moving_;
  bool nodes_stale_ = true;
  base::mono_time nodes_again_{};                             // after a refusal: not before
  std::unordered_map<std::string, base::shared_text> nodes_;  // id → hostname; empty: the list does not hold it
  std::vector<node_trouble> troubled_;
  std::set<std::string> down_;    // ids of nodes
  std::set<std::string> absent_;  // ids that the list of networks does not hold (local scope): asked for once
};

}  // namespace waggle::discovery
