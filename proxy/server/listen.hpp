// Listening sockets of entry points.
#pragma once

#include "io/address.hpp"

#include <waggle/base/result.hpp>

namespace waggle::proxy {

/// One SO_REUSEPORT socket. `address` gets the port that the kernel chose for port 0.
base::text_result<int> listen_on(io::socket_address& address);

/// True if somebody else listens there: SO_REUSEPORT alone would let two waggles of one user share a port in silence.
bool port_is_taken(const io::socket_address& address);

}  // namespace waggle::proxy
