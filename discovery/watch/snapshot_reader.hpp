// The seam between the loop and what it looks at: a swarm (poller), or the containers of one Engine (container_poller).
#pragma once

#include "docker/fault.hpp"
#include "reconcile/poll_schedule.hpp"
#include "swarm/snapshot.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/discovery/status.hpp>

#include <string>
#include <vector>

namespace waggle::discovery {

class snapshot_reader {
 public:
  virtual ~snapshot_reader() = default;
  /// @param before  the newest picture; limited looks are laid over it.
  /// @return a picture, or the fault; fault_kind::gone means "ask for everything instead".
  virtual engine_result<snapshot> take(const look& what, const snapshot& before) = 0;
  /// Networks are listed again at the next look.
  virtual void forget_networks() noexcept {}
  /// So are nodes.
  virtual void forget_nodes() noexcept {}

  /// Nodes that are down, drained or paused, as last listed.
  const std::vector<node_trouble>& troubled_nodes() const noexcept { return troubled_; }

  /// When the last answer of the newest picture was there.
  base::mono_time answered() const noexcept { return answered_; }

  /// Which call failed, for Traefik's words: "services", "tasks", "networks", "containers".
  const std::string& step() const noexcept { return step_; }

 protected:
  std::string step_;
  base::mono_time answered_{};
  std::vector<node_trouble> troubled_;
};

}  // namespace waggle::discovery
