// Repeatable pseudo-random choices for property tests: the same seed gives the same test on every machine and library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::test {

class random {
 public:
  explicit random(std::uint64_t seed) noexcept : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  std::uint64_t next() noexcept {  // xorshift64*
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }
  /// 0 … n-1.
  std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>((next() >> 16) % n); }
  bool one_in(std::size_t n) noexcept { return below(n) == 0; }
  char of(std::string_view set) noexcept { return set[below(set.size())]; }
  template <class T, std::size_t N>
  const T& of(const T (&choices)[N]) noexcept {
    return choices[below(N)];
  }
  char byte() noexcept { return static_cast<char>(next() >> 24); }
  std::string text(std::size_t size, std::string_view set) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i) out += of(set);
    return out;
  }

 private:
  std::uint64_t state_;
};

}  // namespace waggle::test
