// When a request waits for a server rather than being sent to one, or turned away.
#include "decision/hold.hpp"

#include "catch.hpp"

using namespace waggle::proxy;
using enum hold_action;

namespace {

constexpr io::time_ms now = 50'000;

/// A service with tasks, whose label lets requests wait.
hold_facts held() { return {.limit = 5'000, .wants_tasks = true}; }

}  // namespace

TEST_CASE("without the label nothing waits", "[unit][proxy][hold]") {
  hold_facts f = held();
  f.limit = 0;
  for (const bool coming : {false, true})
    for (const bool has : {false, true}) {
      f.successor_coming = f.successor_unproven = coming;
      f.has_server = has;
      CHECK(decide_hold(f, now) == go);
    }
}

TEST_CASE("no server, or one that refused: wait for tasks if there are to be any", "[unit][proxy][hold]") {
  hold_facts f = held();
  CHECK(decide_hold(f, now) == wait);
  f.wants_tasks = false;
  CHECK(decide_hold(f, now) == go);
}

TEST_CASE("a server that is well gets the request, one that nobody has asked yet does not", "[unit][proxy][hold]") {
  hold_facts f = held();
  f.has_server = true;
  CHECK(decide_hold(f, now) == wait);
  f.server_proven = true;
  CHECK(decide_hold(f, now) == go);
  f.wants_tasks = false;
  CHECK(decide_hold(f, now) == go);
}

TEST_CASE("a session's next task is waited for, though others are well", "[unit][proxy][hold]") {
  hold_facts f = held();
  f.has_server = f.server_proven = true;
  f.successor_coming = true;
  CHECK(decide_hold(f, now) == wait);
  f.successor_coming = false;
  f.successor_unproven = true;
  CHECK(decide_hold(f, now) == wait);
}

TEST_CASE("not for longer than the label says, from the first wait on", "[unit][proxy][hold]") {
  hold_facts f = held();
  f.until = now + 1;
  CHECK(decide_hold(f, now) == wait);
  CHECK(decide_hold(f, now + 1) == expired);
  f.successor_coming = true;
  CHECK(decide_hold(f, now + 1) == expired);
  f.until = 0;  // it has not waited
  CHECK(decide_hold(f, now + 1'000'000) == wait);
}
