// Where the requests of routers go. Weighted, mirrored and failing-over services become further kinds. The services of waggle's own
// process (api@internal, …) are load balancers with one server, which is model::server::internal.
#pragma once

#include <waggle/model/service/load_balancer.hpp>

#include <string>
#include <variant>

namespace waggle::model {

struct service {
  using any_kind = std::variant<load_balancer>;

  std::string name;  ///< "backend-whoami-service"
  any_kind kind;
  bool operator==(const service&) const = default;
};

/// Null: it has no servers of its own.
inline const load_balancer* balancer_of(const service& s) noexcept { return std::get_if<load_balancer>(&s.kind); }

}  // namespace waggle::model
