// A network whose X-Forwarded-* fields are not believed: what an operator is told of it. Pure.
#pragma once

#include <waggle/model/verdict.hpp>
#include <waggle/proxy/options.hpp>

#include <string>

namespace waggle::app::admin {

/// @param mesh  subnet of the routing mesh; empty: not known. To trust the mesh's addresses would be to trust everybody.
model::diagnostic untrusted_finding(const proxy::untrusted_peer& peer, const std::string& mesh);

/// Is the IPv4 address in the block? Both as text; no, if either is something else.
bool within(const std::string& address, const std::string& subnet);

}  // namespace waggle::app::admin
