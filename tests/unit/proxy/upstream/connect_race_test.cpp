// Who is asked when, and who is given up: the rules of connecting, step by step.
#include "upstream/connect_race.hpp"

#include "catch.hpp"

#include <vector>

using waggle::proxy::upstream::connect_race;
using kind = connect_race::action::kind;
namespace io = waggle::proxy::io;

namespace {

constexpr io::time_ms t0 = 1'000'000, dial = 30'000;

/// Runs a race against servers that never answer; says what it did and when.
struct silent_run {
  struct event {
    kind what;
    io::time_ms at;
    int server;
    bool operator==(const event&) const = default;
  };
  std::vector<event> events;
  std::size_t most_open = 0;

  void until(connect_race& race, io::time_ms& now, io::time_ms end, int servers, int& next) {
    for (;;) {
      most_open = std::max(most_open, race.open_count());
      const auto a = race.next(now);
      if (a.what == kind::wait) {
        REQUIRE(a.until > now);
        if (a.until > end) {
          now = end;
          return;
        }
        now = a.until;
        continue;
      }
      if (a.what == kind::ask_other && next >= servers) {
        race.nobody_else(now);
        continue;
      }
      events.push_back({a.what, now - t0, a.what == kind::ask_other ? next : a.server});
      if (a.what == kind::ask_other) race.opened(next++, now);
      if (a.what == kind::ask_again) race.opened(a.server, now);
      if (a.what == kind::time_over || a.what == kind::all_failed) return;
    }
  }
  explicit silent_run(int servers, bool insists = false, io::time_ms patience = dial) {
    io::time_ms now = t0;
    int next = 1;
    connect_race race(0, now, now + patience, servers > 1, insists);
    until(race, now, t0 + 10 * patience, servers, next);
  }
  std::vector<io::time_ms> when(kind what) const {
    std::vector<io::time_ms> out;
    for (const event& e : events)
      if (e.what == what) out.push_back(e.at);
    return out;
  }
};

using times = std::vector<io::time_ms>;

}  // namespace

