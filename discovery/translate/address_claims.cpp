#include "translate/address_claims.hpp"

#include <algorithm>
#include <functional>

namespace waggle::discovery {

namespace {

std::string_view bare(std::string_view with_mask) noexcept { return with_mask.substr(0, with_mask.find('/')); }

// Loopback addresses are never an overlay's: they come from set-ups without a swarm (tests, demonstrations), where ports
// tell the tasks apart.
bool loopback(std::string_view address) noexcept { return address.substr(0, 4) == "127." || address == "::1"; }

struct claim {
  std::string_view network, address;
  bool operator==(const claim&) const = default;
};
struct claim_hash {
  std::size_t operator()(const claim& c) const noexcept {
    return std::hash<std::string_view>()(c.network) * 31 + std::hash<std::string_view>()(c.address);
  }
};

std::string key(std::string_view network, std::string_view address) {
  std::string out(network);
  out += '/';
  out += address;
  return out;
}

template <class Visit>
void each_claim(const service_view& view, Visit visit) {
  for (const auto& t : view.tasks) {
    if (!t.running()) continue;
    for (const auto& a : t.attachments) {
      if (!a.address.empty() && !loopback(a.address)) visit(claim{a.network_id, bare(a.address)}, t);
    }
  }
}

}  // namespace

address_claims::address_claims(const snapshot& picture) {
  // Disputes are rare and a hundred thousand claims are not: equal hashes say whether it is worth a closer look.
  for (const auto& view : picture.services) each_claim(*view, [&](const claim& c, const task&) { hashes_.push_back(claim_hash()(c)); });
  std::sort(hashes_.begin(), hashes_.end());
  if (std::adjacent_find(hashes_.begin(), hashes_.end()) == hashes_.end()) return;
  std::unordered_map<claim, std::string_view, claim_hash> owner;
  for (const auto& view : picture.services)
    each_claim(*view, [&](const claim& c, const task& t) {
      const auto [it, fresh] = owner.emplace(c, t.id);
      if (!fresh && it->second != t.id.view()) disputed_.insert(key(c.network, c.address));
    });
}

bool address_claims::replace(const service_view& before, const service_view& now) {
  each_claim(before, [&](const claim& c, const task&) { --since_[claim_hash()(c)]; });
  bool alone = true;
  each_claim(now, [&](const claim& c, const task&) {
    const std::size_t h = claim_hash()(c);
    const auto [first, last] = std::equal_range(hashes_.begin(), hashes_.end(), h);
    auto& moved = since_[h];
    alone = alone && (last - first) + moved == 0;
    if (++moved == 0) since_.erase(h);
  });
  return alone;
}

bool address_claims::disputed(std::string_view network_id, std::string_view address) const {
  return !disputed_.empty() && disputed_.contains(key(network_id, address));
}

}  // namespace waggle::discovery
