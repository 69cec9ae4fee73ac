// API, ping and metrics on entry points that serve traffic: routes before all others, to a server of this process. Pure.
#pragma once

#include "startup/plan.hpp"

#include <waggle/model/configuration.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app {

/// The provider that these routes are published under; no list for people shows it.
constexpr std::string_view internal_provider = "internal";

/// The field by which that server knows the proxy of its own process; nobody else on the node may talk to it.
constexpr std::string_view internal_field = "X-Waggle-Internal";

/// @param port  of the server, on 127.0.0.1; @param key  what the field holds
std::shared_ptr<const model::configuration> internal_routes(const std::vector<internal_part>& parts, std::uint16_t port, const std::string& key);

/// Does a request's head, as received, hold the field with this key?
bool has_internal_key(std::string_view head, std::string_view key);

}  // namespace waggle::app
