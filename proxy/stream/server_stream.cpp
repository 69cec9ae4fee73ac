#include "stream/server_stream.hpp"

#include "decision/cut.hpp"
#include "decision/deadlines.hpp"
#include "http1/chunked.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <cstring>

namespace waggle::proxy {
namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t drain_limit = 64 * 1024;
constexpr io::time_ms drain_time = 1'000;

}  // namespace

server_stream::server_stream(worker& w, client_connection& owner, io::stream& client, io::buffer& in, const timeouts& t, bool to_head) noexcept
    : times(t),
      socket(client),
      waiter(w.loop),
      out(w, client),
      watch(w.loop, client, out),
      body(w, client, in, watch),
      w_(w),
      owner_(owner),
      to_head_(to_head) {}

void server_stream::begin(const request_shape& shape) noexcept {
  body.begin(shape.body, shape.expect_continue);
  http10_ = shape.http10;
  keep_alive_ = shape.keep_alive;
  said_last_ = shape.said_last;
}

void server_stream::shape_answer(const answer_shape& shape) noexcept {
  const bool unknown_length = shape.body == http1::body_kind::chunked || shape.body == http1::body_kind::until_close;
  chunked_ = unknown_length && !http10_;
  keep_alive_ = may_promise({.asked = keep_alive_,
                             .delimited = !unknown_length || chunked_,
                             .switched = shape.switched,
                             .body_held_back = body.is_held_back(),
                             .request_read = body.is_read(),
                             .server_closes = shape.server_closes,
                             .body_streamed = shape.body_streamed});
}

void server_stream::begin_answer(const http1::framing& of, bool switched) noexcept {
  out.begin_body(chunked_ && !switched);
  must_reset_ = switched || !shows_cut(of, chunked_);
}

bool server_stream::send_body(std::size_t head, char* payload, std::size_t size, bool ended, std::string_view trailers) {
  if (chunked_) {
    char* end = payload + size;
    if (size > 0) {
      payload = http1::write_chunk_header_before(payload, size);
      std::memcpy(end, "\r\n", 2);
      end += 2;
    }
    if (ended) {
      std::memcpy(end, "0\r\n\r\n", 5);
      end += trailers.empty() ? 5 : 3;  // without the empty line, if trailers follow
    }
    size = static_cast<std::size_t>(end - payload);
  }
  if (ended) out.end_body();
  if (head + size > 0 && !out.send(head, payload, size)) return false;
  return !ended || trailers.empty() || out.send(0, trailers.data(), trailers.size());
}

/// The server neither said 100 nor refused: many never do, and some clients wait for it for ever (RFC 9110 §10.1.1: a proxy may).
bool server_stream::say_continue() {
  body.no_more_held_back();
  if (body.is_in_memory() || socket.is_ready(io::readable)) return true;  // it does not wait
  continued_ = true;
  std::copy(continue_line.begin(), continue_line.end(), w_.scratch.output.begin());
  return out.send(continue_line.size(), nullptr, 0);
}

io::task<fault> server_stream::await_continue() {
  body.no_more_held_back();
  io::buffer rest = w_.buffers.take(continue_line.size());
  rest.append(continue_line.substr(out.take_ahead()));
  out.speak(true);
  const io::time_ms due = due_after(w_.loop.now(), times.client_write);
  for (;;) {
    const progress s = out.flush(rest);
    if (s == progress::done) break;
    if (s == progress::stopped || owner_.is_aborted() || !co_await waiter.wait(socket, io::writable | io::broken, due))
      co_return fault_kind::client_gone;
  }
  out.speak(false);
  co_return fault();
}

client_fate server_stream::fate(bool read, bool doubt) const noexcept {
  return fate_of(client_side{.promised = keep_alive_,
                             .answer_complete = !owner_.is_aborted(),
                             .request_read = read,
                             .framing_in_doubt = doubt,
                             .draining = w_.draining(),
                             .said_last = said_last_,
                             .bytes_behind = body.is_in_memory() || socket.is_ready(io::readable)});
}

/// Within 64 KiB and a second.
io::task<bool> server_stream::drain() {
  if (!keep_alive_ || body.is_held_back()) co_return false;
  if (body.is_sized() && body.left() == 0) co_return true;  // read, if not all sent on
  const io::time_ms due = w_.loop.now() + drain_time;
  std::size_t total = 0;
  while (!body.is_read() && total <= drain_limit) {
    char* data = nullptr;
    std::size_t size = 0;
    const step s = body.read(data, size);
    if (s.stopped()) co_return false;
    total += size;
    if (s != progress::wait_read) continue;
    const client_wait here(w_, owner_, wait_kind::dawdling);
    const bool ready = co_await waiter.wait(socket, io::readable | io::broken, due);
    if (!ready || owner_.is_evicted()) co_return false;
  }
  co_return body.is_read();
}

}  // namespace waggle::proxy
