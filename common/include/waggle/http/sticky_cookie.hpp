// What a sticky cookie is called: Traefik 1.7's rule, so that cookies survive a swap.
#pragma once

#include <string>
#include <string_view>

namespace waggle::http {

/// The configured name with every character that cannot stand in a cookie name replaced by '_'; without one "_" and the first
/// five hex digits of SHA-1("_TRAEFIK_BACKEND_" + backend name).
std::string sticky_cookie_name(std::string_view configured, std::string_view backend_name);

}  // namespace waggle::http
