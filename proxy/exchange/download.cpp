#include "exchange/download.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

constexpr fault bad_chunks(fault_kind::bad_response, "body that is not as Transfer-Encoding: chunked says");

}  // namespace

void download::begin_again(bool begun) noexcept {
  held_.reset();
  if (!begun) return;
  gzip_.release();  // begun for an answer that was bad in its first bytes
  trailers.forget();
}

step download::begin_body(client_stream& from, std::size_t head, std::span<char> here) {
  at_ = stage::body;
  return pass(from, head, here);
}

step download::flush(client_stream& from) {
  if (to_.out.empty()) return progress::done;
  const progress s = to_.out.flush();
  if (s == progress::stopped) return fault_kind::client_gone;
  if (s == progress::wait_write) return s;
  progress_at = w_.loop.now();
  // What came last had been taken out of a pipe (give_back_pipe).
  if (at_ == stage::body && from.body().kind == http1::body_kind::length && from.body_left() == 0 && !held_ && !gzip_ && !pipe_) at_ = stage::done;
  return progress::done;
}

step download::advance(client_stream& from) {
  if (at_ == stage::held) {
    const step s = held_->send(to_, w_.count.bytes_out);
    if (s == progress::moved || s == progress::done) progress_at = w_.loop.now();
    if (s == progress::done) at_ = stage::done;
    return s;
  }
  if (at_ == stage::done) return progress::done;
  if (pipe_ || (!held_ && !gzip_ && from.body().kind == http1::body_kind::length && from.body_left() >= scratch::splice_from)) {
    if (!pipe_ && from.connection().may_splice() && to_.socket.may_splice()) pipe_ = w_.take_pipe();
    if (pipe_) return splice(from);
  }
  std::span<char> here;
  const progress s = from.read_body(here);
  if (s == progress::wait_read) return s;
  if (s == progress::stopped) return ended(from);
  progress_at = w_.loop.now();
  return pass(from, 0, here);
}

step download::splice(client_stream& from) {
  const io::pipe::progress p = pipe_.move(from.connection(), to_.socket, from.body_left());
  from.note_spliced(p.in);
  bytes += p.in;
  w_.count.bytes_out.add(p.out);
  if (p.in + p.out > 0) progress_at = w_.loop.now();
  switch (p.state) {
    case io::pipe::state::wait_read:
      if (from.body_left() > 0) return progress::wait_read;
      break;
    case io::pipe::state::wait_write: return progress::wait_write;
    case io::pipe::state::eof:
    case io::pipe::state::read_error: return fault(fault_kind::bad_response, "connection that was reset within the body");
    case io::pipe::state::write_error: return fault_kind::client_gone;
    case io::pipe::state::moved: break;
  }
  if (from.body_left() > 0 || pipe_.held() > 0) return progress::moved;
  at_ = stage::done;
  pipe_.release();
  return progress::done;
}

/// Takes body bytes as the server framed them (with `head` bytes of head waiting in the output scratch) and sends them as the client
/// gets them. They have room for a chunk header in front and 7 bytes behind.
step download::pass(client_stream& from, std::size_t head, std::span<char> here) {
  const bool all_there = here.size() < scratch::read_size;
  const client_stream::decoded got = from.decode(here);
  // In the first bytes of a body it is a 502 still: the head waits to be sent with them. Later, what came before it goes out.
  if (got.broken && (head > 0 || got.size == 0 || held_)) return bad_chunks;
  bytes += got.size;
  if (held_) return add_held(from, {here.data(), got.size}, got.ended);
  if (head > 0) to_.begin_answer(from.body(), false);
  if (got.ended) at_ = stage::done;
  const bool sent = gzip_ ? send_compressed(head, {here.data(), got.size}, all_there, got.ended)
                          : to_.send_body(head, here.data(), got.size, got.ended, got.ended ? trailers.to_send() : std::string());
  if (!sent) return fault_kind::client_gone;
  if (got.broken) return bad_chunks;
  return got.ended && to_.out.empty() ? progress::done : progress::moved;
}

/// The server closed or reset the connection.
step download::ended(client_stream& from) {
  // Short of its length, or reset: the client must see that it is cut.
  if (!from.ended_cleanly()) return fault(fault_kind::bad_response, "connection that was reset within the body");
  if (from.body().kind != http1::body_kind::until_close) return fault(fault_kind::bad_response, "connection that ended within the body");
  if (held_) return add_held(from, {}, true);
  at_ = stage::done;
  const bool sent = gzip_ ? send_compressed(0, {}, true, true) : to_.send_body(0, w_.scratch.in(), 0, true, {});
  if (!sent) return fault_kind::client_gone;
  return to_.out.empty() ? progress::done : progress::moved;
}

void download::hold(const middleware::buffering& how, client_stream& from) {
  held_ = std::make_unique<held_answer>(how, store_);
  to_.set_chunked(false);
  trailers.forget();
  from.keep_trailers(nullptr);
}

step download::begin_held_body(client_stream& from, std::string_view head, std::span<char> here) {
  held_->set_head(head);
  return begin_body(from, 0, here);
}

step download::add_held(client_stream& from, std::string_view more, bool ended) {
  if (const fault why = held_->add(more, ended, from.body().kind != http1::body_kind::length)) return why;
  if (ended) at_ = stage::held;
  return progress::moved;
}

}  // namespace waggle::proxy
