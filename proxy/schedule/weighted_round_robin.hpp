// Scheduler wrr: in turn by weight, in the order of Traefik and IPVS (3, 1, 2 give a a c a b c); one counter for all workers.
#pragma once

#include "schedule/arrival.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace waggle::proxy::schedule {

/// Whose turn it is, from the first to the last of a round: for (3, 1, 2) 0 0 2 0 1 2. As long as the sum of the weights by their greatest
/// common divisor; empty if that is more than `longest`.
std::vector<std::uint32_t> interleaved(std::span<const std::uint32_t> weights, std::uint64_t longest);

class weighted_round_robin {
 public:
  static constexpr model::scheduler policy = model::scheduler::weighted_round_robin;
  static constexpr std::uint64_t longest = 4'096;  ///< a sequence of more turns is not written down: smooth turns by weight instead

  weighted_round_robin(const model::scheduling&, const slots& published, const key16&);

  int pick(const arrival& a) const noexcept;

 private:
  std::vector<std::uint32_t> sequence_;  ///< empty: too long, or nobody has a weight
};

}  // namespace waggle::proxy::schedule
