// Taking turns among those servers that qualify now: one after the other where they count the same, else by what they count. It needs no
// memory but a counter, so that the set may change from turn to turn and every worker may take the next one.
#pragma once

#include "schedule/random.hpp"
#include "schedule/server_state.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace waggle::proxy::schedule {

/// @param qualifies  asked by index. @param counts  what the index counts, > 0: its part of the turns.
/// @return the index; -1: nobody qualifies. The counter moves only if there is a choice.
template <class Qualifies, class Counts>
int in_turn(std::size_t servers, std::atomic<std::uint64_t>& turns, Qualifies&& qualifies, Counts&& counts) noexcept {
  std::uint64_t found = 0, total = 0, one = 0;
  std::size_t first = 0;
  bool same = true;
  for (std::size_t i = 0; i < servers; ++i) {
    if (!qualifies(i)) continue;
    const std::uint64_t mine = counts(i);
    if (found++ == 0) {
      first = i;
      one = mine;
    }
    same = same && mine == one;
    total += mine;
  }
  if (found == 0) return -1;
  if (found == 1) return static_cast<int>(first);
  const std::uint64_t turn = turns.fetch_add(1, std::memory_order_relaxed);
  // Weyl's sequence by the golden ratio: over any run of turns each gets its part but for a few, without a list of them.
  std::uint64_t left = same ? turn % found * one : scaled(turn * 0x9E3779B97F4A7C15u, total);
  for (std::size_t i = first; i < servers; ++i) {
    if (!qualifies(i)) continue;
    const std::uint64_t mine = counts(i);
    if (left < mine) return static_cast<int>(i);
    left -= mine;
  }
  return static_cast<int>(first);  // not reached: left < total
}

}  // namespace waggle::proxy::schedule
