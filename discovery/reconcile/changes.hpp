// What changed between two configurations, in words for the log: one entry for each backend or frontend. Pure.
#pragma once

#include "swarm/snapshot.hpp"

#include <waggle/model/configuration.hpp>

#include <string>
#include <vector>

namespace waggle::discovery {

struct backend_change {
  std::string service, backend;
  std::string added, removed;  ///< "http://10.0.0.5:8000 (task wz64vytmr1h0)", comma-separated
  std::string reason;          ///< "task started", "task shutting down", "labels changed", "service removed", …
};

struct frontend_change {
  std::string service, frontend, rule;  ///< frontend: its identity
  std::string what;                     ///< "added", "removed", "changed"
};

struct change_list {
  std::vector<backend_change> backends;
  std::vector<frontend_change> frontends;
};

/// @param before, after  the pictures the configurations were made from: they tell the reason.
change_list changes_between(const model::configuration& old_config, const snapshot& before, const model::configuration& new_config,
                            const snapshot& after);

}  // namespace waggle::discovery
