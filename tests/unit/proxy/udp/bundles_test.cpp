#include "udp/bundles.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <deque>
#include <string>
#include <vector>

using namespace waggle::proxy::udp;

namespace {

/// Pieces with bytes of their own.
struct pieces {
  std::deque<std::string> bytes;
  std::vector<piece> all;
  pieces& add(std::size_t size, std::uint16_t segment = 0, std::uint8_t ecn = 0) {
    std::string& text = bytes.emplace_back(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(bytes.size() * 37 + i);
    all.push_back({text.data(), static_cast<std::uint32_t>(size), segment, ecn});
    return *this;
  }
};

/// A message as the datagrams that the kernel would make of it.
std::vector<std::string> cut(const message& m) {
  std::string whole;
  for (const iovec& p : m.pieces) whole.append(static_cast<const char*>(p.iov_base), p.iov_len);
  if (m.segment == 0) return {whole};
  std::vector<std::string> out;
  for (std::size_t at = 0; at < whole.size(); at += m.segment) out.push_back(whole.substr(at, m.segment));
  return out;
}

std::vector<std::string> datagrams_of(const pieces& p) {
  std::vector<std::string> out;
  for (const piece& one : p.all) {
    const std::string whole(one.data, one.size);
    if (one.segment == 0) out.push_back(whole);
    else
      for (std::size_t at = 0; at < whole.size(); at += one.segment) out.push_back(whole.substr(at, one.segment));
  }
  return out;
}

/// "3x100" for three datagrams of 100 bytes as one, "100" for one alone.
std::string plan(const pieces& p, std::uint16_t bundle_below = any_segment) {
  std::string out;
  plan_messages(p.all, bundle_below, [&](const message& m) {
    if (!out.empty()) out += ' ';
    std::size_t size = 0;
    for (const iovec& one : m.pieces) size += one.iov_len;
    out += m.segment == 0 ? std::to_string(size) : std::to_string(m.datagrams) + "x" + std::to_string(m.segment);
  });
  return out;
}

}  // namespace

TEST_CASE("bundles: datagrams of one size travel together, a shorter one is the last", "[unit][proxy][udp]") {
  CHECK(plan(pieces()) == "");
  CHECK(plan(pieces().add(100)) == "100");
  CHECK(plan(pieces().add(100).add(100).add(100)) == "3x100");
  CHECK(plan(pieces().add(100).add(100).add(40).add(40)) == "3x100 40");
  CHECK(plan(pieces().add(100).add(101)) == "100 101");
  CHECK(plan(pieces().add(40).add(100).add(100)) == "40 2x100");
}

TEST_CASE("bundles: an empty datagram goes alone", "[unit][proxy][udp]") {
  CHECK(plan(pieces().add(0)) == "0");
  CHECK(plan(pieces().add(0).add(0).add(100).add(0).add(100)) == "0 0 100 0 100");
}

TEST_CASE("bundles: what came together goes together, and more of the same with it", "[unit][proxy][udp]") {
  CHECK(plan(pieces().add(300, 100)) == "3x100");
  CHECK(plan(pieces().add(250, 100)) == "3x100");
  CHECK(plan(pieces().add(300, 100).add(100).add(200, 100)) == "6x100");
  CHECK(plan(pieces().add(250, 100).add(100)) == "3x100 100");
  CHECK(plan(pieces().add(300, 100).add(300, 50)) == "3x100 6x50");
}

TEST_CASE("bundles: marks of congestion are not mixed", "[unit][proxy][udp]") {
  CHECK(plan(pieces().add(100).add(100, 0, 3).add(100, 0, 3)) == "100 2x100");
}

TEST_CASE("bundles: what the path does not take goes one by one", "[unit][proxy][udp]") {
  CHECK(plan(pieces().add(100).add(100), 100) == "100 100");
  CHECK(plan(pieces().add(99).add(99), 100) == "2x99");
  CHECK(plan(pieces().add(250, 100), 100) == "100 100 50");
  CHECK(plan(pieces().add(100).add(100), 0) == "100 100");
}

TEST_CASE("bundles: neither more datagrams nor more bytes than the kernel takes", "[unit][proxy][udp]") {
  pieces many;
  for (int i = 0; i < 70; ++i) many.add(10);
  CHECK(plan(many) == "64x10 6x10");
  pieces large;
  for (int i = 0; i < 5; ++i) large.add(20'000);
  CHECK(plan(large) == "3x20000 2x20000");
  CHECK(plan(pieces().add(65'507)) == "65507");
  CHECK(plan(pieces().add(65'000, 1'000).add(1'000)) == "1000 " + [] {
    std::string rest;
    for (int i = 0; i < 64; ++i) rest += i == 0 ? "1000" : " 1000";
    return rest;
  }() + " 1000");
}

TEST_CASE("bundles: whatever comes, every datagram leaves whole and in its order", "[unit][proxy][udp]") {
  waggle::test::random random(GENERATE(range(1u, 40u)));
  pieces in;
  const std::size_t n = random.below(65);
  for (std::size_t i = 0; i < n; ++i) {
    const auto each = static_cast<std::uint16_t>(1 + random.below(random.one_in(2) ? 4 : 1'500));
    const bool bundle = random.one_in(3);
    const std::size_t size = bundle ? each + 1 + random.below(each * 20u) : random.one_in(10) ? 0 : each;
    in.add(size, bundle ? each : std::uint16_t{0}, random.one_in(8) ? 3 : 0);
  }
  const auto limit = static_cast<std::uint16_t>(random.one_in(2) ? any_segment : random.below(1'500));
  std::vector<std::string> out;
  plan_messages(in.all, limit, [&](const message& m) {
    const auto some = cut(m);
    CHECK(some.size() == m.datagrams);
    CHECK(m.datagrams <= most_together);
    if (m.segment != 0) CHECK(m.segment < limit);
    out.insert(out.end(), some.begin(), some.end());
  });
  CHECK((out == datagrams_of(in)));
}
