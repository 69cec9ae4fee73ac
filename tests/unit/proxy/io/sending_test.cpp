// Is a peer gone, or does it only not read?
#include "io/sending.hpp"

#include "catch.hpp"

using namespace waggle::proxy::io;

TEST_CASE("a shut window is not death as long as probes are answered", "[unit][proxy][io]") {
  CHECK(judge({0, 0, 0}) == sending::done);
  CHECK(judge({0, 0, 9}) == sending::done);    // keepalive asks; what it finds is the kernel's business
  CHECK(judge({3, 0, 0}) == sending::moving);  // the kernel's limit is right here
  CHECK(judge({3, 70'000, 9}) == sending::moving);
  CHECK(judge({0, 70'000, 0}) == sending::held_up);
  CHECK(judge({0, 70'000, most_probes - 1, 60'000}) == sending::held_up);  // the next probe is under way, after a long pause
  CHECK(judge({0, 70'000, most_probes, most_silence_ms - 1}) == sending::held_up);
  CHECK(judge({0, 70'000, most_probes, most_silence_ms}) == sending::dead);
}

TEST_CASE("a peer is unheard of when what was sent, or a probe, has had its time", "[unit][proxy][io]") {
  CHECK_FALSE(is_unheard({0, 0, 0, 60'000}, 450));  // nothing was asked: an answer is being worked on
  CHECK_FALSE(is_unheard({1, 0, 0, 449}, 450));
  CHECK(is_unheard({1, 0, 0, 450}, 450));
  CHECK_FALSE(is_unheard({0, 0, 1, 1'449}, 450));
  CHECK(is_unheard({0, 0, 1, 1'450}, 450));
  CHECK_FALSE(is_unheard({}, 450));  // the kernel does not say
}

TEST_CASE("the kernel's limit stays ahead of a window that is shut for long", "[unit][proxy][io]") {
  for (const std::uint64_t held : {std::uint64_t{0}, std::uint64_t{1'000}, std::uint64_t{3'600'000}, std::uint64_t{1} << 40}) {
    const unsigned limit = limit_while_held(held, 3'000);
    CHECK(limit > 0);  // 0 would be none
    if (held < 1u << 29) CHECK(limit >= held + 4'000);
  }
}
