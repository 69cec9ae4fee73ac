// What a request passes between a router and its service. It has a name, by which any number of routers use it, each in its own
// place; a router may use several of a kind.
#pragma once

#include <waggle/model/middleware/auth.hpp>
#include <waggle/model/middleware/buffering.hpp>
#include <waggle/model/middleware/circuit_breaker.hpp>
#include <waggle/model/middleware/client_certificate.hpp>
#include <waggle/model/middleware/error_page.hpp>
#include <waggle/model/middleware/headers.hpp>
#include <waggle/model/middleware/max_conn.hpp>
#include <waggle/model/middleware/rate_limit.hpp>
#include <waggle/model/middleware/redirect.hpp>
#include <waggle/model/middleware/white_list.hpp>

#include <string>
#include <variant>

namespace waggle::model {

struct middleware {
  /// The closed list of kinds, in the order that they have in a frontend of Traefik 1.7 (its translation counts on that). Who handles
  /// them all (the proxy's registry, Traefik 1's view) does not compile without a new one.
  using any_kind =
      std::variant<error_page, white_list, redirect, headers, pass_tls_client_cert, auth, circuit_breaker, buffering, max_conn, rate_limit>;

  std::string name;
  any_kind kind;
  bool operator==(const middleware&) const = default;
};

}  // namespace waggle::model
