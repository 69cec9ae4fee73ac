#include "schedule/buckets.hpp"

#include "schedule/random.hpp"

#include <cstddef>

namespace waggle::proxy::schedule {
namespace {

int usable_server(const arrival& a, std::size_t slot) noexcept {
  return a.slots.newest(slot, [&](std::size_t i) { return a.usable(i); });
}

/// By weight among the slots that can be used.
int by_weight(const arrival& a, std::uint64_t hash) noexcept {
  std::uint64_t total = 0;
  for (std::size_t s = 0; s < a.slots.size(); ++s)
    if (usable_server(a, s) >= 0) total += a.slots.weight(s);
  std::uint64_t left = scaled(hash * 0x9E3779B97F4A7C15u, total);
  for (std::size_t s = 0; s < a.slots.size(); ++s) {
    const int server = usable_server(a, s);
    if (server < 0) continue;
    if (left < a.slots.weight(s)) return server;
    left -= a.slots.weight(s);
  }
  return -1;
}

}  // namespace

int buckets::pick(const arrival& a, std::uint64_t hash, bool fallback) const noexcept {
  if (table_.empty()) return -1;
  const int first = usable_server(a, table_[hash % table_.size()]);
  if (first >= 0 || !fallback) return first;
  // Each client has a way of its own through the table, so that those of one dead slot spread over all others by weight.
  schedule::random way(hash);
  constexpr int probes = 32;  // then hardly anybody is left, and a scan costs less
  for (int i = 0; i < probes; ++i)
    if (const int server = usable_server(a, table_[way.below(table_.size())]); server >= 0) return server;
  return by_weight(a, hash);
}

}  // namespace waggle::proxy::schedule
