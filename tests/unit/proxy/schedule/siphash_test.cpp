#include "schedule/siphash.hpp"

#include "catch.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

using namespace waggle::proxy::schedule;

TEST_CASE("siphash: the vectors of its authors (key 00 to 0f, inputs 00, 00 01, …)", "[unit][proxy][schedule]") {
  key16 key;
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  std::vector<std::uint8_t> in(64);
  std::iota(in.begin(), in.end(), std::uint8_t{0});
  const auto of = [&](std::size_t n) { return siphash(key, std::span<const std::uint8_t>(in).first(n)); };
  CHECK(of(0) == 0x726fdb47dd0e0e31u);
  CHECK(of(1) == 0x74f839c593dc67fdu);
  CHECK(of(7) == 0xab0200f58b01d137u);
  CHECK(of(8) == 0x93f5f5799a932462u);
  CHECK(of(15) == 0xa129ca6149be45e5u);
  CHECK(siphash(key, std::string_view("\x00\x01\x02", 3)) == of(3));
  key[0] ^= 1;
  CHECK(of(0) != 0x726fdb47dd0e0e31u);
}
