// How long a connection whose answer is out is read on, so that a client that is still sending finds the answer: closing over
// bytes that nobody has read sends a reset, and most clients that upload then never look (RFC 9112 section 9.6). Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <algorithm>

namespace waggle::proxy::io {

/// As nginx (lingering_time, lingering_timeout): 30 s in all, 5 s without a byte. What is read is thrown away.
class linger_clock {
 public:
  static constexpr time_ms longest = 30'000, pause = 5'000;
  static constexpr time_ms pause_draining = 1'000;  ///< whoever stops waits less

  explicit linger_clock(time_ms now) noexcept : end_(now + longest), last_(now) {}
  void note_bytes(time_ms now) noexcept { last_ = now; }
  /// When it is over unless further bytes come.
  time_ms due(bool draining) const noexcept { return std::min(end_, last_ + (draining ? pause_draining : pause)); }
  bool over(time_ms now) const noexcept { return now >= end_; }

 private:
  time_ms end_, last_;
};

}  // namespace waggle::proxy::io
