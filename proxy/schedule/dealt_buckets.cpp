#include "schedule/dealt_buckets.hpp"

#include "schedule/weighted_turns.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace waggle::proxy::schedule {

buckets dealt_buckets(const slots& published) {
  std::vector<std::uint32_t> weights = published.weights();
  weights.resize(std::min(weights.size(), buckets::most_slots));
  weighted_turns turns(weights);
  std::vector<std::uint16_t> table;
  if (turns.empty()) return buckets(std::move(table));
  table.resize(std::bit_ceil(std::clamp<std::size_t>(weights.size(), 256, 65'536)));
  for (std::uint16_t& bucket : table) bucket = static_cast<std::uint16_t>(turns.next());
  return buckets(std::move(table));
}

}  // namespace waggle::proxy::schedule
