// Which servers are asked for one connection, and when.
#include "tcp/attempts.hpp"

#include "catch.hpp"

using waggle::proxy::tcp::attempts;
using kind = attempts::action::kind;
namespace io = waggle::proxy::io;

namespace {

/// What is to be done at `now`; a server that is asked is silent.
kind step(attempts& a, io::time_ms now) {
  const attempts::action what = a.next(now);
  if (what.what == kind::ask_other) a.opened(now);
  return what.what;
}

}  // namespace

TEST_CASE("silence calls for a second server after 100 ms, and for a third; no more are asked", "[unit][proxy][tcp]") {
  attempts a(1'000, 1'000, false);
  CHECK(step(a, 1'000) == kind::ask_other);
  CHECK(a.next(1'000).what == kind::wait);
  CHECK(a.next(1'000).until == 1'100);
  CHECK(a.next(1'099).what == kind::wait);
  CHECK(step(a, 1'100) == kind::ask_other);
  CHECK(a.next(1'100).until == 1'300);
  CHECK(step(a, 1'300) == kind::ask_other);
  CHECK(a.asked() == attempts::most);
  CHECK(a.next(1'300).until == 2'000);  // when the first one is slow
}

TEST_CASE("a refusal calls for the next server at once", "[unit][proxy][tcp]") {
  const bool insists = GENERATE(false, true);
  attempts a(0, 1'000, insists);
  REQUIRE(step(a, 0) == kind::ask_other);
  CHECK(a.failed(0, 5));
  CHECK(step(a, 5) == kind::ask_other);
  CHECK(a.failed(1, 6));
  CHECK(a.next(6).what == kind::ask_other);
  a.refused_at_once(6);
  CHECK(a.next(6).what == kind::all_failed);
}

TEST_CASE("with nobody else to ask, who was asked is waited for", "[unit][proxy][tcp]") {
  attempts a(0, 1'000, false);
  REQUIRE(step(a, 0) == kind::ask_other);
  CHECK(a.next(100).what == kind::ask_other);
  a.nobody_else();
  CHECK(a.next(100).what == kind::wait);
  CHECK(a.next(100).until == 1'000);
  const attempts::action slow = a.next(1'000);
  CHECK(slow.what == kind::note_slow);
  CHECK(slow.slot == 0);
  CHECK(a.next(1'000).what == kind::wait);  // the kernel repeats what was lost after a second
  CHECK(a.next(1'000).until == 3'000);
  SECTION("it answers not in time") {
    CHECK(a.next(3'000).what == kind::time_over);
    CHECK_FALSE(a.failed(0, 3'000));  // counted already
  }
  SECTION("it refuses at last") {
    CHECK_FALSE(a.failed(0, 1'500));
    CHECK(a.next(1'500).what == kind::ask_other);  // there may be somebody by now
    a.nobody_else();
    CHECK(a.next(1'500).what == kind::all_failed);
  }
}

TEST_CASE("nobody at all", "[unit][proxy][tcp]") {
  attempts a(0, 1'000, false);
  REQUIRE(a.next(0).what == kind::ask_other);
  a.nobody_else();
  CHECK(a.next(0).what == kind::all_failed);
  CHECK(a.asked() == 0);
}

TEST_CASE("a client that belongs to a server gets another one after a second of silence only", "[unit][proxy][tcp]") {
  attempts a(0, 1'000, true);
  REQUIRE(step(a, 0) == kind::ask_other);
  CHECK(a.next(999).what == kind::wait);
  CHECK(step(a, 1'000) == kind::ask_other);
  CHECK(a.asked() == 2);
}

TEST_CASE("without a limit the kernel decides", "[unit][proxy][tcp]") {
  attempts a(0, 0, false);
  for (int i = 0; i < 3; ++i) step(a, 10'000 * static_cast<io::time_ms>(i));
  CHECK(a.next(500'000).what == kind::wait);
  CHECK(a.next(500'000).until == io::never);
}
