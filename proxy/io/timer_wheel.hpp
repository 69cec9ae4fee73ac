// Deadlines of thousands of waiters at constant cost: a wheel of slots by due time. A deadline that moves later costs one
// store; the entry is put right when its old slot comes round. Times are milliseconds of the worker's coarse clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace waggle::proxy::io {

using time_ms = std::uint64_t;
inline constexpr time_ms never = std::numeric_limits<time_ms>::max();

class timer_wheel;

/// Something with a deadline. Derive or embed; unlinks itself when destroyed.
class timer {
 public:
  using callback = void (*)(timer&);
  explicit timer(callback on_due) noexcept : on_due_(on_due) {}
  ~timer() { unlink(); }
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  time_ms due() const noexcept { return due_; }
  /// Forgets the deadline; the entry may stay in its slot until that comes round.
  void cancel() noexcept { due_ = never; }

 private:
  friend class timer_wheel;
  void unlink() noexcept {
    if (!previous_) return;
    *previous_ = next_;
    if (next_) next_->previous_ = previous_;
    previous_ = nullptr;
    next_ = nullptr;
  }
  callback on_due_;
  time_ms due_ = never;
  time_ms slot_time_ = never;  ///< when its slot comes round; valid while linked
  timer* next_ = nullptr;
  timer** previous_ = nullptr;  ///< what points at this entry
};

class timer_wheel {
 public:
  static constexpr time_ms tick = 8;          ///< resolution; a deadline is met at most this much late
  static constexpr std::size_t slots = 1024;  ///< 8.2 s; later deadlines go round more than once

  /// @param now  the coarse clock; @param due  absolute; never = no deadline.
  void arm(timer& t, time_ms now, time_ms due) noexcept;
  /// Calls the timers that are due, `at_once` at most: ten thousand idle clients whose time is over must not hold up the others;
  /// the rest is called next time, and until_next() says when. Callbacks may arm and destroy timers.
  void advance(time_ms now);
  static constexpr std::size_t at_once = 256;
  /// Milliseconds until the next slot that holds an entry; `never` if all are empty.
  time_ms until_next(time_ms now) const noexcept;

 private:
  void link(timer& t, time_ms at) noexcept;
  timer* heads_[slots] = {};
  std::uint64_t occupied_[slots / 64] = {};
  time_ms last_ = 0;  ///< slots up to this time (in ticks) have been served
};

}  // namespace waggle::proxy::io
