// Weighted round robin as Traefik 1.7 does it (weights 3,1,2 give a a c a b c), over the servers that may be used now.
#pragma once

#include "routing/table.hpp"

#include <cstdint>

namespace waggle::proxy::balance {

/// One worker's position in one backend. Kept across table changes.
struct position {
  std::int64_t index = -1;
  std::uint64_t weight = 0;
};

/// @param usable  asked by index; @return the chosen index, -1 if nothing is usable. Cost: O(servers) at worst.
template <class Usable>
int pick(const routing::backend& b, position& at, Usable&& usable) {
  const auto n = static_cast<std::int64_t>(b.servers.size());
  if (n == 0) return -1;
  if (at.index >= n) at.index = n - 1;
  // In max/gcd passes every weight level is met once, so a usable server is found if there is one.
  const std::uint64_t passes = b.weight_gcd == 0 ? 1 : b.weight_max / b.weight_gcd;
  const std::uint64_t bound = static_cast<std::uint64_t>(n) * (passes > 64 ? 64 : passes) + static_cast<std::uint64_t>(n);
  for (std::uint64_t step = 0; step < bound; ++step) {
    at.index = (at.index + 1) % n;
    if (at.index == 0 || at.weight == 0) {
      if (at.weight <= b.weight_gcd) at.weight = b.weight_max;
      else at.weight -= b.weight_gcd;
    }
    const auto i = static_cast<std::size_t>(at.index);
    if (b.servers[i].weight >= at.weight && usable(i)) return static_cast<int>(i);
  }
  for (std::int64_t i = 0; i < n; ++i)  // extreme weights: any usable one
    if (usable(static_cast<std::size_t>(i))) return static_cast<int>(i);
  return -1;
}

}  // namespace waggle::proxy::balance
