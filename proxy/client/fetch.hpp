// A request of waggle's own: to an auth server, to the backend of an error page, to a server whose health is checked. One
// connection, one exchange, everything bounded; the answer comes back whole. Needs a loop and some memory, no worker.
#pragma once

#include "http1/head.hpp"
#include "io/address.hpp"
#include "io/loop.hpp"
#include "io/task.hpp"
#include "io/tls_client.hpp"
#include "io/waiter.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::client {

/// What a thread lends to its own requests. It outlives them.
struct context {
  io::loop& loop;
  std::span<char> input;       ///< used between two suspensions only
  http1::response_head& head;  ///< … as well; with the limits that hold for answers
  /// May one more connection be opened? May close others meanwhile. Empty: always.
  std::function<bool()> admits_connection{};
};

struct request {
  io::socket_address to;
  std::string bytes;                    ///< complete head and body; the caller writes `Connection: close` and checks what it puts in
  bool only_head = false;               ///< the status is all that is asked for: done with the head, whatever body follows
  bool to_head = false;                 ///< its method is HEAD: the answer has no body whatever its fields say
  io::time_ms due = io::never;          ///< absolute, for the whole exchange (loop.now() + 30'000)
  io::time_ms connect_within = 30'000;  ///< from the start; a busy server does not accept for a while
  std::size_t head_limit = 256 * 1024, body_limit = 1024 * 1024;
  std::shared_ptr<io::tls_client_context> tls;  ///< given: over TLS, with a certificate for tls_host
  std::string tls_host;
  io::readiness* client = nullptr;  ///< given: its end (io::broken) ends the request, too
};

enum class failure : std::uint8_t {
  none,
  connect,    ///< refused, no route, not within connect_within
  untrusted,  ///< the TLS handshake failed
  timeout,    ///< or interrupted (waiter::interrupt): ask whether you were aborted
  closed,     ///< before the answer was complete
  malformed,  ///< not lawful HTTP/1.1, or a 101
  too_large,  ///< above head_limit or body_limit
  client_gone
};

std::string_view to_string(failure f) noexcept;

struct response {
  client::failure failure = client::failure::none;  ///< else nothing below is set
  unsigned status = 0;                              ///< 200…999
  /// End-to-end fields as received and in that order: no framing, no hop-by-hop fields, none that Connection names.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;       ///< decoded
  std::string complaint;  ///< for `untrusted`: why
  explicit operator bool() const noexcept { return failure == client::failure::none; }
};

/// Sends and waits for the whole answer; redirects are not followed. Uses the lent memory: nothing of the caller may refer to
/// that across the co_await.
/// @param wait  of the coroutine that awaits this; not in use otherwise. Thread: the loop's.
///
///     client::request ask;                // name it: no braced temporary in a full expression with co_await (GCC 12)
///     ask.to = address; ask.bytes = …; ask.due = here.loop.now() + 30'000; ask.client = &client_;
///     const client::response got = co_await client::fetch(here, waiter_, std::move(ask));
io::task<response> fetch(context& here, io::waiter& wait, request ask);

}  // namespace waggle::proxy::client
