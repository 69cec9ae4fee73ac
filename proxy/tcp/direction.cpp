#include "tcp/direction.hpp"

#include <utility>

namespace waggle::proxy::tcp {

/// Nobody will hear what is left.
progress direction::lose(ends::side& target, int error) noexcept {
  ends::lost_bytes(target, error);
  rest_.release();
  pipe_.release();
  return progress::done;
}

/// All before it was passed on.
progress direction::end(io::stream& to, ends::side& source) noexcept {
  rest_.release();
  pipe_.release();
  if (ends::saw_end(source)) to.shutdown_write();
  return progress::done;
}

progress direction::flush(io::stream& to, ends::side& target) {
  if (!to.is_ready(io::writable)) return progress::wait_write;
  const io::io_result r = to.write(rest_.data(), rest_.size());
  if (r.status == io::io_status::error) return lose(target, r.error);
  if (r.status == io::io_status::again) return progress::wait_write;
  moved_ = static_cast<std::uint32_t>(r.bytes);
  sent_ = true;
  rest_.consume(r.bytes);
  if (!rest_.empty()) return progress::wait_write;
  rest_.release();
  return progress::moved;
}

progress direction::copy(worker& w, io::stream& from, ends::side& source, io::stream& to, ends::side& target) {
  const io::io_result r = from.read(w.scratch.in(), scratch::read_size);
  switch (r.status) {
    case io::io_status::again: return progress::wait_read;
    case io::io_status::eof: return end(to, source);
    case io::io_status::error: ends::saw_reset(source, r.error); return progress::done;
    case io::io_status::ok: break;
  }
  passed_ += r.bytes;
  moved_ = static_cast<std::uint32_t>(r.bytes);
  thick_ = r.bytes >= thick_read ? static_cast<std::uint8_t>(thick_ + 1) : std::uint8_t{0};
  std::size_t sent = 0;
  if (to.is_ready(io::writable)) {
    const io::io_result s = to.write(w.scratch.in(), r.bytes);
    if (s.status == io::io_status::error) return lose(target, s.error);
    sent = s.bytes;
    sent_ = true;
  }
  if (sent < r.bytes) {
    rest_ = w.buffers.take(r.bytes - sent);
    rest_.append({w.scratch.in() + sent, r.bytes - sent});
  }
  return progress::moved;
}

progress direction::splice(io::stream& from, ends::side& source, io::stream& to, ends::side& target) {
  using enum io::pipe::state;
  const io::pipe::progress p = pipe_.pass(from, to);
  passed_ += p.in;
  moved_ = static_cast<std::uint32_t>(p.in + p.out) / 2;
  sent_ = sent_ || p.out > 0;
  if (p.in > 0 && p.in < thin_move) thick_ = 0;
  switch (p.state) {
    case moved: return progress::moved;
    case wait_read: pipe_.release(); return progress::wait_read;
    case wait_write: return progress::wait_write;
    case eof: return end(to, source);
    case read_error: ends::saw_reset(source); return progress::done;
    case write_error: break;
  }
  return lose(target, 0);
}

progress direction::step(worker& w, io::stream& from, ends::side& source, io::stream& to, ends::side& target) {
  moved_ = 0;
  sent_ = false;
  if (target.gone || target.deaf) {
    rest_.release();
    pipe_.release();
    return progress::done;
  }
  if (!rest_.empty()) return flush(to, target);
  if (pipe_.held() > 0) return splice(from, source, to, target);
  if (source.ended || source.gone) return progress::done;
  if (!from.is_ready(io::readable)) {
    pipe_.release();
    return progress::wait_read;
  }
  if (thick_ >= thick_reads) {
    if (!pipe_) pipe_ = w.take_pipe();
    if (pipe_) return splice(from, source, to, target);
    thick_ = thick_reads;  // none to be had: it does not overflow
  }
  return copy(w, from, source, to, target);
}

}  // namespace waggle::proxy::tcp
