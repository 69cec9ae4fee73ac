// How long an answered connection is read on.
#include "io/linger_clock.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

TEST_CASE("lingering ends after 5 s of silence and after 30 s in all", "[unit][proxy][exchange][linger]") {
  io::linger_clock c(1'000);
  CHECK(c.due(false) == 6'000);
  CHECK(c.due(true) == 2'000);
  c.note_bytes(5'000);
  CHECK(c.due(false) == 10'000);
  c.note_bytes(29'000);
  CHECK(c.due(false) == 31'000);
  CHECK(c.due(true) == 30'000);
  CHECK_FALSE(c.over(30'999));
  CHECK(c.over(31'000));
}
