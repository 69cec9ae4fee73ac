// Weighted round robin as Traefik 1.7 does it (weights 3,1,2 give a a c a b c), over the servers that may be used now.
#pragma once

#include "plan/backend.hpp"

#include <cstddef>
#include <cstdint>

namespace waggle::proxy::balance {

/// One worker's position in one backend. Kept across table changes.
struct position {
  std::int64_t index = -1;
  std::uint64_t weight = 0;

  /// Where nothing was picked yet: the server with this number is next.
  void begin(unsigned first, std::size_t servers) noexcept {
    if (index < 0 && weight == 0 && servers != 0) index = static_cast<std::int64_t>(first % servers) - 1;
  }
};

/// Weights as the labels say.
struct fixed_weights {
  const plan::backend& b;
  std::size_t size() const noexcept { return b.servers.size(); }
  unsigned weight(std::size_t i) const noexcept { return b.servers[i].weight; }
  unsigned max() const noexcept { return b.weight_max; }
  unsigned gcd() const noexcept { return b.weight_gcd; }
};

/// @param usable  asked by index; @return the chosen index, -1 if nothing is usable. Cost: O(servers) at worst.
template <class Weights, class Usable>
int pick_by(const Weights& b, position& at, Usable&& usable) {
  const auto n = static_cast<std::int64_t>(b.size());
  if (n == 0) return -1;
  if (at.index >= n) at.index = n - 1;
  if (at.weight > b.max()) at.weight = b.max();  // weights have changed
  // In max/gcd passes every weight level is met once, so a usable server is found if there is one.
  const std::uint64_t passes = b.gcd() == 0 ? 1 : b.max() / b.gcd();
  const std::uint64_t bound = static_cast<std::uint64_t>(n) * (passes > 64 ? 64 : passes) + static_cast<std::uint64_t>(n);
  for (std::uint64_t step = 0; step < bound; ++step) {
    at.index = (at.index + 1) % n;
    if (at.index == 0 || at.weight == 0) {
      if (at.weight <= b.gcd()) at.weight = b.max();
      else at.weight -= b.gcd();
    }
    const auto i = static_cast<std::size_t>(at.index);
    if (b.weight(i) >= at.weight && usable(i)) return static_cast<int>(i);
  }
  for (std::int64_t i = 0; i < n; ++i)  // extreme weights: any usable one
    if (b.weight(static_cast<std::size_t>(i)) > 0 && usable(static_cast<std::size_t>(i))) return static_cast<int>(i);
  return -1;
}

template <class Usable>
int pick(const plan::backend& b, position& at, Usable&& usable) {
  return pick_by(fixed_weights{b}, at, usable);
}

}  // namespace waggle::proxy::balance
