// Slow start (waggle.backend.slowStart): a server that joins a running backend gets a share that grows linearly to its weight,
// so that caches fill and pools open before the full load comes. Under any method: when the balancer comes to a newcomer it
// takes that turn only now and then. Pure, given the time.
#pragma once

#include "io/timer_wheel.hpp"
#include "plan/backend.hpp"

#include <algorithm>
#include <cstdint>

namespace waggle::proxy::balance {

inline constexpr std::uint32_t full_share = 1024;

/// Which part of its weight a server gets that came `age` ago.
constexpr std::uint32_t share_of(io::time_ms age, io::time_ms ramp) noexcept {
  return age >= ramp ? full_share : static_cast<std::uint32_t>(std::max<io::time_ms>(1, age * full_share / ramp));
}

/// … of this server: since it joined, or since its health check holds again.
inline std::uint32_t share_of(const plan::server& s, io::time_ms now, io::time_ms ramp) noexcept {
  const io::time_ms since = std::max(s.joined_at, s.health ? s.health->up_since() : 0);
  return since == 0 || since > now + ramp ? full_share : share_of(since > now ? 0 : now - since, ramp);
}

/// Does it take this turn? Of many turns it takes share / most, evenly spread. `credit`: one worker's memory of one server.
/// @param most  the largest share of those that may be asked: if all are new, only what lies between them counts.
constexpr bool takes_turn(std::uint32_t& credit, std::uint32_t share, std::uint32_t most) noexcept {
  credit += share;
  if (credit < most) return false;
  credit = std::min(credit - most, most);
  return true;
}

}  // namespace waggle::proxy::balance
