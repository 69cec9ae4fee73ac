// Affinity below HTTP: a client's address stays with the server that it had.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace waggle::model {

struct persistence {
  std::chrono::milliseconds timeout{300'000};      ///< counted anew with each connection
  std::uint8_t netmask_v4 = 32, netmask_v6 = 128;  ///< clients of one network count as one: bits of the prefix
  std::string group;                               ///< services of one group share what they remember; empty: its own
  bool operator==(const persistence&) const = default;
};

}  // namespace waggle::model
