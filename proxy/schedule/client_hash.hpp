// What sh, mh and dh hash. Replicas of waggle with one key agree.
#pragma once

#include "schedule/client.hpp"
#include "schedule/siphash.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace waggle::proxy::schedule {

/// @param port  0: of no account.
inline std::uint64_t address_hash(const key16& key, const io::ip_bytes& address, std::uint16_t port) noexcept {
  std::array<std::uint8_t, 18> bytes{};
  std::copy(address.begin(), address.end(), bytes.begin());
  bytes[16] = static_cast<std::uint8_t>(port >> 8U);
  bytes[17] = static_cast<std::uint8_t>(port);
  return siphash(key, bytes);
}

}  // namespace waggle::proxy::schedule
