// What the sticky cookie is called and which attributes it has. Pure; Traefik 1.7's rules, so that cookies survive a swap.
#pragma once

#include <waggle/model/backend.hpp>
#include <waggle/model/service/stickiness.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waggle::proxy::affinity {

/// What the backend's options ask for, Traefik's old option `sticky` included; none: not sticky.
std::optional<model::stickiness> stickiness_of(const model::backend& b);

/// As waggle/http/sticky_cookie.hpp says.
std::string cookie_name(const model::stickiness& options, std::string_view backend_name);

/// "; Path=/" and what the options add, in Traefik's order.
std::string cookie_attributes(const model::stickiness& options);

}  // namespace waggle::proxy::affinity
