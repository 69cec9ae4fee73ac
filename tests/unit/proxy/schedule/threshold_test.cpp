#include "schedule/threshold.hpp"

#include "catch.hpp"

using waggle::proxy::schedule::connection_limits;
using waggle::proxy::schedule::threshold;

TEST_CASE("threshold: full at the limit, until it has fewer than resume", "[unit][proxy][schedule]") {
  threshold t;
  const connection_limits limits{10, 6};
  CHECK_FALSE(t.full(9, limits));
  CHECK(t.full(10, limits));
  CHECK(t.full(9, limits));
  CHECK(t.full(6, limits));
  CHECK_FALSE(t.full(5, limits));
  CHECK_FALSE(t.full(9, limits));
  CHECK(t.full(12, limits));
}

TEST_CASE("threshold: without resume three quarters; without limit never full", "[unit][proxy][schedule]") {
  threshold t;
  CHECK(t.full(8, {8, 0}));
  CHECK(t.full(6, {8, 0}));
  CHECK_FALSE(t.full(5, {8, 0}));
  CHECK(t.full(1, {1, 0}));
  CHECK_FALSE(t.full(0, {1, 0}));
  CHECK_FALSE(t.full(4'000'000'000U, {0, 5}));
  CHECK(t.full(4'000'000'000U, {4'000'000'000U, 0}));
  CHECK_FALSE(t.full(2'999'999'999U, {4'000'000'000U, 0}));
}

TEST_CASE("threshold: a limit that is changed or taken away counts at once", "[unit][proxy][schedule]") {
  threshold t;
  CHECK(t.full(10, {10, 5}));
  CHECK(t.full(7, {20, 5}));  // still to come below resume
  CHECK_FALSE(t.full(7, {20, 8}));
  CHECK(t.full(7, {7, 0}));
  CHECK_FALSE(t.full(7, {0, 0}));
  CHECK_FALSE(t.full(6, {7, 0}));
}
