// What persistence remembers: whose, of which client, which slot.
#pragma once

#include "io/address.hpp"
#include "io/timer_wheel.hpp"
#include "schedule/siphash.hpp"
#include "schedule/slots.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::schedule {

/// Whose memory: of a service, or of a group of them. Services of one group share entries as far as they share slots (several ports of one
/// Swarm service); a group over services without a common slot makes each forget what the other has remembered.
using persistence_owner = std::uint64_t;
/// @param service  its key, unique over providers and protocols; of no account if there is a group.
inline persistence_owner owner_of(const key16& key, std::string_view service, std::string_view group) {
  return siphash(key, group.empty() ? "service/" + std::string(service) : "group/" + std::string(group));
}

struct persistence_key {
  persistence_owner owner = 0;
  io::ip_bytes network{};  ///< masked()
  bool operator==(const persistence_key&) const = default;
};

inline std::uint64_t hash_of(const key16& hash_key, const persistence_key& key) noexcept {
  std::array<std::uint8_t, 24> bytes{};
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(key.owner >> (8 * i));
  std::copy(key.network.begin(), key.network.end(), bytes.begin() + 8);
  return siphash(hash_key, bytes);
}

struct persistence_figures {
  std::size_t entries = 0;    ///< with those that have run out and were not met since
  std::uint64_t evicted = 0;  ///< for want of room
  std::uint64_t refused = 0;  ///< not remembered: the table was full of entries with open connections
};

/// How many entries lead to a slot.
struct persistence_count {
  persistence_owner owner = 0;
  slot_id slot = 0;
  std::uint64_t entries = 0;
};

struct persistence_entry {
  persistence_key key;
  slot_id slot = 0;
  io::time_ms runs_out = 0;
  std::uint32_t open = 0;  ///< connections; while there are some it does not run out
};

}  // namespace waggle::proxy::schedule
