// Which requests are taken, what they pass, and where they go.
#pragma once

#include <waggle/model/rule.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

struct router {
  std::string name;  ///< "frontend-PathPrefix-0"
  std::vector<std::string> entry_points;
  model::rule rule;
  int priority = 0;                      ///< as asked for; 0 or less: the rule's length counts
  std::vector<std::string> middlewares;  ///< by name, in the order in which they see a request
  std::string service;                   ///< its name
  std::optional<bool> pass_host_header;  ///< none: as the service says (Traefik 1 asks its frontends)
  bool pass_tls_cert = false;            ///< Traefik 1's, deprecated there: servers see the entry point's certificate
  /// Looked for before the entry point's own redirect, auth and white list, none of which it sees, and before all others: paths of
  /// the API (Traefik 1.7 section 8.1). Its requests are neither logged nor counted. No label or file sets it.
  bool before_entry_steps = false;
  std::string swarm_service;  ///< the Swarm service that asked for it (verdicts, log); empty otherwise
  std::string identity{};     ///< "web", "web/admin": service and segment; empty: the name does not move (see identity_of)
  bool operator==(const router&) const = default;
};

/// What logs, figures and people call it. Traefik 1's names hold an index that changes when any other service comes or goes, so
/// they are for its API only.
inline const std::string& identity_of(const router& r) noexcept { return r.identity.empty() ? r.name : r.identity; }

/// Priority as in force.
inline std::int64_t priority_of(const router& r) noexcept { return priority_of(r.priority, r.rule.parts); }

}  // namespace waggle::model
