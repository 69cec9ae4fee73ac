#include "io/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace waggle::proxy::io {
namespace {

constexpr std::uint32_t reported = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;

/// With MSG_TRUNC TCP drops the bytes and writes none (tcp(7)). Not by recv(3) then: ThreadSanitizer takes that for a write to
/// where the bytes would go, and two threads that drop bytes for a race.
ssize_t receive(int fd, void* to, std::size_t size, int flags) noexcept {
  return flags == 0 ? ::recv(fd, to, size, 0) : ::syscall(SYS_recvfrom, fd, to, size, flags, nullptr, nullptr);
}

io_result take(stream& s, void* to, std::size_t size, int flags) noexcept {
  if (s.fd < 0) return {io_status::error, 0, EBADF};
  ssize_t n;
  do n = receive(s.fd, to, size, flags);
  while (n < 0 && errno == EINTR);
  if (n > 0) {
    // A short read has drained the socket: new bytes give a new edge. FIN and errors keep it readable until they are read, and an
    // urgent byte until there is nothing more.
    if (static_cast<std::size_t>(n) < size && !(s.bits & (peer_closed | broken | urgent))) s.bits &= static_cast<std::uint8_t>(~readable);
    return {io_status::ok, static_cast<std::size_t>(n), 0};
  }
  if (n == 0) return {io_status::eof, 0, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    s.bits &= static_cast<std::uint8_t>(~(readable | urgent));
    return {io_status::again, 0, 0};
  }
  return {io_status::error, 0, errno};
}

/// @param n  what send(2) gave of `size` bytes.
io_result sent(stream& s, ssize_t n, std::size_t size) noexcept {
  if (n >= 0) {
    if (static_cast<std::size_t>(n) < size) s.bits &= static_cast<std::uint8_t>(~writable);
    return {io_status::ok, static_cast<std::size_t>(n), 0};
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    s.bits &= static_cast<std::uint8_t>(~writable);
    return {io_status::again, 0, 0};
  }
  return {io_status::error, 0, errno};
}

/// After a call of the TLS session: the bits as it sees them.
io_result seen(stream& s, const tls_session& tls, io_result r) noexcept {
  const auto set = [&s](std::uint8_t bit, bool on) { s.bits = static_cast<std::uint8_t>(on ? s.bits | bit : s.bits & ~bit); };
  set(readable, tls.may_read());
  set(writable, tls.may_write());
  return r;
}

/// What was written and is not acknowledged; 0 if the kernel does not say.
std::uint32_t unsent_bytes(int fd) noexcept {
  int bytes = 0;
  return fd >= 0 && ::ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint32_t>(bytes) : 0;
}

}  // namespace

bool stream::adopt(int descriptor, bool connected) noexcept {
  fd = descriptor;
  bits = connected ? writable : 0;
  if (loop_.watch(*this, reported)) return true;
  close();
  return false;
}

bool stream::take_over(stream& other) noexcept {
  close();
  if (other.fd < 0) return false;
  tls_ = std::move(other.tls_);
  fd = std::exchange(other.fd, -1);
  watched = std::exchange(other.watched, false);
  bits = std::exchange(other.bits, std::uint8_t{closed});
  if (loop_.change(*this, reported)) return true;  // and is told anew of what is ready
  close();
  return false;
}

void stream::reset() noexcept {
  if (fd < 0) return;
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

bool stream::secure(std::unique_ptr<tls_session> session) noexcept {
  if (!session) {
    close();
    return false;
  }
  tls_ = std::move(session);
  tls_->attach(fd);
  return true;
}

io_result stream::handshake() noexcept {
  if (fd < 0) return {io_status::error, 0, EBADF};
  return tls_ ? seen(*this, *tls_, tls_->handshake()) : io_result{};
}

io_result stream::read(void* to, std::size_t size) noexcept {
  if (tls_) [[unlikely]]
    return seen(*this, *tls_, tls_->read(to, size));
  return take(*this, to, size, 0);
}

io_result stream::discard(std::size_t most) noexcept {
  if (tls_) [[unlikely]]
    return seen(*this, *tls_, tls_->discard(most));
  return take(*this, nullptr, most, MSG_TRUNC);
}

io_result stream::write(const void* from, std::size_t size, bool more) noexcept {
  if (tls_) [[unlikely]] {
    const iovec piece{const_cast<void*>(from), size};
    return seen(*this, *tls_, tls_->write({&piece, 1}, more));
  }
  if (fd < 0) return {io_status::error, 0, EBADF};
  ssize_t n;
  do n = ::send(fd, from, size, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
  while (n < 0 && errno == EINTR);
  return sent(*this, n, size);
}

io_result stream::write(std::span<iovec> pieces) noexcept {
  if (tls_) [[unlikely]]
    return seen(*this, *tls_, tls_->write(pieces));
  if (fd < 0) return {io_status::error, 0, EBADF};
  msghdr m{};
  m.msg_iov = pieces.data();
  m.msg_iovlen = pieces.size();
  std::size_t size = 0;
  for (const iovec& v : pieces) size += v.iov_len;
  ssize_t n;
  do n = ::sendmsg(fd, &m, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return sent(*this, n, size);
}

bool stream::has_bytes() const noexcept {
  if (tls_) [[unlikely]]
    return tls_->peek() == io_status::ok;
  char byte;
  return fd >= 0 && ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool stream::is_quiet() const noexcept {
  if (tls_) [[unlikely]]
    return tls_->peek() == io_status::again;
  char byte;
  return fd >= 0 && ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool stream::is_unacknowledged(time_ms ms) const noexcept { return is_unheard(sending(), ms); }

bool stream::has_unsent() const noexcept { return (tls_ && tls_->unsent() > 0) || unsent_bytes(fd) > 0; }

sending_state stream::sending() const noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  sending_state out;
  out.unacknowledged = info.tcpi_unacked;
  out.probes = info.tcpi_probes;
  out.silent_ms = info.tcpi_last_ack_recv;
  if (out.unacknowledged == 0) out.waiting = unsent_bytes(fd);
  return out;
}

void stream::end_if_unacknowledged_for(unsigned ms) noexcept {
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

void stream::shutdown_write() noexcept {
  if (tls_) tls_->shutdown_write();
  else if (fd >= 0) ::shutdown(fd, SHUT_WR);
}

int stream::connect_error() const noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void stream::dispatch(pollable& p, std::uint32_t events) {
  auto& s = static_cast<stream&>(p);
  std::uint8_t now = 0;
  if (events & EPOLLIN) now |= readable;
  if (events & EPOLLPRI) now |= readable | urgent;
  if (events & EPOLLOUT) now |= writable;
  if (events & EPOLLRDHUP) now |= peer_closed | readable;
  if (events & (EPOLLERR | EPOLLHUP)) now |= broken | readable | writable;
  if (s.tls_) [[unlikely]]
    now = s.tls_->on_events(now);
  if (s.on_end && (now & (peer_closed | broken))) now &= static_cast<std::uint8_t>(~s.on_end(s, now));
  s.bits |= now;
  if (s.owner) {
    s.wake();
  } else if (s.on_idle && (now & (readable | peer_closed | broken))) {
    // Session tickets come when the server likes (RFC 8446 section 4.6.1): no bytes that nobody asked for.
    if (s.tls_ && !(now & (peer_closed | broken)) && s.tls_->peek() == io_status::again) s.bits &= static_cast<std::uint8_t>(~readable);
    else s.on_idle(s);
  }
}

}  // namespace waggle::proxy::io
