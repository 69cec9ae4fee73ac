// Tasks that are told to stop and still run: connections below HTTP live on them until they are gone.
#include <catch.hpp>

#include "layer4.hpp"
#include "watch/leaving_tasks.hpp"

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;

namespace {

/// The service without its first task, as the Engine lists it once that is told to stop.
std::shared_ptr<const service_view> without_first(const service_view& v) { return make_view(v.spec, {v.tasks.begin() + 1, v.tasks.end()}); }

task ended(task t, const char* state) {
  t.desired_state = "shutdown";
  t.state = state;
  t.attachments.clear();  // whatever it says now: it is reached as before
  return t;
}

}  // namespace

TEST_CASE("a task that is told to stop stays until it is gone, for services below HTTP", "[unit][discovery][layer4]") {
  const auto pg = running("pg", tcp_labels(), 2, 5), web = running("web", basic(), 2, 15);
  const snapshot before = swarm_of({pg, web});
  std::vector<std::shared_ptr<const service_view>> now{without_first(*pg), without_first(*web)};
  const auto left = who_left(before, now, {});
  REQUIRE(left.size() == 1);
  CHECK(left[0].place == 0);
  REQUIRE(left[0].tasks.size() == 1);
  CHECK(who_left(before, now, {"node-1"}).empty());  // the node is down: gone

  keep_leaving(now, left, {ended(pg->tasks[0], "running")}, before);
  REQUIRE(now[0]->tasks.size() == 2);
  CHECK(now[0]->tasks[1].leaving());
  CHECK_FALSE(now[0]->tasks[1].running());
  CHECK(now[0]->tasks[1].attachments == pg->tasks[0].attachments);

  const snapshot second = swarm_of(now);
  std::vector<std::shared_ptr<const service_view>> later{without_first(*pg), now[1]};
  const auto still = who_left(second, later, {});
  REQUIRE(still.size() == 1);
  keep_leaving(later, still, {ended(pg->tasks[0], "running")}, second);
  CHECK(later[0] == now[0]);  // nothing happened: the same view

  for (const auto& answer :
       {std::vector<task>{ended(pg->tasks[0], "shutdown")}, std::vector<task>{ended(pg->tasks[0], "failed")}, std::vector<task>{}}) {
    std::vector<std::shared_ptr<const service_view>> last{without_first(*pg), now[1]};
    keep_leaving(last, still, answer, second);
    CHECK(last[0]->tasks.size() == 1);
  }
}

TEST_CASE("services that come and go do not hide a task that leaves", "[unit][discovery][layer4]") {
  const auto pg = running("pg", tcp_labels(), 2, 5);
  const snapshot before = swarm_of({running("old", basic(), 1, 30), pg});
  const auto left = who_left(before, {without_first(*pg), running("new", tcp_labels(), 1, 40)}, {});
  REQUIRE(left.size() == 1);
  CHECK(left[0].place == 0);
  CHECK(who_left(before, {running("old", basic(), 1, 30)}, {}).empty());  // the service itself is gone
}

TEST_CASE("a server whose task leaves is marked, below HTTP alone", "[unit][discovery][layer4]") {
  auto l = tcp_labels();
  for (const auto& [key, value] : basic()) l[key] = value;
  service_view v = *running("pg", l, 2, 5);
  v.tasks[0].desired_state = "shutdown";
  const auto t = translated({std::make_shared<const service_view>(v)});
  const auto& servers = t.config->tcp.services.front().servers;
  REQUIRE(servers.size() == 2);
  CHECK(servers[0].leaving);
  CHECK(servers[0].host == "10.0.1.5");
  CHECK_FALSE(servers[1].leaving);
  CHECK(balancer_of(t.config->http.services.front())->servers.size() == 1);
  CHECK(t.verdicts->front().tasks_running == 1);
  v.tasks[0].state = "shutdown";
  CHECK(translated({std::make_shared<const service_view>(v)}).config->tcp.services.front().servers.size() == 1);
}
