#include "exchange/upload.hpp"

#include "stream/splice.hpp"

#include <utility>

namespace waggle::proxy {

void upload::give_back_pipe(client_stream& to) { to.take_from(pipe_); }

step upload::splice(client_stream& to) {
  const io::pipe::progress p = splice_request_body(from_, to, pipe_);
  if (p.in > 0) streamed_ = true;
  if (p.in + p.out > 0) progress_ = w_.loop.now();
  switch (p.state) {
    case io::pipe::state::wait_read:
      if (from_.body_left() > 0) return progress::wait_read;
      break;
    case io::pipe::state::wait_write: return progress::wait_write;
    case io::pipe::state::eof:
    case io::pipe::state::read_error: return fault_kind::client_gone;
    case io::pipe::state::write_error:
      broken_ = true;
      pipe_.release();
      return progress::done;
    case io::pipe::state::moved: break;
  }
  if (!from_.is_body_read()) return progress::moved;
  pipe_.release();
  return progress::done;
}

step upload::advance(client_stream& to) {
  if (broken_) return progress::done;
  if (!to.all_sent()) {
    const progress s = to.flush();
    if (s == progress::stopped) {
      broken_ = true;  // it may have answered before it stopped reading
      return progress::done;
    }
    if (s == progress::wait_write) return s;
    progress_ = w_.loop.now();
    if (!pipe_) from_.end_spliced();
  }
  if (kept_) return send_kept(to);
  if (from_.is_body_read() || from_.is_body_held_back()) return progress::done;

  if (!pipe_ && from_.may_splice_body() && to.may_splice()) pipe_ = w_.take_pipe();
  if (pipe_) return splice(to);
  body_piece piece;
  if (const step s = from_.read_body(piece); s != progress::moved) return s;
  if (piece.size == 0 && !piece.ended) return progress::moved;
  streamed_ = true;
  if (!to.send_body(piece)) {
    broken_ = true;
    return progress::done;
  }
  return progress::moved;
}

step upload::send_kept(client_stream& to) {
  if (kept_sent_ == kept_->size()) return progress::done;
  const std::uint64_t before = kept_sent_;
  const progress s = to.send_kept(*kept_, kept_sent_);
  if (kept_sent_ > before) progress_ = w_.loop.now();
  if (s != progress::stopped) return s;
  broken_ = true;  // it may have answered before it stopped reading
  return progress::done;
}

}  // namespace waggle::proxy
