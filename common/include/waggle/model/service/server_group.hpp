// Servers, and what holds for them together: what a load balancer of the model and a backend of Traefik 1 have in common.
#pragma once

#include <waggle/model/service/balance_options.hpp>
#include <waggle/model/service/health_check.hpp>
#include <waggle/model/service/replicas.hpp>
#include <waggle/model/service/response_forwarding.hpp>
#include <waggle/model/service/server.hpp>
#include <waggle/model/service/server_timeouts.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace waggle::model {

struct server_group {
  std::vector<server> servers;  ///< sorted by name
  std::optional<balance_options> balance;
  std::optional<model::health_check> health_check;
  std::optional<model::response_forwarding> response_forwarding;
  server_timeouts timeouts;
  std::chrono::milliseconds hold{0};          ///< waggle's own: how long a request may wait for a server, instead of a 503
  bool abort_on_close = true;                 ///< waggle's own: a request whose client has left is given up, also when a server works on it
  std::chrono::milliseconds slow_start{0};    ///< waggle's own: how long the share of a server that joins a running service grows
  std::uint64_t replicas = unknown_replicas;  ///< servers that ought to run; more than there are: some are on their way
  bool operator==(const server_group&) const = default;
};

}  // namespace waggle::model
