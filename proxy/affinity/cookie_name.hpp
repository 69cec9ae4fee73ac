// What the sticky cookie is called and which attributes it has. Pure; Traefik 1.7's rules, so that cookies survive a swap.
#pragma once

#include <waggle/model/service/stickiness.hpp>

#include <string>
#include <string_view>

namespace waggle::proxy::affinity {

/// As waggle/http/sticky_cookie.hpp says.
std::string cookie_name(const model::stickiness& options, std::string_view backend_name);

/// "; Path=/" and what the options add, in Traefik's order.
std::string cookie_attributes(const model::stickiness& options);

}  // namespace waggle::proxy::affinity
