// While it is there a connection waits for its client, and may be ended to make room for others (worker::waiting).
#pragma once

#include "worker/client_connection.hpp"
#include "worker/worker.hpp"

#include <cstdint>

namespace waggle::proxy {

class client_wait {
 public:
  client_wait(worker& w, client_connection& c, wait_kind kind) noexcept : lists_(w.waiting), connection_(c) { lists_.enter(c, kind, w.loop.now()); }
  /// A transfer that stalls. @param moved  body bytes of the exchange so far.
  client_wait(worker& w, client_connection& c, std::uint64_t moved) noexcept : lists_(w.waiting), connection_(c) {
    lists_.enter_stalled(c, moved, w.loop.now());
  }
  ~client_wait() { lists_.leave(connection_); }
  client_wait(const client_wait&) = delete;

 private:
  waiting_lists& lists_;
  client_connection& connection_;
};

}  // namespace waggle::proxy
