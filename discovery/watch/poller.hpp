// Takes pictures of a swarm: turns a look that is due into calls of the Engine and their answers into one complete snapshot.
#pragma once

#include "docker/client.hpp"
#include "swarm/moves.hpp"
#include "swarm/snapshot.hpp"
#include "watch/snapshot_reader.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

class poller final : public snapshot_reader {
 public:
  explicit poller(engine_client& client) : client_(client) {}

  engine_result<snapshot> take(const look& what, const snapshot& before) override;
  void forget_networks() noexcept override { networks_stale_ = true; }
  void forget_nodes() noexcept override { nodes_stale_ = true; }

 private:
  engine_result<std::vector<task>> tasks(const std::vector<std::string>& service_ids);
  engine_result<void> learn_nodes(const std::vector<task>& tasks);
  engine_result<void> look_after(std::vector<std::shared_ptr<const service_view>>& now, const snapshot& before);
  engine_result<std::vector<std::shared_ptr<const service_view>>> views(const look& what, const snapshot& before);

  engine_client& client_;
  bool networks_stale_ = true;
  network_map networks_;
  moving_services moving_;
  bool nodes_stale_ = true;
  base::mono_time nodes_again_{};                             // after a refusal: not before
  std::unordered_map<std::string, base::shared_text> nodes_;  // id → hostname; empty: the list does not hold it
  std::set<std::string> down_;                                // ids of nodes
  std::set<std::string> absent_;                              // ids that the list of networks does not hold (local scope): asked for once
};

}  // namespace waggle::discovery
