// How often the failures of one backend are told in the log: the first ones of each span at once, the rest as a number. One for
// each worker and backend. Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <cstdint>
#include <optional>

namespace waggle::proxy {

class failure_log {
 public:
  static constexpr unsigned burst = 5;  ///< lines in one span
  static constexpr io::time_ms span = 10'000;

  /// A request failed. @return none: say nothing; else how many were left out since the line before.
  std::optional<std::uint64_t> admit(io::time_ms now) noexcept {
    if (now - since_ >= span || said_ == 0) {
      since_ = now;
      said_ = 0;
    }
    if (said_ >= burst) {
      ++left_out_;
      return std::nullopt;
    }
    ++said_;
    const std::uint64_t out = left_out_;
    left_out_ = 0;
    return out;
  }

 private:
  io::time_ms since_ = 0;
  unsigned said_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace waggle::proxy
