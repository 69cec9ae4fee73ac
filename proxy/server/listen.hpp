// Listening sockets of entry points.
#pragma once

#include "io/address.hpp"

#include <waggle/base/result.hpp>

namespace waggle::proxy {

/// One SO_REUSEPORT socket. `address` gets the port that the kernel chose for port 0.
/// @param backlog  connections that wait to be accepted; 0: the usual number.
base::text_result<int> listen_on(io::socket_address& address, unsigned backlog);

/// True if somebody else listens there: SO_REUSEPORT alone would let two waggles of one user share a port in silence.
bool port_is_taken(const io::socket_address& address);

}  // namespace waggle::proxy
