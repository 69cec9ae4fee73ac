// When to look at the swarm, and at how much of it.
#include <catch.hpp>

#include "builders.hpp"
#include "reconcile/backoff.hpp"
#include "reconcile/poll_schedule.hpp"

using namespace waggle::discovery;
using namespace waggle::discovery::test;
using namespace std::chrono_literals;
using waggle::base::mono_time;

namespace {

const mono_time start = mono_time{} + std::chrono::hours{1};

change_hint service_hint(const std::string& id) {
  change_hint h;
  h.services = {id};
  h.reason = "service event";
  return h;
}

}  // namespace

TEST_CASE("the first look is due at once, then every interval", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  auto l = p.due(now);
  REQUIRE(l);
  CHECK(l->kind == poll_scope::full);
  CHECK(l->reason == "start");
  p.looked(*l, 2ms, now);
  CHECK_FALSE(p.due(now + 999ms));
  CHECK(p.next(now) == now + 1s);
  CHECK(p.due(now + 1s)->reason == "interval");
}

TEST_CASE("an event about a service: a look at that service, then a hot window", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  p.hint(service_hint("web"), now += 100ms);
  auto l = p.due(now);
  REQUIRE(l);
  CHECK(l->kind == poll_scope::services);
  CHECK(l->services == std::vector<std::string>{"web"});
  p.looked(*l, 1ms, now);
  p.observed({"web"}, {"web"}, now);
  CHECK_FALSE(p.due(now + 49ms));
  l = p.due(now + 50ms);
  REQUIRE(l);
  CHECK(l->kind == poll_scope::tasks);
}

TEST_CASE("the hot window cools and closes", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  p.hint(service_hint("web"), now);
  int looks = 0;
  for (int i = 0; i < 1'000; ++i, now += 10ms) {  // 10 s, settled from the start
    if (const auto l = p.due(now)) {
      ++looks;
      p.looked(*l, 1ms, now);
      p.observed({}, {}, now);
    }
  }
  CHECK_FALSE(p.hot());
  CHECK(looks > 20);
  CHECK(looks < 70);
}

TEST_CASE("looks never take more than their share of the Engine's time", "[unit][discovery][pacing]") {
  for (const auto cost : {1ms, 20ms, 300ms, 2'000ms}) {
    poll_schedule p(1s, 15s);
    auto now = start;
    std::chrono::nanoseconds spent{0};
    while (now < start + 600s) {
      p.hint(service_hint("a" + std::to_string(now.time_since_epoch().count() % 100)), now);  // an event storm
      if (const auto l = p.due(now)) {
        p.looked(*l, cost, now + cost);
        now += cost;
        spent += cost;
        p.observed({"web", "api"}, {"web"}, now);
      }
      now += 10ms;
    }
    CAPTURE(cost.count());
    CHECK(spent < 600s / 20 + 4 * cost + 600ms);  // the first of each kind is charged a guess
  }
}

TEST_CASE("one slow answer does not blind", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 200ms, now);
  p.hint(service_hint("web"), now += 20ms);
  auto l = p.due(now);
  REQUIRE(l);
  p.looked(*l, 150ms, now);
  p.hint(service_hint("web"), now += 20ms);
  CHECK(p.due(now));
}

TEST_CASE("a long update watched does not make blind for the next", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 20ms, now);
  const auto until = start + 60s;
  std::chrono::nanoseconds longest{0};
  auto last = now;
  while (now < until) {  // always something on its way, each look at it 5 ms of the Engine's time
    p.hint(service_hint("web"), now);
    if (const auto l = p.due(now)) {
      longest = std::max<std::chrono::nanoseconds>(longest, now - last);
      last = now;
      p.looked(*l, l->kind == poll_scope::full ? 20ms : 5ms, now);
      p.observed({"web"}, {"web"}, now);
    }
    now += 5ms;
  }
  CHECK(longest <= 255ms);
}

