// Sessions of one service by their last datagram: whose time is over, and who goes when there are too many. The links lie in the sessions.
// A session that is busy moves to the end now and then only, so its time is known within `grain`; it never ends before its time. Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <algorithm>
#include <cstddef>

namespace waggle::proxy::udp {

/// Derive from it; it must have left before it goes.
struct order_link {
  order_link *older = nullptr, *newer = nullptr;
  io::time_ms listed_at = 0;
};

class session_order {
 public:
  static constexpr io::time_ms usual_grain = 100;
  /// Idle for less, nobody gives way: there are too many that are busy, and one more would not be served either.
  static constexpr io::time_ms least_idle = 1'000;

  /// Holds for all that are there. @param idle  > 0: a session ends after so long without a datagram either way.
  void set_idle(io::time_ms idle) noexcept {
    idle_ = idle;
    grain_ = std::min(usual_grain, idle / 8);
  }
  void enter(order_link& l, io::time_ms now) noexcept {
    l.listed_at = now;
    l.newer = nullptr;
    l.older = newest_;
    (newest_ ? newest_->newer : oldest_) = &l;
    newest_ = &l;
    ++size_;
  }
  void leave(order_link& l) noexcept {
    (l.older ? l.older->newer : oldest_) = l.newer;
    (l.newer ? l.newer->older : newest_) = l.older;
    l.older = l.newer = nullptr;
    --size_;
  }
  /// A datagram of it, either way.
  void touch(order_link& l, io::time_ms now) noexcept {
    if (now <= l.listed_at + grain_) return;
    leave(l);
    enter(l, now);
  }
  std::size_t size() const noexcept { return size_; }
  /// When the one that has been idle longest has its time over; io::never: there is none.
  io::time_ms next_due() const noexcept { return oldest_ ? due_of(*oldest_) : io::never; }
  /// When its time is over, if nothing comes.
  io::time_ms due_of(const order_link& l) const noexcept { return l.listed_at + idle_ + grain_; }
  /// One whose time is over; null: nobody's is.
  order_link* expired(io::time_ms now) const noexcept { return oldest_ && due_of(*oldest_) <= now ? oldest_ : nullptr; }
  /// Who gives way; null: nobody has been idle for long enough.
  order_link* victim(io::time_ms now) const noexcept { return oldest_ && oldest_->listed_at + least_idle + grain_ <= now ? oldest_ : nullptr; }
  /// The one that has been idle longest; null: there is none.
  order_link* oldest() const noexcept { return oldest_; }

 private:
  order_link *oldest_ = nullptr, *newest_ = nullptr;
  std::size_t size_ = 0;
  io::time_ms idle_ = 60'000, grain_ = usual_grain;
};

}  // namespace waggle::proxy::udp
