// A request that may be sent once only, and connections that the server may be closing.
#include "upstream/idle_allowance.hpp"

#include "catch.hpp"

using waggle::proxy::upstream::idle_allowance;

TEST_CASE("of a server of which nothing is known, only what was used a moment ago", "[unit][proxy][upstream]") {
  const idle_allowance a;
  CHECK(a.is_safe(0));
  CHECK(a.is_safe(499));
  CHECK_FALSE(a.is_safe(500));
}

TEST_CASE("what its answers say counts, until it closes earlier", "[unit][proxy][upstream]") {
  idle_allowance a;
  a.told(5);
  CHECK(a.is_safe(2'400));
  CHECK_FALSE(a.is_safe(2'500));
  a.closed_after(2'000, 10'000);
  CHECK(a.is_safe(999));
  CHECK_FALSE(a.is_safe(1'000));
  a.told(1);
  CHECK_FALSE(a.is_safe(500));
}

TEST_CASE("its own closes: the earliest of the last minute", "[unit][proxy][upstream]") {
  idle_allowance a;
  a.closed_after(2'000, 10'000);
  CHECK(a.is_safe(999));
  a.closed_after(30, 20'000);  // a restart, or too many connections
  CHECK(a.is_safe(14));
  CHECK_FALSE(a.is_safe(15));
  a.closed_after(2'000, 30'000);
  CHECK_FALSE(a.is_safe(15));
  a.closed_after(2'000, 20'000 + idle_allowance::memory);
  CHECK(a.is_safe(999));
}

TEST_CASE("what connections survived", "[unit][proxy][upstream]") {
  idle_allowance a;
  a.survived(300, 1'000);  // less than is believed anyway
  CHECK(a.is_safe(499));
  a.survived(4'000, 5'000);
  CHECK(a.is_safe(1'999));
  a.closed_after(100, 6'000);
  a.survived(4'000, 7'000);  // the close is fresher news
  CHECK_FALSE(a.is_safe(50));
  a.survived(4'000, 6'000 + idle_allowance::memory);
  CHECK(a.is_safe(1'999));
}

TEST_CASE("a server that closes at once is never trusted with a request that cannot be repeated", "[unit][proxy][upstream]") {
  idle_allowance a;
  a.closed_after(0, 1'000);
  CHECK_FALSE(a.is_safe(0));
}
