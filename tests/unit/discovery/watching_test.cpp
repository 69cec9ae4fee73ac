#include <catch.hpp>

#include "builders.hpp"
#include "docker/client.hpp"
#include "docker/event_stream.hpp"
#include "docker/self.hpp"
#include "reconcile/backoff.hpp"
#include "reconcile/changes.hpp"
#include "reconcile/guard.hpp"
#include "reconcile/pacing.hpp"
#include "reconcile/restarts.hpp"

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

TEST_CASE("API version: the newest of both, never below the Engine's minimum", "[unit][discovery][client]") {
  CHECK(negotiate_api("1.39", "1.12") == "1.39");   // Engine 18.09
  CHECK(negotiate_api("1.41", "1.12") == "1.41");   // 20.10
  CHECK(negotiate_api("1.52", "1.44") == "1.47");   // 29
  CHECK(negotiate_api("1.60", "1.50") == "1.50");   // one that has left our version behind
  CHECK(negotiate_api("1.27", "") == "1.27");
  CHECK(api_before("1.9", "1.10"));
}

TEST_CASE("the first look is due at once, then every interval", "[unit][discovery][pacing]") {
  pacing p(1s, 15s);
  auto now = start;
  auto l = p.due(now);
  REQUIRE(l);
  CHECK(l->kind == look_kind::full);
  CHECK(l->reason == "start");
  p.looked(*l, 2ms, now);
  CHECK_FALSE(p.due(now + 999ms));
  CHECK(p.next(now) == now + 1s);
  CHECK(p.due(now + 1s)->reason == "interval");
}

TEST_CASE("an event about a service: a look at that service, then a hot window", "[unit][discovery][pacing]") {
  pacing p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  p.hint(service_hint("web"), now += 100ms);
  auto l = p.due(now);
  REQUIRE(l);
  CHECK(l->kind == look_kind::services);
  CHECK(l->services == std::vector<std::string>{"web"});
  p.looked(*l, 1ms, now);
  p.observed({"web"}, {"web"}, now);
  CHECK_FALSE(p.due(now + 49ms));
  l = p.due(now + 50ms);
  REQUIRE(l);
  CHECK(l->kind == look_kind::tasks);
}

TEST_CASE("the hot window cools and closes", "[unit][discovery][pacing]") {
  pacing p(1s, 15s);
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
    pacing p(1s, 15s);
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
  pacing p(1s, 15s);
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
  pacing p(1s, 15s);
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
      p.looked(*l, l->kind == look_kind::full ? 20ms : 5ms, now);
      p.observed({"web"}, {"web"}, now);
    }
    now += 5ms;
  }
  CHECK(longest <= 255ms);
}

TEST_CASE("one slow look in a long update does not make blind either", "[unit][discovery][pacing]") {
  const auto slow = GENERATE(43ms, 270ms, 3'000ms);
  pacing p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 10ms, now);
  const auto look_at = [&](std::chrono::milliseconds cost) {  // @return how long it took to be due
    const auto begin = now;
    for (;; now += 5ms) {
      p.hint(service_hint("web"), now);
      const auto l = p.due(now);
      if (!l) continue;
      p.looked(*l, l->kind == look_kind::full ? 10ms : cost, now);
      p.observed({"web"}, {"web"}, now);
      if (l->kind != look_kind::full) return now - begin;
    }
  };
  for (int i = 0; i < 400; ++i) look_at(6ms);
  look_at(slow);
  for (int i = 0; i < 20; ++i) CHECK(look_at(6ms) < 500ms);
}

TEST_CASE("a full look that waited for an election does not make blind", "[unit][discovery][pacing]") {
  const bool first = GENERATE(false, true);
  pacing p(1s, 15s);
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
  CHECK(full->kind == look_kind::full);
}

TEST_CASE("hints of everything make a full look and a few more", "[unit][discovery][pacing]") {
  pacing p(1s, 15s);
  auto now = start;
  p.looked(*p.due(now), 1ms, now);
  change_hint h;
  h.everything = h.networks = true;
  h.reason = "node event";
  p.hint(h, now += 300ms);
  auto l = p.due(now);
  REQUIRE(l);
  CHECK(l->kind == look_kind::full);
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

TEST_CASE("bulk vanishing needs a second look two seconds later", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {}), running("b", {}), running("c", {}), running("d", {}), running("e", {})});
  guard g;
  auto picture = swarm_of({running("a", {})});
  auto ruling = g.judge(before, picture, true, {}, start);
  CHECK(ruling.what == guard::answer::repair);
  CHECK(ruling.news);
  CHECK(picture.services.size() == 5);
  picture = swarm_of({running("a", {})});
  ruling = g.judge(before, picture, true, {}, start + 1s);
  CHECK(ruling.what == guard::answer::repair);
  CHECK_FALSE(ruling.news);
  picture = swarm_of({running("a", {})});
  CHECK(g.judge(before, picture, true, {}, start + 2s).what == guard::answer::take);
  CHECK(picture.services.size() == 1);
}

