// What a coroutine waits for, and its wait: no sockets. A socket is one readiness; where many streams share a connection, each has its
// own, which the connection reports to.
#pragma once

#include "io/loop.hpp"
#include "io/readiness.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::io {

class waiter;

/// What something is ready for, and who waits for that. Thread: the worker's.
class readiness {
 public:
  bool is_ready(std::uint8_t wanted_bits) const noexcept { return (bits & wanted_bits) != 0; }
  /// Not closed on this side.
  bool is_open() const noexcept { return (bits & closed) == 0; }
  /// These hold from now on; whoever waits for them runs at once.
  void report(std::uint8_t now) {
    bits |= now;
    wake();
  }

  std::uint8_t bits = closed;  ///< ready_bits
  std::uint8_t wanted = 0;     ///< what `owner` is waiting for
  waiter* owner = nullptr;     ///< null: nobody

 protected:
  inline void wake();
};

/// One coroutine's wait for any of a few readinesses or a deadline. Embed one in whatever owns the coroutine.
class waiter : private timer {
 public:
  explicit waiter(io::loop& l) noexcept : timer(&waiter::on_due), loop_(l) {}

  struct interest {
    readiness* on = nullptr;
    std::uint8_t bits = 0;  ///< ready_bits; peer_closed and broken only if named
  };

  /// co_await wait(a, readable, b, writable, due) → false if the deadline came first. Never suspends if one is ready
  /// already. Spurious wake-ups do not happen, but what is ready may be an error.
  template <std::size_t Most>
  class [[nodiscard]] wait_for {
   public:
    wait_for(waiter& w, time_ms due) noexcept : waiter_(w), due_(due) {}
    void add(readiness& r, std::uint8_t wanted_bits) noexcept { interests_[count_++] = interest{&r, wanted_bits}; }
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
  wait_awaiter wait(readiness& a, std::uint8_t a_bits, time_ms due) noexcept {
    wait_awaiter w(*this, due);
    w.add(a, a_bits);
    return w;
  }
  wait_awaiter wait(readiness& a, std::uint8_t a_bits, readiness& b, std::uint8_t b_bits, time_ms due) noexcept {
    wait_awaiter w = wait(a, a_bits, due);
    w.add(b, b_bits);
    return w;
  }

  wait_awaiter wait(readiness& a, std::uint8_t a_bits, readiness& b, std::uint8_t b_bits, readiness& c, std::uint8_t c_bits, time_ms due) noexcept {
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
  friend class readiness;
  static void on_due(timer& t) { static_cast<waiter&>(t).fire(true); }
  void fire(bool timed_out);
  void suspend(std::coroutine_handle<> h, const interest* all, std::size_t count, time_ms due) noexcept;
  bool resume(const interest* all, std::size_t count) noexcept;

  io::loop& loop_;
  std::coroutine_handle<> handle_;
  bool timed_out_ = false;
};

inline void readiness::wake() {
  if (owner && (bits & wanted)) owner->fire(false);
}

}  // namespace waggle::proxy::io
