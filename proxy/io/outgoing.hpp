// Sockets for connections that we begin.
#pragma once

#include "io/address.hpp"
#include "io/descriptor.hpp"

namespace waggle::proxy::io {

/// A socket that does not block and sends what it gets at once. None: errno says why.
descriptor open_outgoing(const socket_address& to) noexcept;

/// @return 0: connected; EINPROGRESS: on its way; else why it cannot be.
int begin_connect(const descriptor& s, const socket_address& to) noexcept;

/// For people and for the log: a wrong port and a dead node want different cures. Static text.
const char* text_of_error(int error) noexcept;

}  // namespace waggle::proxy::io