TEST_CASE("announced removals and few of many go at once", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {}), running("b", {}), running("c", {}), running("d", {})});
  guard g;
  auto none = swarm_of({});
  CHECK(g.judge(before, none, true, {"id-a", "id-b", "id-c", "id-d"}, start).what == guard::answer::take);
  auto half = swarm_of({running("a", {}), running("b", {})});
  CHECK(g.judge(before, half, true, {}, start).what == guard::answer::take);
}

TEST_CASE("a limited look does not end the doubt", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {})});
  guard g;
  auto none = swarm_of({});
  CHECK(g.judge(before, none, true, {}, start).what == guard::answer::repair);
  auto all = before;
  CHECK(g.judge(before, all, false, {}, start + 500ms).what == guard::answer::take);
  none = swarm_of({});
  CHECK(g.judge(before, none, true, {}, start + 2s).what == guard::answer::take);
}

TEST_CASE("a manager that lags behind is not believed at once", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {})});
  auto old = make_service("a", {});
  old.version = 9;
  guard g;
  auto picture = swarm_of({make_view(old, {})});
  CHECK(g.judge(before, picture, true, {}, start).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 1s).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 3s).what == guard::answer::take);
}

TEST_CASE("older tasks show a manager that lags behind, too", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {}, 2), running("b", {})});
  auto view = *before.services[0];
  view.tasks.pop_back();
  guard g;
  auto picture = swarm_of({make_view(view.spec, view.tasks), before.services[1]});
  CHECK(g.judge(before, picture, true, {}, start).what == guard::answer::take);  // a task that left
  view.tasks[0].version -= 1;
  picture = swarm_of({make_view(view.spec, view.tasks), before.services[1]});
  CHECK(g.judge(before, picture, true, {}, start).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 1s).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 3s).what == guard::answer::take);
}

TEST_CASE("what events say", "[unit][discovery][events]") {
  auto h = hint_of({"service", "remove", "s1", {{"name", "web"}}});
  CHECK(h.services == std::set<std::string>{"s1"});
  CHECK(h.removed == std::set<std::string>{"s1"});
  h = hint_of({"container", "die", "c1", {{"com.docker.swarm.service.id", "s2"}}});
  CHECK(h.services == std::set<std::string>{"s2"});
  CHECK(hint_of({"container", "start", "c1", {{"name", "x"}}}).empty());
  CHECK(hint_of({"node", "update", "n1", {}}).everything);
  CHECK(hint_of({"network", "create", "n1", {}}).networks);
  CHECK(hint_of({"network", "connect", "n1", {{"container", "c"}}}).empty());
}

TEST_CASE("the own container's id", "[unit][discovery][self]") {
  const std::string id(64, 'a'), other(64, 'b');
  const std::string mounts = "100 99 0:1 / / rw - overlay overlay rw\n101 100 8:1 /var/lib/docker/containers/" + id +
                             "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n";
  CHECK(own_container_ids("0::/\n", mounts, "web") == std::vector<std::string>{id});
  CHECK(own_container_ids("12:cpu:/docker/" + id + "\n", "", "x") == std::vector<std::string>{id});
  CHECK(own_container_ids("0::/\n", "", "0123456789ab") == std::vector<std::string>{"0123456789ab"});
  // A host sees the containers' mounts, but not over its own /etc.
  CHECK(own_container_ids("0::/init.scope\n", "7 1 0:9 / /var/lib/docker/containers/" + other + "/mounts/shm rw - tmpfs shm rw\n", "host1").empty());
}

TEST_CASE("changes are told with their reason", "[unit][discovery][changes]") {
  using waggle::model::backend;
  using waggle::model::server;
  const auto was = running("web", basic(), 2), is = running("web", basic(), 1);
  const auto server_of = [](const task& t, const std::string& url) {
    server s;
    s.id = t.id;
    s.url = url;
    s.origin.service_id = t.service_id;
    s.origin.service_name = "web";
    s.origin.task_id = t.id;
    return s;
  };
  waggle::model::configuration a, b;
  backend x;
  x.name = "backend-web";
  x.servers = {server_of(was->tasks[0], "http://10.0.1.5:80"), server_of(was->tasks[1], "http://10.0.1.6:80")};
  a.backends = {x};
  x.servers.pop_back();
  b.backends = {x};
  auto c = changes_between(a, swarm_of({was}), b, swarm_of({is}));
  REQUIRE(c.backends.size() == 1);
  CHECK(c.backends[0].reason == "task shutting down");
  CHECK(c.backends[0].removed == "http://10.0.1.6:80 (task task-web-2-1)");
  CHECK(c.backends[0].added.empty());
  c = changes_between(b, swarm_of({is}), a, swarm_of({was}));
  CHECK(c.backends[0].reason == "task started");
  c = changes_between(a, swarm_of({was}), {}, swarm_of({}));
  CHECK(c.backends[0].reason == "service removed");
}

