// How much a second, as the kernel's IPVS estimates it (net/netfilter/ipvs/ip_vs_est.c): every two seconds the estimate moves by a
// quarter of the way to what these two seconds had. Pure: the caller has the clock.
#pragma once

#include "admin/ipvs_table.hpp"

#include <chrono>
#include <cstdint>

namespace waggle::app::admin::ipvs {

class rate_estimator {
 public:
  using time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds interval{2};

  /// @param total  what has been counted by now; it is from here on that counts.
  explicit rate_estimator(time now, const figures& total = {}) noexcept : last_(total), since_(now) {}

  /// As often as wanted; it estimates once an interval. After several of them, what came is taken for having come evenly.
  /// A total that is smaller than the last one is a new beginning (its server's counters were reset).
  void advance(time now, const figures& total) noexcept;
  figures rates() const noexcept;

 private:
  /// Fixed point, with as many bits behind it as the kernel's.
  static constexpr unsigned bits_of_counts = 10, bits_of_bytes = 5;
  static constexpr std::int64_t most_steps = 64;  ///< after these nothing is left of what was before: (3/4)^64

  figures last_;
  figures scaled_;
  time since_;
};

}  // namespace waggle::app::admin::ipvs