TEST_CASE("the only server is asked again for a SYN that was lost, and waited for to the end", "[unit][proxy][upstream][connect]") {
  const silent_run r(1);
  CHECK(r.when(kind::ask_again) == times{100, 300, 600});
  CHECK(r.when(kind::drop) == times{300, 600});
  CHECK(r.when(kind::note_slow) == times{1'000});
  CHECK(r.when(kind::time_over) == times{dial});
  CHECK(r.most_open == 2);
}

TEST_CASE("others are asked one after the other, and who was asked stays asked", "[unit][proxy][upstream][connect]") {
  const silent_run two(2);
  CHECK(two.when(kind::ask_other) == times{100});
  CHECK(two.when(kind::ask_again).empty());
  CHECK(two.when(kind::drop).empty());
  CHECK(two.when(kind::note_slow) == times{1'000, 1'100});
  CHECK(two.when(kind::time_over) == times{dial});

  const silent_run many(20);
  CHECK(many.when(kind::ask_other) == times{100, 300, 1'000, 1'400});  // three at first, five when the first ones are slow
  CHECK(many.when(kind::drop).empty());
  CHECK(many.most_open == connect_race::most_tries);
  CHECK(many.when(kind::time_over) == times{dial});
}

TEST_CASE("a request that was promised a server goes elsewhere only when that one is slow", "[unit][proxy][upstream][connect]") {
  const silent_run r(3, true);
  CHECK(r.when(kind::ask_again) == times{100, 300, 600});
  CHECK(r.when(kind::ask_other).front() == 1'000);
  CHECK(r.when(kind::time_over) == times{dial});
}

TEST_CASE("a short dial timeout is kept", "[unit][proxy][upstream][connect]") {
  const silent_run r(1, false, 250);
  CHECK(r.when(kind::ask_again) == times{100});
  CHECK(r.when(kind::note_slow).empty());
  CHECK(r.when(kind::time_over) == times{250});
}

TEST_CASE("a refusal asks the next one at once while another hangs, and ends the race when nobody is open", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, false);
  CHECK(race.next(t0).until == t0 + 100);
  REQUIRE(race.next(t0 + 100).what == kind::ask_other);
  const std::size_t second = race.opened(1, t0 + 100);
  CHECK(race.failed(second, t0 + 110));
  REQUIRE(race.next(t0 + 110).what == kind::ask_other);
  race.nobody_else(t0 + 110);
  CHECK(race.next(t0 + 110).what == kind::ask_again);  // only one server is left
  CHECK(race.failed(0, t0 + 120));
  CHECK(race.next(t0 + 120).what == kind::all_failed);
}

TEST_CASE("two sockets to one server that fail are one failure; one that was counted is not counted again", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + 2'000, false, false);
  REQUIRE(race.next(t0 + 100).what == kind::ask_again);
  const std::size_t second = race.opened(0, t0 + 100);
  CHECK_FALSE(race.failed(second, t0 + 150));
  CHECK(race.failed(0, t0 + 160));

  connect_race slow(0, t0, t0 + 2'000, false, false);
  for (io::time_ms now = t0; now < t0 + 2'000;) {
    const auto a = slow.next(now);
    if (a.what == kind::ask_again) slow.opened(0, now);
    if (a.what == kind::wait) now = a.until;
  }
  CHECK(slow.next(t0 + 2'000).what == kind::time_over);
  unsigned counted = 0;
  for (std::size_t i = 0; i < connect_race::most_tries; ++i)
    if (slow.is_open(i)) counted += slow.expired(i);
  CHECK(counted == 0);  // note_slow has said it
}

TEST_CASE("who loses by a margin counts as failed, who was asked just now does not", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, false);
  REQUIRE(race.next(t0 + 100).what == kind::ask_other);
  const std::size_t second = race.opened(1, t0 + 100);
  REQUIRE(race.next(t0 + 300).what == kind::ask_other);
  const std::size_t third = race.opened(2, t0 + 300);
  CHECK(race.lost(0, second, t0 + 310));
  CHECK_FALSE(race.lost(third, second, t0 + 310));
  CHECK(race.lost(second, 0, t0 + 310));

  connect_race same(0, t0, t0 + dial, false, false);
  REQUIRE(same.next(t0 + 100).what == kind::ask_again);
  const std::size_t again = same.opened(0, t0 + 100);
  CHECK_FALSE(same.lost(0, again, t0 + 500));  // it was slow to come, not down
}

TEST_CASE("a new table: servers that left are dropped, those that came are asked at once", "[unit][proxy][upstream][connect]") {
  io::time_ms now = t0;
  int next = 1;
  silent_run r(1, false, 1);  // only for its until()
  r.events.clear();
  connect_race race(0, now, now + dial, false, false);
  r.until(race, now, t0 + 5'000, 1, next);
  CHECK(r.when(kind::ask_other).empty());
  race.look_again(now);
  r.until(race, now, t0 + 6'000, 2, next);
  CHECK(r.when(kind::ask_other) == times{5'000});
  for (std::size_t i = 0; i < connect_race::most_tries; ++i)
    if (race.is_open(i) && race.server_of(i) == 0) race.renumber(i, -1);
  CHECK(race.open_count() == 1);
  for (std::size_t i = 0; i < connect_race::most_tries; ++i)
    if (race.is_open(i)) race.renumber(i, 0);
  CHECK(race.next(now).what == kind::wait);
}

TEST_CASE("where all that were asked have left, another is asked at once, and none has failed", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, false, false);
  for (io::time_ms now = t0; now < t0 + 50; now += 10) {  // however often
    race.renumber(0, -1);
    race.look_again(now);
    REQUIRE(race.next(now).what == kind::ask_other);
    REQUIRE(race.opened(0, now) == 0);
    CHECK(race.next(now).what == kind::wait);
  }
  race.renumber(0, -1);
  SECTION("nobody else is there") {
    REQUIRE(race.next(t0 + 60).what == kind::ask_other);
    race.nobody_else(t0 + 60);
    CHECK(race.next(t0 + 60).what == kind::all_failed);
  }
  SECTION("nothing could be opened") {
    REQUIRE(race.next(t0 + 60).what == kind::ask_other);
    CHECK(race.next(t0 + 60).what == kind::all_failed);
  }
  SECTION("the time is over") { CHECK(race.next(t0 + dial).what == kind::all_failed); }
}

TEST_CASE("what could not be opened comes again at its time", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, false);
  REQUIRE(race.next(t0 + 100).what == kind::ask_other);  // there is no descriptor: nothing is reported
  const auto a = race.next(t0 + 100);
  REQUIRE(a.what == kind::wait);
  CHECK(a.until == t0 + 300);
  CHECK(race.next(t0 + 300).what == kind::ask_other);
  CHECK(race.open_count() == 1);
}

TEST_CASE("a second socket that is refused does not send a promised request elsewhere", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, true);
  REQUIRE(race.next(t0 + 100).what == kind::ask_again);
  const std::size_t second = race.opened(0, t0 + 100);
  CHECK_FALSE(race.failed(second, t0 + 101));  // the first one still hangs
  CHECK(race.next(t0 + 101).what == kind::wait);
}

TEST_CASE("a server that got another number is the one that was counted", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, false, false);
  REQUIRE(race.next(t0 + connect_race::slow_after).what == kind::note_slow);
  race.renumber(0, 3);
  CHECK(race.server_of(0) == 3);
  CHECK_FALSE(race.expired(0));
}

TEST_CASE("a server that was counted is counted once, whichever of its sockets ends how", "[unit][proxy][upstream][connect]") {
  const io::time_ms slow = t0 + connect_race::slow_after;
  connect_race race(0, t0, t0 + dial, true, false);
  REQUIRE(race.next(slow).what == kind::note_slow);
  SECTION("refused at last") { CHECK_FALSE(race.failed(0, slow)); }
  SECTION("another one won") {
    REQUIRE(race.next(slow).what == kind::ask_other);
    const std::size_t second = race.opened(1, slow);
    CHECK_FALSE(race.lost(0, second, slow + 200));
    CHECK(race.lost(second, 0, slow + 200));
  }
  SECTION("a second socket to it knows") {
    REQUIRE(race.next(slow).what == kind::ask_other);
    race.nobody_else(slow);
    REQUIRE(race.next(slow).what == kind::ask_again);
    const std::size_t second = race.opened(0, slow);
    CHECK_FALSE(race.failed(0, slow + 1));
    CHECK_FALSE(race.failed(second, slow + 2));
  }
}

TEST_CASE("two sockets to one server that lose are no failure while both are open", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, false, false);
  REQUIRE(race.next(t0 + 100).what == kind::ask_again);
  const std::size_t again = race.opened(0, t0 + 100);
  race.look_again(t0 + 150);
  REQUIRE(race.next(t0 + 150).what == kind::ask_other);
  const std::size_t winner = race.opened(1, t0 + 150);
  CHECK_FALSE(race.lost(0, winner, t0 + 300));
  CHECK_FALSE(race.lost(again, winner, t0 + 300));
  CHECK_FALSE(race.expired(again));  // closed: the other one speaks for both
  CHECK(race.lost(0, winner, t0 + 300));
}

TEST_CASE("a new table hastens nothing within the first 100 ms", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, false, false);
  race.look_again(t0 + 10);
  const auto a = race.next(t0 + 10);
  CHECK(a.what == kind::wait);
  CHECK(a.until == t0 + connect_race::hedge_after);
  CHECK(race.next(t0 + connect_race::hedge_after).what == kind::ask_other);
}

TEST_CASE("a server that leaves after it has refused is not asked for another", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, false);
  CHECK(race.failed(0, t0 + 1));
  race.renumber(0, -1);
  CHECK(race.next(t0 + 1).what == kind::all_failed);
}

TEST_CASE("the gap between two that are asked grows to half a second", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, false);
  times asked;
  for (io::time_ms now = t0; asked.size() < 7;) {
    const auto a = race.next(now);
    if (a.what == kind::ask_other) asked.push_back(now - t0);  // nothing can be opened
    if (a.what == kind::wait) now = a.until;
  }
  CHECK(asked == times{100, 300, 600, 1'000, 1'500, 2'000, 2'500});
}

TEST_CASE("a promised request that has asked its server often enough goes elsewhere when that is slow", "[unit][proxy][upstream][connect]") {
  connect_race race(0, t0, t0 + dial, true, true);
  for (io::time_ms now = t0 + 100; now < t0 + 140; now += 10) {  // new tables hasten the repeats
    for (auto a = race.next(now); a.what != kind::wait; a = race.next(now)) {
      REQUIRE(a.what != kind::ask_other);
      if (a.what == kind::ask_again) race.opened(0, now);
    }
    race.look_again(now + 10);
  }
  const io::time_ms slow = t0 + connect_race::slow_after;
  const auto a = race.next(t0 + 140);
  REQUIRE(a.what == kind::wait);
  CHECK(a.until == slow);
  CHECK(race.next(slow).what == kind::note_slow);
  CHECK(race.next(slow).what == kind::ask_other);
}
