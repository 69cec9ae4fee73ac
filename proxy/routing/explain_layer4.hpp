// Which TCP or UDP router takes a client, and why not the others, for people. Pure; asks what connections ask.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/explain.hpp>

#include <cstddef>
#include <string>

namespace waggle::proxy::routing {

/// @param entry  index of a TCP entry point, @param entry_point  its name. @param asked  host: the name in the client's ClientHello; empty: it does not speak TLS. The
/// client's address is not known, so routers for some clients are told of as such. Cost: O(routers of the entry point).
request_explanation explain_tcp(const table& t, std::size_t entry, const std::string& entry_point, const request_question& asked);
/// @param entry  index of a UDP entry point: where a datagram comes in says all.
request_explanation explain_udp(const table& t, std::size_t entry);

}  // namespace waggle::proxy::routing
