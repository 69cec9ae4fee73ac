// What a worker knows of a client's connection: that it waits for its client (waiting_link), and how it is asked to go. None of
// it is on the path of a request.
#pragma once

#include "io/address.hpp"
#include "io/descriptor.hpp"
#include "io/timer_wheel.hpp"
#include "upstream/layer4_state.hpp"
#include "worker/waiting.hpp"

#include <cstddef>

namespace waggle::proxy {

class worker;

/// Thread of all: the worker's.
class client_connection : public waiting_link {
 public:
  client_connection() = default;
  virtual ~client_connection() = default;
  client_connection(const client_connection&) = delete;
  client_connection& operator=(const client_connection&) = delete;

  /// Ends it as soon as its coroutine runs again (now, if it waits).
  virtual void abort() = 0;
  /// A drain begins: who has asked nothing yet, or only in part, has until then; at the API's entry point half a head is no request.
  virtual void shorten_idle(io::time_ms idle_until) = 0;
  /// Ends one that waits for its client (worker::waiting), to make room.
  virtual void evict() = 0;
  /// A transfer that stalls keeps what is in its pipes in memory, and the pipes serve others.
  virtual void give_back_pipes() = 0;
  /// One that is relayed for as long as it lasts, not request by request; null: it is HTTP's.
  virtual upstream::client_link* as_link() noexcept { return nullptr; }
  bool is_aborted() const noexcept { return aborted_; }
  bool is_evicted() const noexcept { return evicted_; }
  static client_connection& of(waiting_link& w) noexcept { return static_cast<client_connection&>(w); }

  client_connection *next = nullptr, **previous = nullptr;  ///< the worker's list of all
  bool awaited = false;                                     ///< by a drain; see worker::set_awaited

 protected:
  bool aborted_ = false, evicted_ = false;
};

/// Begins to serve a connection, which enters the worker and leaves it when it ends. Without memory for it, it is closed.
using begin_connection = void (*)(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept;

}  // namespace waggle::proxy
