// After a 101: bytes both ways until one side ends (RFC 9110 §7.8). No framing is looked at.
#pragma once

#include "io/pipe.hpp"
#include "io/task.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

namespace waggle::proxy {

/// @param download  empty; ends with the tunnel.
io::task<void> tunnel(worker& w, server_stream& client, client_stream& server, io::pipe& download);

}  // namespace waggle::proxy
