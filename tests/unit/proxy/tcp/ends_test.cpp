// What the end of one side of a connection means for the other.
#include "tcp/ends.hpp"

#include "catch.hpp"

using waggle::proxy::tcp::ends;
using verdict = ends::verdict;

TEST_CASE("a FIN ends one direction, and the other lives on", "[unit][proxy][tcp]") {
  ends e;
  CHECK(e.judge() == verdict::relay);
  CHECK(ends::saw_end(e.client));  // pass it on
  CHECK(e.judge() == verdict::relay);
  CHECK_FALSE(e.hurried());
  CHECK(ends::saw_end(e.server));
  CHECK(e.judge() == verdict::finished);
}

TEST_CASE("a reset ends both directions", "[unit][proxy][tcp]") {
  ends e;
  ends::saw_reset(e.server);
  CHECK(e.judge() == verdict::cut);
  CHECK(e.hurried());
  SECTION("also behind a FIN of the other side") {
    ends::saw_end(e.client);
    CHECK(e.judge() == verdict::cut);
  }
  SECTION("of both") {
    ends::saw_reset(e.client);
    CHECK(e.judge() == verdict::cut);
  }
}

TEST_CASE("what a side has said before it stopped listening can still be read, and its end is no clean one", "[unit][proxy][tcp]") {
  ends e;
  ends::lost_bytes(e.server);
  CHECK(e.judge() == verdict::relay);
  CHECK(e.hurried());
  SECTION("the kernel has told of the reset already, and shows an end") {
    CHECK_FALSE(ends::saw_end(e.server));  // nothing to pass on
    CHECK(e.judge() == verdict::cut);
  }
  SECTION("the kernel tells of it again") {
    ends::saw_reset(e.server);
    CHECK(e.judge() == verdict::cut);
  }
}

TEST_CASE("who has ended and does not listen any more is gone", "[unit][proxy][tcp]") {
  ends e;
  CHECK(ends::saw_end(e.client));
  ends::lost_bytes(e.client);
  CHECK(e.client.gone);
  CHECK(e.judge() == verdict::cut);
}
