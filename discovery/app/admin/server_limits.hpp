// What clients can make the API's server hold at most.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace waggle::app::admin {

struct server_limits {
  std::size_t connections = 256;   ///< beyond, a client that has more of them than the newcomer's gives one up (seats.hpp)
  std::size_t local_reserve = 16;  ///< … and some for health checks that this machine makes of itself
  std::size_t head_bytes = 72 * 1024;
  std::chrono::milliseconds head{10'000};   ///< for a whole request head
  std::chrono::milliseconds write{30'000};  ///< for a whole answer, or an event of a stream
  int nice = 10;                            ///< of its thread; 0: as the workers

  /// Descriptors that it may take in all: with those on their way to its thread.
  std::size_t descriptors() const noexcept { return connections + connections / 4 + local_reserve; }
  /// For a process that may have so many descriptors.
  static server_limits within(std::size_t files) noexcept {
    server_limits out;
    out.connections = std::clamp<std::size_t>(files / 16, 16, out.connections);
    return out;
  }
};

}  // namespace waggle::app::admin
