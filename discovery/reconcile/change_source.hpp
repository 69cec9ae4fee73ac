// The seam behind which "something changed" comes from: today the Engine's event stream, later SwarmKit's watch. A source
// never says what is; it says where to look. A lost hint costs latency, not correctness.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace waggle::discovery {

struct change_hint {
  std::set<std::string> services;  ///< ids to look at
  std::set<std::string> removed;   ///< ids whose removal was announced
  bool everything = false;         ///< look at all services and tasks
  bool networks = false;           ///< the list of networks may have changed
  bool nodes = false;              ///< that of nodes
  bool doubt = false;              ///< only because a server failed: nothing is known to have changed
  std::string reason;              ///< of the first hint: "service event", "container event", …

  bool empty() const noexcept { return services.empty() && !everything && !networks; }
  void merge(change_hint other) {
    services.merge(other.services);
    removed.merge(other.removed);
    everything = everything || other.everything;
    networks = networks || other.networks;
    nodes = nodes || other.nodes;
    doubt = doubt && other.doubt;
    if (reason.empty()) reason = std::move(other.reason);
  }
};

class change_source {
 public:
  virtual ~change_source() = default;
  virtual void open() = 0;
  virtual void close() = 0;
  virtual bool alive() const = 0;
  /// What came since the last call.
  virtual change_hint take() = 0;
};

}  // namespace waggle::discovery
