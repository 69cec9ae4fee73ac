// What changes about servers between two publishes, as the schedulers are told of it.
#pragma once

#include <atomic>
#include <cstdint>

namespace waggle::proxy::schedule {

/// The share of a server that has no slow start, or has it behind it.
inline constexpr std::uint32_t full_share = 1024;

/// One server at the moment of a choice.
struct server_state {
  std::uint32_t active = 0;          ///< connections relayed both ways, UDP sessions; of all workers
  std::uint32_t inactive = 0;        ///< half closed
  std::uint32_t weight = 1;          ///< ≤ 65,535; 0: no new clients but those that persistence brings
  std::uint32_t share = full_share;  ///< of its weight, 1 to full_share (slow_start.hpp)
  bool may = true;                   ///< running, not held down, not full, not tried by this connection

  constexpr bool usable() const noexcept { return may && weight > 0; }
  /// The weight that counts, times full_share.
  constexpr std::uint64_t shared_weight() const noexcept { return static_cast<std::uint64_t>(weight) * share; }
};

/// Of one service, over all workers and publishes. Thread: any. A cache line of its own, since every connection may write it.
struct alignas(64) shared_state {
  std::atomic<std::uint64_t> turn{0};          ///< rr, wrr and all ties go by it
  std::atomic<std::uint64_t> replacements{0};  ///< who takes the turn of a server that cannot be used (wrr)
};

}  // namespace waggle::proxy::schedule
