// What changed between two configurations, in words for the log: one entry for each service or router, which are backends and
// frontends in Traefik 1's words. Pure.
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

/// A router or service of TCP or UDP.
struct stream_change {
  std::string service, name;
  std::string kind;  ///< "TCP router", "UDP service", …
  std::string what;  ///< "added", "removed", "changed"
};

struct change_list {
  std::vector<backend_change> backends;
  std::vector<frontend_change> frontends;
  std::vector<stream_change> streams;
};

/// @param before, after  the pictures the configurations were made from: they tell the reason.
change_list changes_between(const model::configuration& old_config, const snapshot& before, const model::configuration& new_config,
                            const snapshot& after);

}  // namespace waggle::discovery
