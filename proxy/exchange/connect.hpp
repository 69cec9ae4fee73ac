// A new connection to a server, hedged: after a moment without an answer others are asked in parallel, and the first to answer gets
// the request.
#pragma once

#include "decision/fault.hpp"
#include "exchange/choice.hpp"
#include "io/task.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

namespace waggle::proxy {

/// Connects to the chosen server, or to another one that answers first. On success `out` has the connection, and `where` the server that
/// it leads to. @param until  end of the dial timeout, which the attempts of a request have together; 0: not begun.
/// @return nothing, connect_failed, connect_timeout or client_gone.
io::task<fault> connect(worker& w, server_stream& client, choice& where, client_stream& out, io::time_ms& until);

}  // namespace waggle::proxy
