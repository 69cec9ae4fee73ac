// A backend in Traefik 1's words: servers, what holds for them together, and the middlewares that stand in front of them for all
// frontends. What it becomes in the model: translate.hpp.
#pragma once

#include <waggle/model/middleware/buffering.hpp>
#include <waggle/model/middleware/circuit_breaker.hpp>
#include <waggle/model/middleware/max_conn.hpp>
#include <waggle/model/service/health_check.hpp>
#include <waggle/model/service/balance_options.hpp>
#include <waggle/model/service/response_forwarding.hpp>
#include <waggle/model/service/server.hpp>
#include <waggle/model/service/server_timeouts.hpp>
#include <waggle/model/service/replicas.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

struct backend {
  std::string name;             ///< "backend-whoami-service"
  std::vector<server> servers;  ///< sorted by name
  std::optional<balance_options> load_balancer;
  std::optional<model::circuit_breaker> circuit_breaker;
  std::optional<model::max_conn> max_conn;
  std::optional<model::health_check> health_check;
  std::optional<model::buffering> buffering;
  std::optional<model::response_forwarding> response_forwarding;
  server_timeouts timeouts;
  std::chrono::milliseconds hold{0};          ///< waggle's own: how long a request may wait for a server, instead of a 503
  bool abort_on_close = true;                 ///< waggle's own: a request whose client has left is given up, also when a server works on it
  std::chrono::milliseconds slow_start{0};    ///< waggle's own: how long the share of a server that joins a running backend grows
  std::uint64_t replicas = unknown_replicas;  ///< servers that ought to run; more than there are: some are on their way
  bool operator==(const backend&) const = default;
  static constexpr std::uint64_t unknown_replicas = model::unknown_replicas;
};

}  // namespace waggle::model
