// A connected (or connecting) non-blocking TCP socket, plain or with TLS on it, and who waits for it. Everything above reads and
// writes bytes through these few functions and does not see which of the two it is; the pointer to the TLS session decides, with
// one branch that plain connections predict (docs/decisions/0010-stream-plain-or-tls.md).
#pragma once

#include "io/loop.hpp"
#include "io/readiness.hpp"
#include "io/sending.hpp"
#include "io/tls_session.hpp"

#include <sys/uio.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace waggle::proxy::io {

class waiter;

class stream : public pollable {
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
    bits = 0;
  }
  /// Closes so that the peer sees a reset (RST), never a clean end.
  void reset() noexcept;
  bool is_open() const noexcept { return fd >= 0; }

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

  /// As if epoll had reported these bits. Thread: the worker's; whoever waits for them runs at once.
  void report(std::uint8_t now);

  bool is_ready(std::uint8_t wanted_bits) const noexcept { return (bits & wanted_bits) != 0; }

  std::uint8_t bits = 0;    ///< ready_bits
  std::uint8_t wanted = 0;  ///< what `owner` is waiting for
  waiter* owner = nullptr;  ///< null: nobody
  /// Told of peer_closed and broken as they are reported, before anybody wakes. @return bits that are kept from everybody.
  std::uint8_t (*on_end)(stream&, std::uint8_t bits) = nullptr;
  void (*on_idle)(stream&) = nullptr;  ///< called instead when nobody waits (pooled connections)

 private:
  static void dispatch(pollable& p, std::uint32_t events);
  io::loop& loop_;
  std::unique_ptr<tls_session> tls_;
};

/// One coroutine's wait for any of a few streams or a deadline. Embed one in whatever owns the coroutine.
class waiter : private timer {
 public:
  explicit waiter(io::loop& l) noexcept : timer(&waiter::on_due), loop_(l) {}

  struct interest {
    stream* on = nullptr;
    std::uint8_t bits = 0;  ///< ready_bits; peer_closed and broken only if named
  };

  /// co_await wait(a, readable, b, writable, due) → false if the deadline came first. Never suspends if one is ready
  /// already. Spurious wake-ups do not happen, but what is ready may be an error.
  template <std::size_t Most>
  class [[nodiscard]] wait_for {
   public:
    wait_for(waiter& w, time_ms due) noexcept : waiter_(w), due_(due) {}
    void add(stream& s, std::uint8_t wanted_bits) noexcept { interests_[count_++] = interest{&s, wanted_bits}; }
    bool await_ready() const noexcept {
      for (std::uint8_t k = 0; k < count_; ++k)
        if (interests_[k].on->is_ready(interests_[k].bits)) return true;
      return false;
    }
    void await_suspend(std::coroutine_handle<> h) noexcept {
      suspended_ = true;
      waiter_.suspend(h, interests_, count_, due_);
    }
    bool await_resume() noexcept { return !suspended_ || waiter_.resume(interests_, count_); }

   private:
    waiter& waiter_;
    interest interests_[Most];
    std::uint8_t count_ = 0;
    time_ms due_;
    bool suspended_ = false;
  };
  using wait_awaiter = wait_for<3>;
  using wait_many_awaiter = wait_for<6>;
  /// For add() on a variable of its own, which is awaited then.
  wait_many_awaiter wait_many(time_ms due) noexcept { return {*this, due}; }
  // No braced list here: g++ 12.2 miscompiles one inside a full expression with co_await.
  wait_awaiter wait(stream& a, std::uint8_t a_bits, time_ms due) noexcept {
    wait_awaiter w(*this, due);
    w.add(a, a_bits);
    return w;
  }
  wait_awaiter wait(stream& a, std::uint8_t a_bits, stream& b, std::uint8_t b_bits, time_ms due) noexcept {
    wait_awaiter w = wait(a, a_bits, due);
    w.add(b, b_bits);
    return w;
  }

  wait_awaiter wait(stream& a, std::uint8_t a_bits, stream& b, std::uint8_t b_bits, stream& c, std::uint8_t c_bits, time_ms due) noexcept {
    wait_awaiter w = wait(a, a_bits, b, b_bits, due);
    w.add(c, c_bits);
    return w;
  }

  /// Ends a wait at once as if its deadline had come (shutdown). Thread: the worker's.
  void interrupt() {
    if (handle_) fire(true);
  }
  /// Moves the deadline of the wait in progress to an earlier time; never to a later one.
  void expire_at(time_ms due) noexcept {
    if (handle_ && due < timer::due()) loop_.arm(*this, due);
  }

 private:
  friend class stream;
  static void on_due(timer& t) { static_cast<waiter&>(t).fire(true); }
  void fire(bool timed_out);
  void suspend(std::coroutine_handle<> h, const interest* all, std::size_t count, time_ms due) noexcept;
  bool resume(const interest* all, std::size_t count) noexcept;

  io::loop& loop_;
  std::coroutine_handle<> handle_;
  bool timed_out_ = false;
};

}  // namespace waggle::proxy::io
