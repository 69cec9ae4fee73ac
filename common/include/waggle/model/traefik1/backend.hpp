// A backend in Traefik 1's words: a group of servers, and the middlewares that stand in front of it for all frontends. What it
// becomes in the model: translate.hpp.
#pragma once

#include <waggle/model/middleware/buffering.hpp>
#include <waggle/model/middleware/circuit_breaker.hpp>
#include <waggle/model/middleware/max_conn.hpp>
#include <waggle/model/service/server_group.hpp>

#include <optional>
#include <string>

namespace waggle::model {

struct backend : server_group {
  std::string name;  ///< "backend-whoami-service"
  std::optional<model::circuit_breaker> circuit_breaker;
  std::optional<model::max_conn> max_conn;
  std::optional<model::buffering> buffering;
  bool operator==(const backend&) const = default;
};

}  // namespace waggle::model
