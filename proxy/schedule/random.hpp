// A worker's random numbers for choosing (splitmix64, Steele et al. 2014): cheap and even, no secret.
#pragma once

#include <cstdint>

namespace waggle::proxy::schedule {

/// The part of `most` that a word of 64 bits is of all such words: [0, most), evenly.
constexpr std::uint64_t scaled(std::uint64_t word, std::uint64_t most) noexcept {
  __extension__ using wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<wide>(word) * most) >> 64U);
}

/// Thread: its worker's.
class random {
 public:
  /// @param seed  differs between workers.
  explicit constexpr random(std::uint64_t seed) noexcept : state_(seed) {}
  constexpr std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31U);
  }
  /// In [0, most); 0 if that is empty.
  constexpr std::uint64_t below(std::uint64_t most) noexcept { return scaled(next(), most); }

 private:
  std::uint64_t state_;
};

}  // namespace waggle::proxy::schedule
