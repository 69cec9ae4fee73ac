#include "translate/duplicates.hpp"

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

}  // namespace

address_claims::address_claims(const snapshot& picture) {
  std::unordered_map<claim, std::string_view, claim_hash> owner;
  for (const auto& view : picture.services) {
    for (const auto& t : view->tasks) {
      if (!t.running()) continue;
      for (const auto& a : t.attachments) {
        if (a.address.empty() || loopback(a.address)) continue;
        const claim c{a.network_id, bare(a.address)};
        const auto [it, fresh] = owner.emplace(c, t.id);
        if (!fresh && it->second != t.id) disputed_.insert(key(c.network, c.address));
      }
    }
  }
}

bool address_claims::disputed(std::string_view network_id, std::string_view address) const {
  return !disputed_.empty() && disputed_.contains(key(network_id, address));
}

}  // namespace waggle::discovery
