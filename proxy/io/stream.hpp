// A connected (or connecting) non-blocking TCP socket, plain or with TLS on it, for which others wait. Everything above reads and
// writes bytes through these few functions and does not see which of the two it is; the pointer to the TLS session decides, with
// one branch that plain connections predict (docs/decisions/0010-stream-plain-or-tls.md).
#pragma once

#include "io/loop.hpp"
#include "io/readiness.hpp"
#include "io/sending.hpp"
#include "io/tls_session.hpp"
#include "io/waiter.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace waggle::proxy::io {

class stream : public pollable, public readiness {
 public:
  explicit stream(io::loop& l) noexcept : loop_(l) { on_events = &stream::dispatch; }
  ~stream() { close(); }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  /// Takes over a connected descriptor. @return false: the kernel cannot watch it; it is closed.
  bool adopt(int descriptor, bool connected = true) noexcept;
  /// Takes over what another one has, which is closed then. Nobody waits for either. @return false: the kernel cannot watch it; both are closed.
  bool take_over(stream& other) noexcept;
  /// At once: over TLS without close_notify, and what has_unsent() is lost. After a shutdown_write() it is a clean end.
  void close() noexcept {
    tls_.reset();
    loop_.forget(*this);
    bits = closed;
  }
  /// Closes so that the peer sees a reset (RST), never a clean end.
  void reset() noexcept;

  /// From now on over TLS; the stream is connected, and handshake() comes next. @return false: there is no session; it is closed, never left in clear.
  [[nodiscard]] bool secure(std::unique_ptr<tls_session> session) noexcept;
  /// A phase of its own, before all else: `again` waits for `readable`, in either role. `ok` where there is nothing to do.
  io_result handshake() noexcept;
  /// Why TLS failed, for people; "" if it did not.
  const char* complaint() const noexcept { return tls_ ? tls_->complaint() : ""; }
  /// splice(2) may move bytes from and to its descriptor.
  bool may_splice() const noexcept { return !tls_; }

  /// Over TLS `readable` tells of records: it may turn out that there is nothing to read yet (`again`).
  io_result read(void* to, std::size_t size) noexcept;
  /// Takes what is waiting without giving it to anybody; from a plain socket without copying it (tcp(7): MSG_TRUNC).
  io_result discard(std::size_t most) noexcept;
  /// @param more  a following write comes at once (MSG_MORE).
  io_result write(const void* from, std::size_t size, bool more = false) noexcept;
  io_result write(std::span<iovec> pieces) noexcept;
  /// FIN; over TLS close_notify before it, behind all that was written.
  void shutdown_write() noexcept;
  /// Something other than an end is waiting to be read; over TLS data, not a ticket. Costs a system call.
  bool has_bytes() const noexcept;
  /// Neither an end nor a byte is waiting. Costs a system call.
  bool is_quiet() const noexcept;
  /// Nothing that was sent within the last `ms` has been acknowledged, or keepalive probes go unanswered: the peer's node is
  /// gone, or the way to it. Costs a system call (TCP_INFO).
  bool is_unacknowledged(time_ms ms) const noexcept;
  /// The peer's kernel has not acknowledged all that was written, or it has not been sent. Costs a system call.
  bool has_unsent() const noexcept;
  /// What has become of what was sent. Costs a system call (TCP_INFO).
  sending_state sending() const noexcept;
  /// What the peer does not acknowledge for so long ends the connection (TCP_USER_TIMEOUT); 0: the kernel's own patience.
  void end_if_unacknowledged_for(unsigned ms) noexcept;
  /// SO_ERROR of a finished connect.
  int connect_error() const noexcept;

  /// Told of peer_closed and broken as they are reported, before anybody wakes. @return bits that are kept from everybody.
  std::uint8_t (*on_end)(stream&, std::uint8_t bits) = nullptr;
  void (*on_idle)(stream&) = nullptr;  ///< called instead when nobody waits (pooled connections)

 private:
  static void dispatch(pollable& p, std::uint32_t events);
  io::loop& loop_;
  std::unique_ptr<tls_session> tls_;
};

}  // namespace waggle::proxy::io
