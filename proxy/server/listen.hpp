// Listening sockets of entry points.
#pragma once

#include "io/address.hpp"

#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

namespace waggle::proxy {

/// One SO_REUSEPORT socket. `address` gets the port that the kernel chose for port 0.
/// Its backlog is the entry point's, as are the probes that accepted sockets send when they are silent.
base::text_result<int> listen_on(io::socket_address& address, const entry_point& of);

/// The same for datagrams: bound, and told of the address that was asked where it is bound to all.
base::text_result<int> bind_datagrams(io::socket_address& address);

/// True if somebody else listens there: SO_REUSEPORT alone would let two waggles of one user share a port in silence.
bool port_is_taken(const io::socket_address& address, model::protocol by);

}  // namespace waggle::proxy
