#include "stream/server_stream.hpp"

#include "decision/cut.hpp"
#include "decision/deadlines.hpp"
#include "stream/chunks.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <string>

namespace waggle::proxy {
namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t drain_limit = 64 * 1024;
constexpr io::time_ms drain_time = 1'000;

}  // namespace

server_stream::server_stream(worker& w, const end& at, io::waiter& waiter, const timeouts& times, bool to_head) noexcept
    : w_(w),
      owner_(at.owner),
      socket_(at.socket),
      waiter_(waiter),
      times_(times),
      out_(w, at.socket),
      watch_(w.loop, at.socket, out_),
      body_(w, at.socket, at.received, watch_),
      to_head_(to_head) {}

void server_stream::begin(const request_shape& shape) noexcept {
  body_.begin(shape.body, shape.expect_continue);
  http10_ = shape.http10;
  keep_alive_ = shape.keep_alive;
  said_last_ = shape.said_last;
}

bool server_stream::may_splice_body() const noexcept {
  return body_.is_sized() && body_.left() >= scratch::splice_from && !body_.is_in_memory() && socket_.may_splice();
}

void server_stream::shape_answer(const http::answer& head, bool body_streamed) noexcept {
  const bool unknown_length = head.body == http::body_kind::streamed;
  composed_ = 0;
  answer_body_ = head.body;
  switched_ = head.status == 101;
  chunked_ = unknown_length && !http10_;
  keep_alive_ = may_promise({.asked = keep_alive_,
                             .delimited = !unknown_length || chunked_,
                             .switched = switched_,
                             .body_held_back = body_.is_held_back(),
                             .request_read = body_.is_read(),
                             .server_closes = head.server_closes,
                             .body_streamed = body_streamed});
}

/// A composed head is about to go out.
void server_stream::begin_answer() noexcept {
  out_.begin_body(chunked_);
  must_reset_ = switched_ || !shows_cut(answer_body_, chunked_);
}

bool server_stream::send_body(char* data, std::size_t size, bool ended, std::string trailers) {
  const std::size_t head = std::exchange(composed_, 0);
  if (head > 0) begin_answer();
  std::string_view bytes(data, size);
  if (chunked_) bytes = frame_chunk(data, size, !ended ? chunk_end::none : trailers.empty() ? chunk_end::whole : chunk_end::trailers);
  if (ended) out_.end_body();
  if (head + bytes.size() > 0 && !out_.send(head, bytes.data(), bytes.size())) return false;
  if (!ended || trailers.empty()) return true;
  trailers += "\r\n";
  return out_.send(0, trailers.data(), trailers.size());
}

/// Behind the largest head, and the size of a chunk.
std::span<char> server_stream::body_room() noexcept {
  constexpr std::size_t ahead = scratch::head_room + http1::chunk_header_room, behind = 8;
  return std::span(w_.scratch.output).subspan(ahead, scratch::write_size - ahead - behind);
}

void server_stream::hold_head() {
  held_ = std::make_unique<held_head>();
  held_->text.assign(w_.scratch.output.data(), std::exchange(composed_, 0));
}

void server_stream::tell_held_length(std::uint64_t size) {
  held_->text.insert(held_->text.size() - 2, "Content-Length: " + std::to_string(size) + "\r\n");
}

step server_stream::send_held(const io::spool& body) {
  if (!socket_.is_ready(io::writable)) return progress::wait_write;
  const std::string& head = held_->text;
  std::uint64_t& sent = held_->sent;
  if (!out_.head_sent()) sent = out_.take_ahead();
  out_.begin_body(false);
  const io::io_result r =
      sent < head.size() ? socket_.write(head.data() + sent, head.size() - sent, body.size() > 0) : body.send(socket_, sent - head.size());
  if (r.status == io::io_status::error) return fault_kind::client_gone;
  sent += r.bytes;
  w_.count.bytes_out.add(r.bytes);
  if (sent == head.size() + body.size()) return progress::done;
  return r.bytes > 0 ? progress::moved : progress::wait_write;
}

bool server_stream::switch_protocols(std::string_view rest) {
  begin_answer();
  return out_.send(std::exchange(composed_, 0), rest.data(), rest.size());
}

/// The server neither said 100 nor refused: many never do, and some clients wait for it for ever (RFC 9110 §10.1.1: a proxy may).
bool server_stream::say_continue() {
  body_.no_more_held_back();
  if (body_.is_in_memory() || socket_.is_ready(io::readable)) return true;  // it does not wait
  continued_ = true;
  std::copy(continue_line.begin(), continue_line.end(), w_.scratch.output.begin());
  return out_.send(continue_line.size(), nullptr, 0);
}

io::task<fault> server_stream::await_continue() {
  body_.no_more_held_back();
  io::buffer rest = w_.buffers.take(continue_line.size());
  rest.append(continue_line.substr(out_.take_ahead()));
  out_.speak(true);
  const io::time_ms due = due_after(w_.loop.now(), times_.client_write);
  for (;;) {
    const progress s = out_.flush(rest);
    if (s == progress::done) break;
    if (s == progress::stopped || owner_.is_aborted() || !co_await wait(io::writable | io::broken, due)) co_return fault_kind::client_gone;
  }
  out_.speak(false);
  co_return fault();
}

client_fate server_stream::fate(bool read, bool doubt) const noexcept {
  return fate_of(client_side{.promised = keep_alive_,
                             .answer_complete = !owner_.is_aborted(),
                             .request_read = read,
                             .framing_in_doubt = doubt,
                             .draining = w_.draining(),
                             .said_last = said_last_,
                             .bytes_behind = body_.is_in_memory() || socket_.is_ready(io::readable)});
}

/// Within 64 KiB and a second.
io::task<bool> server_stream::drain() {
  if (!keep_alive_ || body_.is_held_back()) co_return false;
  if (body_.is_sized() && body_.left() == 0) co_return true;  // read, if not all sent on
  const io::time_ms due = w_.loop.now() + drain_time;
  std::size_t total = 0;
  while (!body_.is_read() && total <= drain_limit) {
    body_piece got;
    const step s = body_.read(got);
    if (s.stopped()) co_return false;
    total += got.size;
    if (s != progress::wait_read) continue;
    const client_wait here(w_, owner_, wait_kind::dawdling);
    const bool ready = co_await wait(io::readable | io::broken, due);
    if (!ready || owner_.is_evicted()) co_return false;
  }
  co_return body_.is_read();
}

}  // namespace waggle::proxy
