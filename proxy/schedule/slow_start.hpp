// Slow start below HTTP: the weight of a server that joins grows to its full value, so that the schedulers that look for the least load
// do not give it every new connection until it has as many as the others. Pure, given the time.
#pragma once

#include "io/timer_wheel.hpp"
#include "schedule/server_state.hpp"

#include <algorithm>
#include <cstdint>

namespace waggle::proxy::schedule {

inline constexpr std::uint32_t least_share = (full_share + 9) / 10;  ///< a tenth, rounded up

/// Which part of its weight a server gets that came `age` ago. @param ramp  0: no slow start.
constexpr std::uint32_t share_of(io::time_ms age, io::time_ms ramp) noexcept {
  if (age >= ramp) return full_share;
  return std::max(least_share, static_cast<std::uint32_t>(static_cast<double>(age) / static_cast<double>(ramp) * full_share));
}

}  // namespace waggle::proxy::schedule
