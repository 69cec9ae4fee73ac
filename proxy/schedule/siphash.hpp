// SipHash-2-4 (Aumasson, Bernstein 2012): a short keyed hash. Replicas of waggle with one key agree on it, whatever their machine.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace waggle::proxy::schedule {

using key16 = std::array<std::uint8_t, 16>;

namespace detail {

/// Little endian, of at most eight bytes.
constexpr std::uint64_t load_word(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) out |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  return out;
}

class sip_state {
 public:
  explicit constexpr sip_state(const key16& key) noexcept {
    const std::span bytes(key);
    const std::uint64_t k0 = load_word(bytes.first(8)), k1 = load_word(bytes.last(8));
    a_ = k0 ^ 0x736f6d6570736575u;
    b_ = k1 ^ 0x646f72616e646f6du;
    c_ = k0 ^ 0x6c7967656e657261u;
    d_ = k1 ^ 0x7465646279746573u;
  }
  constexpr void add(std::uint64_t word) noexcept {
    d_ ^= word;
    rounds(2);
    a_ ^= word;
  }
  constexpr std::uint64_t end() noexcept {
    c_ ^= 0xff;
    rounds(4);
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  constexpr void rounds(int n) noexcept {
    for (; n > 0; --n) {
      a_ += b_, b_ = std::rotl(b_, 13) ^ a_, a_ = std::rotl(a_, 32);
      c_ += d_, d_ = std::rotl(d_, 16) ^ c_;
      a_ += d_, d_ = std::rotl(d_, 21) ^ a_;
      c_ += b_, b_ = std::rotl(b_, 17) ^ c_, c_ = std::rotl(c_, 32);
    }
  }
  std::uint64_t a_, b_, c_, d_;
};

}  // namespace detail

constexpr std::uint64_t siphash(const key16& key, std::span<const std::uint8_t> bytes) noexcept {
  detail::sip_state state(key);
  const std::uint64_t length = static_cast<std::uint64_t>(bytes.size()) << 56U;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) state.add(detail::load_word(bytes.first(8)));
  state.add(length | detail::load_word(bytes));
  return state.end();
}

inline std::uint64_t siphash(const key16& key, std::string_view text) noexcept {
  return siphash(key, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace waggle::proxy::schedule
