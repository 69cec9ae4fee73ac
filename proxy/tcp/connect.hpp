// From a connection to its server: one is chosen and asked, others when it is silent or refuses (tcp/attempts.hpp decides). Here are the
// sockets.
#pragma once

#include "io/stream.hpp"
#include "io/task.hpp"
#include "tcp/choice.hpp"
#include "upstream/server_lease.hpp"
#include "worker/worker.hpp"

#include <cstdint>

namespace waggle::proxy::tcp {

/// The client's end while a server is looked for.
struct caller {
  io::stream& socket;
  io::waiter& waiter;
  const bool& over;           ///< aborted, evicted
  const io::time_ms& end_at;  ///< when it is ended by us
  bool gone(io::time_ms now) const noexcept { return over || now >= end_at || socket.is_ready(io::broken); }
};

enum class connect_end : std::uint8_t {
  connected,
  no_server,   ///< there is none that could be asked
  failed,      ///< none that was asked has answered
  client_gone  ///< … or we have ended it
};

struct connected_server {
  connect_end how = connect_end::no_server;
  int server = -1;  ///< its index in where.to
  upstream::server_lease lease{};
  bool reset = false;  ///< it has reset the connection already: only what it said before can be read
};

/// @param to  closed; connected on success, and nothing has been sent.
io::task<connected_server> connect(worker& w, caller client, choice& where, io::stream& to);

}  // namespace waggle::proxy::tcp
