#include "schedule/maglev_hash.hpp"

#include "schedule/random.hpp"
#include "schedule/weighted_turns.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace waggle::proxy::schedule {
namespace {

/// The order in which one slot would take all buckets, some of them again. Drawn, not in equal strides as in the paper: two strides that are
/// close run side by side, and then up to 3.6 % of the others' clients move when one of ten slots goes; so it is 2.2 % at worst, 1.3 % mostly.
schedule::random preference_of(slot_id id, const key16& key) noexcept {
  std::array<std::uint8_t, 8> bytes{};
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(id >> (8 * i));
  return schedule::random(siphash(key, bytes));
}

}  // namespace

buckets maglev_buckets(const slots& published, const key16& key) {
  std::vector<std::uint32_t> weights = published.weights();
  weights.resize(std::min(weights.size(), buckets::most_slots));
  weighted_turns turns(weights);
  std::vector<std::uint16_t> table;
  if (turns.empty()) return buckets(std::move(table));
  constexpr std::uint16_t free = std::numeric_limits<std::uint16_t>::max();
  const std::size_t size = maglev_size(weights.size());
  table.assign(size, free);
  std::vector<schedule::random> preferences;
  preferences.reserve(weights.size());
  for (std::size_t s = 0; s < weights.size(); ++s) preferences.push_back(preference_of(published.id(s), key));
  for (std::size_t taken = 0; taken < size; ++taken) {
    const std::size_t slot = turns.next();
    std::size_t at = preferences[slot].below(size);
    while (table[at] != free) at = preferences[slot].below(size);
    table[at] = static_cast<std::uint16_t>(slot);
  }
  return buckets(std::move(table));
}

}  // namespace waggle::proxy::schedule
