// A frontend in Traefik 1's words: which requests are taken, and what they pass on their way to a backend. What it becomes in the
// model: translate.hpp.
#pragma once

#include <waggle/model/rule.hpp>
#include <waggle/model/traefik1/frontend_options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waggle::model {

struct frontend {
  std::string name;  ///< "frontend-PathPrefix-0"
  std::vector<std::string> entry_points;
  std::string backend;
  std::vector<route_rule> routes;  ///< all must match; from labels always exactly one
  bool pass_host_header = true;
  int priority = 0;          ///< as the label says; 0 or less: the rule's length counts
  frontend_options options;  ///< auth, redirect, headers, limits, …
  std::string service;       ///< the Swarm service that asked for it (verdicts, log); empty otherwise
  /// Looked for before the entry point's own redirect, auth and white list, none of which it sees, and before all others: paths of
  /// the API (Traefik 1.7 section 8.1). Its requests are neither logged nor counted. No label or file sets it.
  bool before_entry_steps = false;
  std::string identity{};  ///< "web", "web/admin": service and segment; empty: the name does not move (see identity_of)
  bool operator==(const frontend&) const = default;
};

/// What logs, figures and people call it. Traefik's names hold an index that changes when any other service comes or goes, so
/// they are for its API only.
inline const std::string& identity_of(const frontend& f) noexcept { return f.identity.empty() ? f.name : f.identity; }

/// Priority as in force.
inline std::int64_t priority_of(const frontend& f) noexcept { return priority_of(f.priority, f.routes); }

}  // namespace waggle::model
