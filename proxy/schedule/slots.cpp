#include "schedule/slots.hpp"

#include <algorithm>
#include <numeric>

namespace waggle::proxy::schedule {

slots::slots(std::span<const server_facts> servers, const key16& hash_key) : members_(servers.size()) {
  of_server_.reserve(servers.size());
  for (const server_facts& s : servers) of_server_.push_back({std::max<slot_id>(1, siphash(hash_key, s.slot_key)), std::min(s.weight, most_weight)});
  std::iota(members_.begin(), members_.end(), 0U);
  std::sort(members_.begin(), members_.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (of_server_[a].id != of_server_[b].id) return of_server_[a].id < of_server_[b].id;
    return servers[a].arrival != servers[b].arrival ? servers[a].arrival > servers[b].arrival : a < b;
  });
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    const server& s = of_server_[members_[i]];
    if (slots_.empty() || slots_.back().id != s.id) slots_.push_back({s.id, 0, i, i});
    slots_.back().weight = std::max(slots_.back().weight, s.weight);
    slots_.back().end = i + 1;
  }
}

std::vector<std::uint32_t> slots::weights() const {
  std::vector<std::uint32_t> out;
  out.reserve(slots_.size());
  for (const slot& s : slots_) out.push_back(s.weight);
  return out;
}

int slots::find(slot_id id) const noexcept {
  const auto at = std::lower_bound(slots_.begin(), slots_.end(), id, [](const slot& s, slot_id wanted) { return s.id < wanted; });
  return at != slots_.end() && at->id == id ? static_cast<int>(at - slots_.begin()) : -1;
}

}  // namespace waggle::proxy::schedule
