// Sockets for connections that we begin.
#pragma once

#include "io/address.hpp"
#include "io/descriptor.hpp"

namespace waggle::proxy::io {

/// A socket that does not block and sends what it gets at once. None: errno says why.
descriptor open_outgoing(const socket_address& to) noexcept;

/// @return 0: connected; EINPROGRESS: on its way; else why it cannot be.
int begin_connect(const descriptor& s, const socket_address& to) noexcept;

}  // namespace waggle::proxy::io
