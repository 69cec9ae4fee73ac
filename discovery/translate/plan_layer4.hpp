// A service's labels → its part in TCP and UDP services. Pure.
#pragma once

#include "swarm/types.hpp"
#include "translate/layer4_plan.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/verdict.hpp>

#include <string_view>
#include <vector>

namespace waggle::discovery {

/// @param told  what concerns no part alone
layer4_plan plan_layer4(const service& s, const options& opts, std::vector<model::diagnostic>& told);

/// Is this a label of TCP or UDP services, known or not?
bool is_layer4_label(std::string_view key);

/// Does any label speak of HTTP: a port, a frontend, a backend of Traefik 1? Without one a service that is served below HTTP has no
/// part there.
bool asks_for_http(const service& s);

}  // namespace waggle::discovery
