// Cookies that name a server of which nothing is known: how often the swarm is looked at for one.
#include "worker/unknown_servers.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy;

namespace {

constexpr io::time_ms now = 1'000'000;

}  // namespace

TEST_CASE("a cookie that was looked for in vain is not looked for again for 10 s", "[unit][proxy][affinity][unknown]") {
  unknown_servers u;
  CHECK(u.should_refresh(1, "a", now));
  CHECK(u.should_refresh(1, "a", now));  // asking is not a miss
  u.remember_miss(1, "a", now);
  CHECK_FALSE(u.should_refresh(1, "a", now));
  CHECK_FALSE(u.should_refresh(1, "a", now + 9'999));
  CHECK(u.should_refresh(1, "a", now + 10'000));
}

TEST_CASE("a miss is one value's of one backend", "[unit][proxy][affinity][unknown]") {
  unknown_servers u;
  u.remember_miss(1, "a", now);
  CHECK(u.should_refresh(1, "b", now));
  CHECK(u.should_refresh(2, "a", now));
}

TEST_CASE("many values push each other out, and cost no memory", "[unit][proxy][affinity][unknown]") {
  unknown_servers u;
  u.remember_miss(1, "a", now);
  for (int i = 0; i < 10'000; ++i) u.remember_miss(1, "v" + std::to_string(i), now);
  CHECK(u.should_refresh(1, "a", now));
  CHECK_FALSE(u.should_refresh(1, "v9999", now));
}
