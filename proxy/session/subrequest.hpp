// A request that waggle itself sends while it serves another one: to an auth server, to the backend of an error page. One
// connection, one exchange, everything bounded; the answer comes back whole.
#pragma once

#include "io/address.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "io/tls_client.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy {

class worker;

struct subrequest {
  io::socket_address to;
  std::string bytes;      ///< complete head and body; the caller writes `Connection: close` and checks what it puts in
  bool only_head = false; ///< the status is all that is asked for: done with the head, whatever body follows
  bool to_head = false;   ///< its method is HEAD: the answer has no body whatever its fields say
  io::time_ms due = io::never;         ///< absolute, for the whole exchange (loop.now() + 30'000)
  io::time_ms connect_within = 30'000;  ///< from the start; a busy server does not accept for a while
  std::size_t head_limit = 256 * 1024, body_limit = 1024 * 1024;
  std::shared_ptr<io::tls_client_context> tls;  ///< given: over TLS, with a certificate for tls_host
  std::string tls_host;
  io::stream* client = nullptr;  ///< given: its end (io::broken) ends the subrequest, too
};

enum class subrequest_failure : std::uint8_t {
  none,
  connect,      ///< refused, no route, not within connect_within
  untrusted,    ///< the TLS handshake failed
  timeout,      ///< or interrupted (waiter::interrupt): ask whether you were aborted
  closed,       ///< before the answer was complete
  malformed,    ///< not lawful HTTP/1.1, or a 101
  too_large,    ///< above head_limit or body_limit
  client_gone
};

std::string_view to_string(subrequest_failure f) noexcept;

struct subrequest_answer {
  subrequest_failure failure = subrequest_failure::none;  ///< else nothing below is set
  unsigned status = 0;                                    ///< 200…999
  /// End-to-end fields as received and in that order: no framing, no hop-by-hop fields, none that Connection names.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  ///< decoded
  std::string complaint;  ///< for `untrusted`: why
  explicit operator bool() const noexcept { return failure == subrequest_failure::none; }
};

/// Sends and waits for the whole answer; redirects are not followed. Uses the worker's scratch: nothing of the caller may
/// refer to that across the co_await.
/// @param wait  of the coroutine that awaits this; not in use otherwise. Thread: the worker's.
///
///     subrequest ask;                        // name it: no braced temporary in a full expression with co_await (GCC 12)
///     ask.to = address; ask.bytes = …; ask.due = w.loop.now() + 30'000; ask.client = &client_;
///     subrequest_answer got = co_await fetch(w, waiter_, std::move(ask));
io::task<subrequest_answer> fetch(worker& w, io::waiter& wait, subrequest ask);

}  // namespace waggle::proxy
