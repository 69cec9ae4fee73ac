// When discovery is told to look.
#include "worker/look_gate.hpp"

#include "catch.hpp"

#include <string>

using waggle::proxy::look_gate;

TEST_CASE("a server that fails all the time leaves reports to the others", "[unit][proxy][worker][look_gate]") {
  look_gate g;
  CHECK(g.pass("loud", 5'000));
  CHECK(g.pass("loud", 5'000));
  CHECK_FALSE(g.pass("loud", 5'001));
  CHECK(g.is_owed());
  for (int i = 0; i < 8; ++i) CHECK(g.pass("quiet" + std::to_string(i), 5'100));
  CHECK_FALSE(g.pass("late", 5'200));  // ten in all
}

TEST_CASE("what found the gate shut is owed until it is told", "[unit][proxy][worker][look_gate]") {
  look_gate g;
  CHECK_FALSE(g.is_owed());
  for (int i = 0; i < 3; ++i) g.pass("a", 5'000);
  CHECK(g.is_owed());
  CHECK(g.opens() == 6'000);
  g.settle(6'000);
  CHECK_FALSE(g.is_owed());
  CHECK(g.pass("a", 6'001));
  CHECK(g.pass("a", 6'002));
  CHECK_FALSE(g.pass("a", 6'003));
}
