// The log is for people: a service that fails a thousand times a second is told a few times.
#include "worker/failure_log.hpp"

#include "catch.hpp"

using waggle::proxy::failure_log;

TEST_CASE("the first failures of a span are told, then only how many there were", "[unit][proxy][worker]") {
  failure_log log;
  for (unsigned i = 0; i < failure_log::burst; ++i) CHECK(log.admit(1'000 + i) == 0u);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(log.admit(2'000));
  CHECK_FALSE(log.admit(1'000 + failure_log::span - 1));
  CHECK(log.admit(1'000 + failure_log::span) == 8u);
  CHECK(log.admit(1'000 + failure_log::span) == 0u);
}
