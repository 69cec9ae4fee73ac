// The border type between discovery and proxy: what should be routed where. Plain values; knows neither Docker nor
// sockets. Names follow Traefik 1 (frontend, backend, server), because operators see them in the API and the log.
#pragma once

#include <waggle/base/shared_text.hpp>
#include <waggle/model/backend_options.hpp>
#include <waggle/model/frontend_options.hpp>
#include <waggle/model/parts.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

/// Who runs a server: lets the proxy follow a slot to its successor and lets people read what answered.
/// Empty strings for servers that do not come from Swarm (file provider).
struct origin {
  base::shared_text service_id, service_name;
  base::shared_text task_id;
  std::uint64_t slot = 0;  ///< 0 for tasks of global services
  base::shared_text node_id, node_name;  ///< the name is for people: the node's hostname, empty if not known
  bool operator==(const origin&) const = default;
};

struct server {
  base::shared_text id;    ///< identity of runtime state (pool, health): task id + address and port, never an address alone
  base::shared_text name;  ///< as in Traefik's API: server-<task>-<md5 of url>
  base::shared_text url;   ///< as in Traefik's API and in the sticky cookie: http://10.0.0.5:8000
  std::string scheme = "http";
  std::string host;        ///< IP address (text, no brackets)
  std::uint16_t port = 0;  ///< 0: the url has no usable port; the server cannot be wired
  int weight = 1;          ///< 0 acts as 1 (Traefik 1.7); negative cannot be wired
  model::origin origin;
  bool operator==(const server&) const = default;
};

struct stickiness {
  std::string cookie_name;  ///< as the label says; empty: derived from the backend's name
  bool secure = false, http_only = false;
  std::string same_site;  ///< "", "none", "lax", "strict"; anything else gives no attribute
  std::string value;      ///< waggle's own: "opaque", "url"; empty: as the proxy is told
  bool operator==(const stickiness&) const = default;
};

struct load_balancer {
  std::string method;   ///< as written; "wrr" and "drr" in any case are known
  bool sticky = false;  ///< deprecated form of Traefik 1; stickiness then names the cookie
  std::optional<model::stickiness> stickiness;
  bool operator==(const load_balancer&) const = default;
};

struct backend {
  std::string name;             ///< "backend-whoami-service"
  std::vector<server> servers;  ///< sorted by name
  std::optional<model::load_balancer> load_balancer;
  std::optional<model::circuit_breaker> circuit_breaker;
  std::optional<model::max_conn> max_conn;
  std::optional<model::health_check> health_check;
  std::optional<model::buffering> buffering;
  std::optional<model::response_forwarding> response_forwarding;
  server_timeouts timeouts;
  std::chrono::milliseconds hold{0};  ///< waggle's own: how long a request may wait for a server, instead of a 503
  bool abort_on_close = true;  ///< waggle's own: a request whose client has left is given up, also when a server works on it
  std::chrono::milliseconds slow_start{0};  ///< waggle's own: how long the share of a server that joins a running backend grows
  std::uint64_t replicas = unknown_replicas;  ///< servers that ought to run; more than there are: some are on their way
  bool operator==(const backend&) const = default;
  static constexpr std::uint64_t unknown_replicas = ~std::uint64_t{0};
};

struct route_rule {
  std::string name;  ///< "route-frontend-PathPrefix-0"
  std::string rule;  ///< text in Traefik 1's grammar
  bool operator==(const route_rule&) const = default;
};

struct frontend {
  std::string name;  ///< "frontend-PathPrefix-0"
  std::vector<std::string> entry_points;
  std::string backend;
  std::vector<route_rule> routes;  ///< all must match; from labels always exactly one
  bool pass_host_header = true;
  int priority = 0;     ///< as the label says; 0 or less: the rule's length counts
  frontend_options options;  ///< auth, redirect, headers, limits, …
  std::string service;  ///< the Swarm service that asked for it (verdicts, log); empty otherwise
  std::string identity{};  ///< "web", "web/admin": service and segment; empty: the name does not move (see identity_of)
  bool operator==(const frontend&) const = default;
};

/// What logs, figures and people call it. Traefik's names hold an index that changes when any other service comes or goes, so
/// they are for its API only.
inline const std::string& identity_of(const frontend& f) noexcept { return f.identity.empty() ? f.name : f.identity; }

/// Priority as in force: the label's, else the length of its rules in bytes (Traefik 1.7).
inline std::int64_t priority_of(const frontend& f) noexcept {
  std::int64_t length = 0;
  for (const route_rule& r : f.routes) length += static_cast<std::int64_t>(r.rule.size());
  return f.priority > 0 ? f.priority : length;
}

/// One provider's whole configuration. An empty one is a fact ("no routes"), not an error.
struct configuration {
  parts<backend> backends;    ///< sorted by name (byte order)
  parts<frontend> frontends;  ///< sorted by name (byte order)
  bool operator==(const configuration&) const = default;
};

/// What the proxy is asked to serve: each provider's newest configuration.
struct provider_configuration {
  std::string provider;  ///< "docker", "file"
  std::shared_ptr<const configuration> config;
};

}  // namespace waggle::model
