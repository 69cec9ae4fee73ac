// How long to wait after the n-th failure in a row: 0.25 s doubling to 15 s, each spread by a quarter, for ever. Pure but
// for its random generator, which is seeded by the owner.
#pragma once

#include <waggle/base/clock.hpp>

#include <algorithm>
#include <cstdint>
#include <random>

namespace waggle::discovery {

class backoff {
 public:
  explicit backoff(std::uint32_t seed) : random_(seed) {}

  base::milliseconds next() {
    const auto middle = std::min<std::int64_t>(first_ms << std::min(failures_, 10u), longest_ms);
    ++failures_;
    std::uniform_real_distribution<double> spread(0.75, 1.25);
    return base::milliseconds(std::min<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(middle) * spread(random_)), longest_ms));
  }
  void reset() noexcept { failures_ = 0; }
  unsigned failures() const noexcept { return failures_; }

 private:
  static constexpr std::int64_t first_ms = 250, longest_ms = 15'000;
  std::minstd_rand random_;
  unsigned failures_ = 0;
};

}  // namespace waggle::discovery
