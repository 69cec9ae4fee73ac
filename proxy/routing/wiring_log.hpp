// The debug lines that Traefik 1.7 writes when it wires a frontend to an entry point (traefik1.md 13.2): tutorials and users
// grep them.
#pragma once

#include <waggle/model/traefik1/backend.hpp>
#include <waggle/model/traefik1/frontend.hpp>
#include <waggle/proxy/options.hpp>

#include <string>
#include <vector>

namespace waggle::proxy::routing {

/// How far it came.
struct wiring {
  bool reused = false;   ///< another frontend of the entry point has the same backend and the same options
  bool balanced = true;  ///< false: a server of the backend cannot be wired
  bool routed = true;    ///< false: not to the end
};

/// Whether two frontends share one handler in Traefik: all but entry points and routes is equal.
bool same_handler(const model::frontend& a, const model::frontend& b);

/// @param to  the frontend's backend. @param cookie  its sticky cookie; empty: not sticky
std::vector<std::string> wiring_lines(const model::frontend& f, const model::backend& to, const std::string& cookie, const std::string& entry_point,
                                      const options& opts, const wiring& how);

}  // namespace waggle::proxy::routing