TEST_CASE("a frontend whose name got another index is not news", "[unit][discovery][changes]") {
  const auto at = [](const char* name, const char* service, const char* rule) {
    waggle::model::frontend f;
    f.name = name;
    f.identity = f.service = service;
    f.routes = {{std::string("route-") + name, rule}};
    return f;
  };
  waggle::model::configuration before, after;
  before.frontends = {at("frontend-Host-a-0", "a", "Host:a"), at("frontend-Host-b-1", "b", "Host:b"), at("frontend-Host-c-2", "c", "Host:c")};
  after.frontends = {at("frontend-Host-b-0", "b", "Host:b"), at("frontend-Host-c-1", "c", "Host:c2"), at("frontend-Host-d-2", "d", "Host:d")};
  const auto c = changes_between(before, swarm_of({}), after, swarm_of({}));
  std::vector<std::string> told;
  for (const auto& f : c.frontends) told.push_back(f.frontend + " " + f.what + " " + f.rule);
  CHECK(told == std::vector<std::string>{"a removed Host:a", "c changed Host:c2", "d added Host:d"});
}

TEST_CASE("a service that changes places with another of the same name keeps its identity", "[unit][discovery][changes]") {
  const auto at = [](const char* service) {
    waggle::model::frontend f;
    f.name = "frontend-PathPrefix-0";
    f.identity = f.service = service;
    f.routes = {{"route-frontend-PathPrefix-0", "PathPrefix:/"}};
    return f;
  };
  waggle::model::configuration before, after;
  before.frontends = {at("a")};
  after.frontends = {at("b")};
  const auto c = changes_between(before, swarm_of({}), after, swarm_of({}));
  REQUIRE(c.frontends.size() == 2);
  CHECK(c.frontends[0].what == "removed");
  CHECK(c.frontends[1].what == "added");
}

TEST_CASE("a crash loop is told from an update", "[unit][discovery][restarts]") {
  restart_watch watch;
  auto now = start;
  const auto view = [](const std::string& name, std::vector<std::string> tasks) {
    auto s = make_service(name, {});
    std::vector<task> all;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      all.push_back(make_task(s, i + 1, ""));
      all.back().id = tasks[i];
    }
    return make_view(s, all);
  };
  // A rolling update, and another one soon after: each slot's task ends once, and once more.
  auto was = view("web", {"a1", "a2", "a3"});
  for (const char* round : {"b", "c"})
    for (int slot = 0; slot < 3; ++slot) {
      std::vector<std::string> tasks;
      for (int i = 0; i < 3; ++i) tasks.push_back(i <= slot ? round + std::to_string(i) : was->tasks[static_cast<std::size_t>(i)].id.str());
      const auto is = view("web", tasks);
      watch.observe(was.get(), *is, now += 5s);
      was = is;
    }
  CHECK(watch.looping(now).empty());
  // Five updates within a minute are none either: each is another version of the service.
  for (std::uint64_t version = 2; version <= 6; ++version) {
    auto s = make_service("hasty", {});
    s.version = version - 1;
    auto old_task = make_task(s, 1, ""), new_task = old_task;
    old_task.id = "h" + std::to_string(version - 1);
    new_task.id = "h" + std::to_string(version);
    const auto before = make_view(s, {old_task});
    s.version = version;
    watch.observe(before.get(), *make_view(s, {new_task}), now += 10s);
  }
  CHECK(watch.looping(now).empty());
  // A task that dies after two seconds; while Swarm waits before the next one, there is none.
  auto loop = view("loop", {"x0"});
  for (int i = 1; i <= 3; ++i) {
    const auto none = view("loop", {});
    watch.observe(loop.get(), *none, now += 2s);
    loop = view("loop", {"x" + std::to_string(i)});
    watch.observe(none.get(), *loop, now += 5s);
    CHECK(watch.looping(now).size() == (i < 3 ? 0 : 1));
  }
  CHECK(watch.looping(now + 59s).empty());  // it stayed
}

TEST_CASE("what never comes up is not watched closely for ever", "[unit][discovery][pacing]") {
  pacing p(1s, 15s);
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
  CHECK(looks <= 2 * 60 + 5);  // those of the base interval, and one a second because of the events
  p.observed({"loop"}, {"loop"}, now, {});  // it is over: watched as any other
  CHECK(p.hot());
}

TEST_CASE("a service that fails every request does not make waggle look for ever", "[unit][discovery][pacing]") {
  pacing p(1s, 15s);
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
