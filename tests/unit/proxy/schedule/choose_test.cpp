// Persistence around the schedulers.
#include "schedule/choose.hpp"

#include "service.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::proxy;
using model::scheduler;
using schedule::choice;
using schedule::test::service;
using schedule::test::slot_key;

namespace {

choice choose(service& s, schedule::slot_id remembered) { return schedule::choose(*s.made, s.shared, s.servers, {}, s.random, remembered); }

}  // namespace

TEST_CASE("persistence: first by the scheduler, then where it was, whatever the load", "[unit][proxy][schedule]") {
  service s(scheduler::least_connections, {1, 1, 1});
  const choice first = choose(s, 0);
  REQUIRE(first.server == 0);
  CHECK_FALSE(first.kept);
  CHECK(first.remember);
  s.servers[0].active = 100;
  const choice again = choose(s, s.made->slot_of(0));
  CHECK(again.server == 0);
  CHECK(again.kept);
  CHECK(again.remember);
}

TEST_CASE("persistence: the slot's next task; none yet: chosen anew and remembered", "[unit][proxy][schedule]") {
  service before(scheduler::round_robin, {1, 1, 1}), after(scheduler::round_robin, {});
  const schedule::slot_id wanted = before.made->slot_of(1);
  after.add(slot_key(1), 1), after.add(slot_key(3), 1);
  after.publish();  // slot 2 is empty
  const choice anew = choose(after, wanted);
  CHECK(anew.server == 0);
  CHECK_FALSE(anew.kept);
  CHECK(anew.remember);
  after.add(slot_key(2), 1);
  after.publish();  // its next task has come
  CHECK(choose(after, wanted).server == 2);
  CHECK(choose(after, wanted).kept);
}

TEST_CASE("persistence: two tasks in one slot: the newer one, the older one while that cannot be used", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 1});
  s.add(slot_key(1), 1);
  s.publish();
  CHECK(choose(s, s.made->slot_of(0)).server == 2);
  s.servers[2].may = false;
  CHECK(choose(s, s.made->slot_of(0)).server == 0);
  s.servers[2] = {.weight = 0};  // quiesced, its elder not
  CHECK(choose(s, s.made->slot_of(0)).server == 0);
}

TEST_CASE("persistence: weight 0 keeps its clients and gets no others", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 0});
  const choice kept = choose(s, s.made->slot_of(1));
  CHECK(kept.server == 1);
  CHECK(kept.kept);
  CHECK(kept.remember);
  for (int i = 0; i < 4; ++i) CHECK(choose(s, 0).server == 0);
  s.servers[1].may = false;  // held down as well
  CHECK(choose(s, s.made->slot_of(1)).server == 0);
}

TEST_CASE("persistence: full, held down, refused: another one for this once", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 1});
  s.servers[1].may = false;
  const choice once = choose(s, s.made->slot_of(1));
  CHECK(once.server == 0);
  CHECK_FALSE(once.kept);
  CHECK_FALSE(once.remember);
  s.servers[0].may = false;
  const choice nobody = choose(s, s.made->slot_of(1));
  CHECK(nobody.server == -1);
  CHECK_FALSE(nobody.remember);
  CHECK_FALSE(choose(s, 0).remember);
}

TEST_CASE("persistence: what is not of this service is chosen anew; a state of another publish is nobody's", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 1});
  CHECK(choose(s, 12'345).remember);
  CHECK_FALSE(choose(s, 12'345).kept);
  s.servers.pop_back();
  CHECK(choose(s, s.made->slot_of(0)).server == -1);
}

TEST_CASE("persistence: services of one group that share slots share the choice, in whatever order their servers are", "[unit][proxy][schedule]") {
  service http(scheduler::round_robin, {1, 1, 1}), https(scheduler::weighted_least_connections, {});
  for (const std::size_t i : {3U, 1U, 2U}) https.add(slot_key(i), 1);
  https.publish();
  for (std::size_t i = 0; i < 3; ++i) {
    const choice there = choose(https, http.made->slot_of(i));
    REQUIRE(there.kept);
    CHECK(https.facts[static_cast<std::size_t>(there.server)].slot_key == http.facts[i].slot_key);
  }
}