TEST_CASE("one slow look in a long update does not make blind either", "[unit][discovery][pacing]") {
  const auto slow = GENERATE(43ms, 270ms, 3'000ms);
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 10ms, now);
  const auto look_at = [&](std::chrono::milliseconds cost) {  // @return how long it took to be due
    const auto begin = now;
    for (;; now += 5ms) {
      p.hint(service_hint("web"), now);
      const auto l = p.due(now);
      if (!l) continue;
      p.looked(*l, l->kind == poll_scope::full ? 10ms : cost, now);
      p.observed({"web"}, {"web"}, now);
      if (l->kind != poll_scope::full) return now - begin;
    }
  };
  for (int i = 0; i < 400; ++i) look_at(6ms);
  look_at(slow);
  for (int i = 0; i < 20; ++i) CHECK(look_at(6ms) < 500ms);
}

TEST_CASE("a full look that waited for an election does not make blind", "[unit][discovery][pacing]") {
  const bool first = GENERATE(false, true);
  poll_schedule p(1s, 15s);
  auto now = start;
  if (!first) p.looked(*p.due(now), 5ms, now);
  p.restart();  // the connection was lost
  now += 4s;
  p.looked(*p.due(now), 4s, now);
  p.hint(service_hint("web"), now);
  now += 300ms;
  const auto limited = p.due(now);
  REQUIRE(limited);
  p.looked(*limited, 5ms, now);
  CHECK(p.next(now + 15s) <= now + 15s);
  const auto full = p.due(now + 15s);
  REQUIRE(full);
  CHECK(full->kind == poll_scope::full);
}

TEST_CASE("hints of everything make a full look and a few more", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  change_hint h;
  h.everything = h.networks = true;
  h.reason = "node event";
  p.hint(h, now += 300ms);
  auto l = p.due(now);
  REQUIRE(l);
  CHECK(l->kind == poll_scope::full);
  CHECK(l->networks);
  CHECK(l->reason == "node event");
  p.looked(*l, 1ms, now);
  CHECK(p.due(now + 200ms));
}

TEST_CASE("backoff grows from a quarter of a second to fifteen, spread, for ever", "[unit][discovery][backoff]") {
  backoff b(7);
  auto first = b.next();
  CHECK(first >= 187ms);
  CHECK(first <= 313ms);
  auto last = first;
  for (int i = 0; i < 100; ++i) last = b.next();
  CHECK(last >= 11s);
  CHECK(last <= 15s);
  b.reset();
  CHECK(b.next() <= 313ms);
}

TEST_CASE("what never comes up is not watched closely for ever", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  int looks = 0;
  for (int i = 0; i < 6'000; ++i, now += 10ms) {  // a minute of a task that comes and goes, with events each time
    if (i % 50 == 0) p.hint(service_hint("loop"), now);
    if (const auto l = p.due(now)) {
      ++looks;
      p.looked(*l, 1ms, now);
      p.observed({"loop"}, {"loop"}, now, {"loop"});
    }
  }
  CHECK_FALSE(p.hot());
  CHECK(looks <= 2 * 60 + 5);               // those of the base interval, and one a second because of the events
  p.observed({"loop"}, {"loop"}, now, {});  // it is over: watched as any other
  CHECK(p.hot());
}

TEST_CASE("a service that fails every request does not make waggle look for ever", "[unit][discovery][pacing]") {
  poll_schedule p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  p.observed({}, {}, now);
  change_hint doubt;
  doubt.everything = doubt.doubt = true;
  doubt.reason = "feedback";
  int looks = 0, first_second = 0;
  for (int i = 0; i < 3'000; ++i, now += 10ms) {  // 30 s of requests that fail
    p.hint(doubt, now);
    const auto l = p.due(now);
    if (!l) continue;
    ++looks;
    if (i < 100) ++first_second;
    p.looked(*l, 1ms, now);
    p.observed({}, {}, now);
  }
  CHECK(first_second >= 3);  // at first it is well worth it
  CHECK(looks <= 30 + 20);   // those of the base interval, and some at the beginning
  p.observed({}, {"web"}, now);
  p.hint(doubt, now += 10s);
  REQUIRE(p.due(now));
  p.observed({}, {"web"}, now);  // it did show something
  p.hint(doubt, now += 200ms);
  CHECK(p.due(now));
}
