#include "stream/server_stream.hpp"

#include "decision/cut.hpp"
#include "http1/chunked.hpp"

#include <algorithm>
#include <cstring>

namespace waggle::proxy {

server_stream::server_stream(worker& w, client_connection& owner, io::stream& client, io::buffer& in, const timeouts& t, bool to_head) noexcept
    : times(t), socket(client), waiter(w.loop), out(w, client), watch(w.loop, client, out), w_(w), owner_(owner), in_(in), to_head_(to_head) {}

void server_stream::begin(const request_shape& shape) noexcept {
  body_ = shape.body;
  left_ = shape.body.length;
  body_read_ = shape.body.kind == http1::body_kind::none || (shape.body.kind == http1::body_kind::length && shape.body.length == 0);
  http10_ = shape.http10;
  keep_alive_ = shape.keep_alive;
  said_last_ = shape.said_last;
  held_back_ = shape.expect_continue;
}

void server_stream::shape_answer(const answer_shape& shape) noexcept {
  const bool unknown_length = shape.body == http1::body_kind::chunked || shape.body == http1::body_kind::until_close;
  chunked_ = unknown_length && !http10_;
  keep_alive_ = may_promise({.asked = keep_alive_,
                             .delimited = !unknown_length || chunked_,
                             .switched = shape.switched,
                             .body_held_back = held_back_,
                             .request_read = body_read_,
                             .server_closes = shape.server_closes,
                             .body_streamed = shape.body_streamed});
}

void server_stream::begin_answer(const http1::framing& body, bool switched) noexcept {
  out.begin_body(chunked_ && !switched);
  must_reset_ = switched || !shows_cut(body, chunked_);
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
  static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  held_back_ = false;
  if (!in_.empty() || socket.is_ready(io::readable)) return true;  // it does not wait
  continued_ = true;
  std::copy(line.begin(), line.end(), w_.scratch.output.begin());
  return out.send(line.size(), nullptr, 0);
}

io::task<fault> server_stream::await_continue() {
  static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  held_back_ = false;
  io::buffer rest = w_.buffers.take(line.size());
  rest.append(line.substr(out.take_ahead()));
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
                             .bytes_behind = !in_.empty() || socket.is_ready(io::readable)});
}

}  // namespace waggle::proxy
