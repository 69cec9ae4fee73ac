#include "io/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace waggle::proxy::io {

pipe_pool::~pipe_pool() { trim(); }

void pipe_pool::trim() noexcept {
  for (const ends& e : idle_) {
    ::close(e.read);
    ::close(e.write);
  }
  open_ -= idle_.size();
  idle_.clear();
}

pipe pipe_pool::take() noexcept {
  pipe out;
  if (!idle_.empty()) {
    out.read_ = idle_.back().read;
    out.write_ = idle_.back().write;
    idle_.pop_back();
  } else {
    int fds[2];
    if (::pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return out;
    fcntl(fds[1], F_SETPIPE_SZ, static_cast<int>(capacity));  // refused above the user's limit: 64 KiB will do
    out.read_ = fds[0];
    out.write_ = fds[1];
    ++open_;
  }
  out.pool_ = this;
  return out;
}

void pipe::release() noexcept {
  if (read_ < 0) return;
  if (held_ == 0 && pool_ && pool_->idle_.size() < pipe_pool::keep) {
    try {
      pool_->idle_.push_back({read_, write_});
      read_ = write_ = -1;
      return;
    } catch (...) {  // no memory to remember it: close it
    }
  }
  ::close(read_);
  ::close(write_);
  if (pool_) --pool_->open_;
  read_ = write_ = -1;
  held_ = 0;
}

bool pipe::drain(buffer& to) noexcept {
  while (held_ > 0) {
    const ssize_t n = ::read(read_, to.tail(), std::min(held_, to.room()));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;  // cannot be: it holds them
    to.commit(static_cast<std::size_t>(n));
    held_ -= static_cast<std::size_t>(n);
  }
  return true;
}

pipe::progress pipe::pass(stream& from, stream& to) noexcept { return step(from, to, pipe_pool::capacity, false); }

/// splice(2) never goes past an urgent byte: what is there from it on is copied. The pipe is empty.
pipe::progress pipe::copy(stream& from, std::size_t most) noexcept {
  char some[4096];
  const io_result r = from.read(some, std::min(most, sizeof some));
  if (r.status == io_status::eof) return {state::eof, 0, 0};
  if (r.status == io_status::again) return {state::wait_read, 0, 0};
  if (r.status == io_status::error || ::write(write_, some, r.bytes) != static_cast<ssize_t>(r.bytes)) return {state::read_error, 0, 0};
  held_ = r.bytes;
  return {state::moved, r.bytes, 0};
}

/// @param announce  what is left follows (SPLICE_F_MORE).
pipe::progress pipe::step(stream& from, stream& to, std::uint64_t left, bool announce) noexcept {
  progress p{state::moved, 0, 0};
  constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
  if (held_ == 0) {
    if (!from.is_ready(readable)) return {state::wait_read, 0, 0};
    const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(left, pipe_pool::capacity));
    ssize_t n;
    do n = ::splice(from.fd, nullptr, write_, nullptr, most, flags);
    while (n < 0 && errno == EINTR);
    if (n == 0) return {state::eof, 0, 0};
    if (n < 0) {
      if (errno != EAGAIN) return {state::read_error, 0, 0};
      if (from.is_ready(urgent)) return copy(from, most);
      from.bits &= static_cast<std::uint8_t>(~readable);  // the pipe is empty: it was the socket that had nothing
      return {state::wait_read, 0, 0};
    }
    held_ = p.in = static_cast<std::size_t>(n);
  }
  if (!to.is_ready(writable)) {
    p.state = p.in > 0 ? state::moved : state::wait_write;
    return p;
  }
  const bool more = announce && left > p.in;
  ssize_t n;
  do n = ::splice(read_, nullptr, to.fd, nullptr, held_, flags | (more ? SPLICE_F_MORE : 0));
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    if (errno != EAGAIN) {
      p.state = state::write_error;
      return p;
    }
    to.bits &= static_cast<std::uint8_t>(~writable);
    p.state = p.in > 0 ? state::moved : state::wait_write;
    return p;
  }
  p.out = static_cast<std::size_t>(n);
  held_ -= p.out;
  return p;
}

void pipe::give_back(buffer_pool& memory, buffer& to) {
  if (read_ < 0 || !to.empty()) return;
  if (held_ > 0) {
    buffer kept = memory.take(held_);
    if (!drain(kept)) return;
    to = std::move(kept);
  }
  release();
}

}  // namespace waggle::proxy::io
