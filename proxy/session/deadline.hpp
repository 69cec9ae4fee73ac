// When a limit has passed that may be none. Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <chrono>

namespace waggle::proxy {

/// @param limit  zero: none. @return when what began at `begin` is late; io::never without a limit.
constexpr io::time_ms due_after(io::time_ms begin, std::chrono::milliseconds limit) noexcept {
  return limit.count() <= 0 ? io::never : begin + static_cast<io::time_ms>(limit.count());
}

}  // namespace waggle::proxy
