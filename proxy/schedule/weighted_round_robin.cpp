#include "schedule/weighted_round_robin.hpp"

#include "schedule/in_turn.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <numeric>

namespace waggle::proxy::schedule {
namespace {

/// Nobody's weight or share is another than the sequence was made for.
bool as_published(const arrival& a) noexcept {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a.usable(i) && (a.servers[i].weight != a.slots.weight_of_server(i) || a.servers[i].share != full_share)) return false;
  return true;
}

}  // namespace

std::vector<std::uint32_t> interleaved(std::span<const std::uint32_t> weights, std::uint64_t longest) {
  std::uint64_t sum = 0;
  std::uint32_t divisor = 0, most = 0;
  for (const std::uint32_t w : weights) {
    sum += w;
    divisor = std::gcd(divisor, w);
    most = std::max(most, w);
  }
  std::vector<std::uint32_t> out;
  if (sum == 0 || sum / divisor > longest) return out;
  out.reserve(sum / divisor);
  for (std::uint32_t level = most; level > 0; level -= divisor)
    for (std::uint32_t i = 0; i < weights.size(); ++i)
      if (weights[i] >= level) out.push_back(i);
  return out;
}

weighted_round_robin::weighted_round_robin(const model::scheduling&, const slots& published, const key16&) {
  std::vector<std::uint32_t> weights;
  weights.reserve(published.servers());
  for (std::size_t i = 0; i < published.servers(); ++i) weights.push_back(published.weight_of_server(i));
  sequence_ = interleaved(weights, longest);
}

int weighted_round_robin::pick(const arrival& a) const noexcept {
  const auto usable = [&](std::size_t i) { return a.usable(i); };
  const auto weight = [&](std::size_t i) { return a.servers[i].shared_weight(); };
  if (sequence_.empty() || !as_published(a)) return in_turn(a.size(), a.shared.turn, usable, weight);
  const std::uint32_t next = sequence_[a.shared.turn.fetch_add(1, std::memory_order_relaxed) % sequence_.size()];
  if (a.usable(next)) return static_cast<int>(next);
  // Not the one after it in the sequence: that would get both turns each time.
  return in_turn(a.size(), a.shared.replacements, usable, weight);
}

}  // namespace waggle::proxy::schedule
