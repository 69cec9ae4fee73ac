// Is a request body sent fast enough by anybody who means it? At least 128 bytes a second, averaged over 30 s: the idle
// deadline alone lets a byte every 29 s hold a connection for years. Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <cstddef>
#include <cstdint>

namespace waggle::proxy {

class body_rate {
 public:
  static constexpr std::uint64_t slowest = 128;  ///< bytes a second
  static constexpr io::time_ms window = 30'000;

  /// Some bytes came. @return false: a window has passed and too little came in it.
  bool note(std::size_t bytes, io::time_ms now) noexcept {
    if (since_ == 0) since_ = now;
    bytes_ += bytes;
    if (now - since_ < window) return true;
    const bool fast = bytes_ * 1000 >= slowest * (now - since_);
    since_ = now;
    bytes_ = 0;
    return fast;
  }

 private:
  std::uint64_t bytes_ = 0;
  io::time_ms since_ = 0;
};

}  // namespace waggle::proxy
