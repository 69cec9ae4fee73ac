// The server with the least load for its weight; those that are equal take turns. What load and weight are is the scheduler's to say.
#pragma once

#include "schedule/arrival.hpp"

#include <cstddef>
#include <cstdint>

namespace waggle::proxy::schedule {

/// As IPVS: one that is half closed is hardly one any more.
constexpr std::uint64_t connection_load(const server_state& s) noexcept { return static_cast<std::uint64_t>(s.active) * 256 + s.inactive; }

/// Fractions are compared by cross-multiplication: exact up to 2^30 connections and weights of 65,535.
struct load_ratio {
  std::uint64_t load, weight;
  friend constexpr bool operator<(const load_ratio& a, const load_ratio& b) noexcept { return a.load * b.weight < b.load * a.weight; }
  friend constexpr bool operator==(const load_ratio& a, const load_ratio& b) noexcept { return a.load * b.weight == b.load * a.weight; }
};

/// @param ratio  of a server_state that is usable; its weight is > 0.
template <class Ratio>
int least_load(const arrival& a, Ratio&& ratio) noexcept {
  load_ratio least{1, 0};  // more than any
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a.usable(i)) continue;
    const load_ratio mine = ratio(a.servers[i]);
    if (mine < least) least = mine;
  }
  if (least.weight == 0) return -1;
  // Short connections one after the other are nothing but ties: the turns go by weight, too.
  return in_turn(
      a.size(), a.shared.turn, [&](std::size_t i) { return a.usable(i) && ratio(a.servers[i]) == least; },
      [&](std::size_t i) { return ratio(a.servers[i]).weight; });
}

}  // namespace waggle::proxy::schedule
