#include "exchange/download.hpp"

#include "stream/splice.hpp"

#include <string>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr fault bad_body(fault_kind::bad_response, "body that is not as Transfer-Encoding: chunked says");

}  // namespace

void download::begin_again(bool begun) noexcept {
  held_.reset();
  if (!begun) return;
  gzip_.release();  // begun for an answer that was bad in its first bytes
  trailers.forget();
}

step download::begin_body(client_stream& from) {
  at_ = stage::body;
  return pass(from, from.first_piece());
}

step download::flush(client_stream& from) {
  if (to_.all_sent()) return progress::done;
  const progress s = to_.flush();
  if (s == progress::stopped) return fault_kind::client_gone;
  if (s == progress::wait_write) return s;
  progress_at = w_.loop.now();
  // What came last had been taken out of a pipe (give_back_pipe).
  if (at_ == stage::body && from.is_body_sized() && from.body_left() == 0 && !held_ && !gzip_ && !pipe_) at_ = stage::done;
  return progress::done;
}

step download::advance(client_stream& from) {
  if (at_ == stage::held) {
    const step s = to_.send_held(held_->body());
    if (s == progress::moved || s == progress::done) progress_at = w_.loop.now();
    if (s == progress::done) at_ = stage::done;
    return s;
  }
  if (at_ == stage::done) return progress::done;
  if (pipe_ || (!held_ && !gzip_ && from.body_left() >= scratch::splice_from)) {
    if (!pipe_ && from.may_splice() && to_.may_splice()) pipe_ = w_.take_pipe();
    if (pipe_) return splice(from);
  }
  body_piece got;
  if (const step s = from.read_body(got); s != progress::moved) return s;
  progress_at = w_.loop.now();
  return pass(from, got);
}

step download::splice(client_stream& from) {
  const io::pipe::progress p = splice_answer_body(from, to_, pipe_);
  bytes += p.in;
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

step download::pass(client_stream& from, const body_piece& got) {
  // In the first bytes of a body it is a 502 still: the head waits to be sent with them. Later, what came before it goes out.
  if (got.broken && (to_.head_waits() || got.size == 0 || held_)) return bad_body;
  bytes += got.size;
  if (held_) return add_held(from, {got.data, got.size}, got.ended);
  if (got.ended) at_ = stage::done;
  const bool sent = gzip_ ? send_compressed({got.data, got.size}, !got.more_here, got.ended)
                          : to_.send_body(got.data, got.size, got.ended, got.ended ? trailers.to_send() : std::string());
  if (!sent) return fault_kind::client_gone;
  if (got.broken) return bad_body;
  return got.ended && to_.all_sent() ? progress::done : progress::moved;
}

void download::hold(const middleware::buffering& how, client_stream& from) {
  held_ = std::make_unique<held_answer>(how, store_);
  to_.set_streamed(false);
  trailers.forget();
  from.keep_trailers(nullptr);
}

step download::add_held(client_stream& from, std::string_view more, bool ended) {
  if (const fault why = held_->add(more)) return why;
  if (!ended) return progress::moved;
  if (!from.is_body_sized()) to_.tell_held_length(held_->body().size());
  at_ = stage::held;
  return progress::moved;
}

}  // namespace waggle::proxy
