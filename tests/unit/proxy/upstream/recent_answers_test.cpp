#include "upstream/recent_answers.hpp"

#include "catch.hpp"

using namespace waggle::proxy::upstream;

namespace {

void note(recent_answers& to, int count, bool bad, waggle::proxy::io::time_ms at) {
  for (int i = 0; i < count; ++i) to.note(bad, at);
}

}  // namespace

TEST_CASE("an hour of good answers does not hide what a server does now", "[unit][proxy][upstream]") {
  recent_answers a;
  for (int minute = 0; minute < 60; ++minute) note(a, 1'000, false, minute * 60'000);
  note(a, 300, true, 3'600'000);
  note(a, 300, true, 3'630'000);
  note(a, 1, true, 3'660'000);
  CHECK(a.all() == a.bad());
  CHECK(a.bad_in_a_row() == 601);
  CHECK(a.bad_since() == 3'600'000);
}

TEST_CASE("nor does it blame a server that is well again", "[unit][proxy][upstream]") {
  recent_answers a;
  note(a, 1'000, true, 0);
  note(a, 100, false, 30'000);
  note(a, 100, false, 60'000);
  note(a, 100, false, 90'000);
  CHECK(a.bad() == 0);
  CHECK(a.bad_in_a_row() == 0);
}

TEST_CASE("a server with few requests is judged by its last ones, however old", "[unit][proxy][upstream]") {
  recent_answers a;
  for (int hour = 0; hour < 30; ++hour) a.note(hour % 2 == 0, hour * 3'600'000);
  CHECK(a.all() == 30);
  CHECK(a.bad() == 15);
}

TEST_CASE("a row of errors counts over workers, from the last good answer of any", "[unit][proxy][upstream]") {
  recent_answers one, two, three;
  note(one, 1, false, 1'000);
  note(one, 4, true, 5'000);
  note(two, 3, true, 6'000);
  bad_row both;
  both.add(one);
  both.add(two);
  CHECK(both.count() == 7);
  note(three, 1, false, 5'500);  // another worker had a good one meanwhile
  bad_row in_order, in_reverse;
  for (const auto* const a : {&one, &two, &three}) in_order.add(*a);
  for (const auto* const a : {&three, &two, &one}) in_reverse.add(*a);
  CHECK(in_order.count() <= 3);
  CHECK(in_reverse.count() == 3);
}
