// What the proxy could not serve of a configuration, told to the service that asked for it. Pure.
#pragma once

#include <waggle/model/router_key.hpp>
#include <waggle/model/verdict.hpp>

#include <functional>
#include <map>
#include <string>

namespace waggle::discovery {

/// Router → why it is not served, in the proxy's words.
using refusals = std::map<model::router_key, std::string, std::less<>>;

/// Adds an error for each of the service's routers that was refused: without one left it is not routed. What was said of a
/// rival that was refused is taken back.
/// @return false: none of them concerns it.
bool tell_refusals(model::verdict& of, const refusals& refused);
/// Would that change it?
bool concerns(const model::verdict& of, const refusals& refused);

}  // namespace waggle::discovery
