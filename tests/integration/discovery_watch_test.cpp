// The whole of discovery against an Engine on a real socket: what it publishes, how fast, and what it survives.
#include <catch.hpp>
#include "discovery_fixture.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <algorithm>
#include <atomic>

using namespace waggle;
using namespace std::chrono_literals;
using test::fake_engine;

namespace {

std::string service_json(const std::string& name, const std::string& labels, int version = 10) {
  return R"({"ID":"id-)" + name + R"(","Version":{"Index":)" + std::to_string(version) + R"(},"Spec":{"Name":")" + name + R"(","Labels":{)" + labels +
         R"(},"Mode":{"Replicated":{}},"TaskTemplate":{"Networks":[{"Target":"net-app"}]},"EndpointSpec":{"Mode":"vip"}}})";
}

std::string task_json(const std::string& service, int slot, const std::string& address, const std::string& state = "running") {
  return R"({"ID":"task-)" + service + std::to_string(slot) + R"(","ServiceID":"id-)" + service + R"(","Slot":)" + std::to_string(slot) +
         R"(,"NodeID":"n1","Status":{"State":")" + state +
         R"("},"DesiredState":"running","NetworksAttachments":[{"Network":{"ID":"net-app"},"Addresses":[")" + address + R"(/24"]}]})";
}

const std::string good_labels = R"("traefik.port":"80","traefik.frontend.rule":"Host:web.example.com")";

class fixture : public test::discovery_fixture {
 public:
  fixture() {
    engine.set("/services", "[" + service_json("web", good_labels) + "]");
    engine.set("/tasks", "[" + task_json("web", 1, "10.0.1.5") + "]");
  }
};

}  // namespace

TEST_CASE_METHOD(fixture, "the first picture, then an event: published at once", "[integration][discovery]") {
  auto c = run(options());
  REQUIRE(servers_become(1));
  CHECK(c->status().connected);
  CHECK(c->status().api_version == "1.41");
  REQUIRE(eventually([&] { return engine.streams() > 0; }));
  const auto before = base::now();
  engine.set("/tasks", "[" + task_json("web", 1, "10.0.1.5") + "," + task_json("web", 2, "10.0.1.6") + "]");
  engine.event(R"({"Type":"service","Action":"update","Actor":{"ID":"id-web"},"scope":"swarm"})");
  REQUIRE(servers_become(2));
  CHECK(base::now() - before < 500ms);  // 100 ms on an idle machine; the base interval alone would need up to 1 s
  CHECK(c->status().looks_by_reason.count("service event") == 1);
  CHECK(sink.count("msg=\"Backend changed\"") == 2);
  CHECK(sink.count("msg=\"Looked at the swarm\" at=all services=1 look=start") == 1);
  CHECK(eventually([&] { return sink.count("msg=\"Looked at the swarm\" at=services services=1 look=\"service event\"") == 1; }));
  CHECK(sink.count("look=interval") == 0);  // nothing new: only counted
}

TEST_CASE_METHOD(fixture, "calls: one list each, in the negotiated version, nothing per service", "[integration][discovery]") {
  engine.set("/version", R"({"Version":"29.0.0","ApiVersion":"1.52","MinAPIVersion":"1.44"})");
  auto c = run(options());
  REQUIRE(servers_become(1));
  c->stop();
  for (const auto& target : engine.requests()) {
    CAPTURE(target);
    CHECK((target == "/version" || target.rfind("/v1.47/", 0) == 0));
  }
}

TEST_CASE_METHOD(fixture, "services that move to a network of a new id keep their routes", "[integration][discovery]") {
  const std::string labels = R"("traefik.port":"80","traefik.docker.network":"appnet","traefik.frontend.rule":"Host:)";
  const auto moved = [](std::string text) {
    for (auto at = text.find("net-app"); at != std::string::npos; at = text.find("net-app", at)) text.replace(at, 7, "net-new");
    return text;
  };
  const std::string a = service_json("a", labels + "a\""), b = service_json("b", labels + "b\"");
  const std::string ta = task_json("a", 1, "10.0.1.5"), tb = task_json("b", 1, "10.0.1.6");
  const auto network = [](const std::string& id) { return R"([{"Id":")" + id + R"(","Name":"appnet","Scope":"swarm","Driver":"overlay"}])"; };
  engine.set("/services", "[" + a + "," + b + "]");
  engine.set("/tasks", "[" + ta + "," + tb + "]");
  engine.set("/networks", network("net-app"));
  std::atomic<bool> all{false}, lost{false};
  discovery::controller c(options(), log, [&](const discovery::update& u) {
    const auto config = waggle::test::seen(u.config);
    const bool both =
        config.frontends.size() == 2 && config.backends.size() == 2 && !config.backends[0].servers.empty() && !config.backends[1].servers.empty();
    if (all && !both) lost = true;
    if (both) all = true;
    const std::lock_guard lock(mutex);
    last = u;
    return refused;
  });
  c.start();
  REQUIRE(eventually([&] { return all.load() && engine.streams() > 0; }));
  // One moves, and the list of networks is a look late; then the list has the new network alone, and the other was not looked at yet.
  engine.set("/services", "[" + moved(a) + "," + b + "]");
  engine.set("/tasks", "[" + moved(ta) + "," + tb + "]");
  engine.event(R"({"Type":"service","Action":"update","Actor":{"ID":"id-a"},"scope":"swarm"})");
  const auto asked = [&] {
    const auto all_targets = engine.requests();
    return std::count_if(all_targets.begin(), all_targets.end(), [](const std::string& t) { return t.find("/networks") != std::string::npos; });
  };
  REQUIRE(eventually([&] { return asked() >= 2; }));
  engine.set("/networks", network("net-new"));
  REQUIRE(eventually([&] { return asked() >= 3; }));
  engine.set("/services", "[" + moved(a) + "," + moved(b) + "]");
  engine.set("/tasks", "[" + moved(ta) + "," + moved(tb) + "]");
  engine.event(R"({"Type":"service","Action":"update","Actor":{"ID":"id-b"},"scope":"swarm"})");
  REQUIRE(eventually([&] {
    for (const auto& v : *c.verdicts())
      if (v.state != model::routing_state::routed) return false;
    return true;
  }));
  c.stop();
  CHECK_FALSE(lost);
}

TEST_CASE_METHOD(fixture, "containers of a removed service do not blind for the others", "[integration][discovery]") {
  auto c = run(options());
  REQUIRE(servers_become(1));
  REQUIRE(eventually([&] { return engine.streams() > 0; }));
  engine.event(R"({"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"com.docker.swarm.service.id":"id-gone"}},"scope":"local"})");
  engine.event(R"({"Type":"service","Action":"update","Actor":{"ID":"id-web"},"scope":"swarm"})");
  REQUIRE(eventually([&] { return c->status().looks_by_reason["hot"] >= 5; }));
  c->stop();
  std::size_t about_web = 0;
  for (const auto& target : engine.requests()) {
    if (target.find("/tasks") == std::string::npos) continue;
    CAPTURE(target);
    CHECK(target.find("id-gone") == std::string::npos);  // the Engine would answer 404, and nothing about web
    about_web += target.find("id-web") != std::string::npos;
  }
  CHECK(about_web >= 3);
}

TEST_CASE_METHOD(fixture, "without events a look each second finds the change", "[integration][discovery]") {
  engine.fail_always("/events", {500, R"({"message":"no events"})"});
  auto c = run(options());
  REQUIRE(servers_become(1));
  engine.set("/tasks", "[]");
  CHECK(servers_become(0, 3s));
}

TEST_CASE_METHOD(fixture, "cut, failed and garbled answers change nothing and are told once", "[integration][discovery]") {
  auto c = run(options());
  REQUIRE(servers_become(1));
  const auto generation = c->status().generation;
  const std::string tasks = "[" + task_json("web", 1, "10.0.1.5") + "," + task_json("web", 2, "10.0.1.6") + "]";
  const auto r =
      GENERATE_COPY(values<fake_engine::reply>({{200, tasks, 40, false},
                                                {200, tasks.substr(0, tasks.size() - 1), std::string::npos, false},
                                                {200, "[]]", std::string::npos, false},
                                                {500, R"({"message":"rpc error: The swarm does not have a leader"})", std::string::npos, false},
                                                {200, "<html>hello</html>", std::string::npos, false}}));
  engine.fail_always("/tasks", r);
  c->look_now("test");  // by itself, with events to listen to, the next look may be far away
  CHECK(eventually([&] { return c->status().failed_looks >= 3; }));
  CHECK_FALSE(c->status().connected);
  CHECK_FALSE(c->status().last_error.empty());
  CHECK(c->status().generation == generation);
  CHECK(sink.count("Swarm not visible: waggle keeps serving") == 1);
  engine.heal("/tasks");
  CHECK(eventually([&] { return c->status().connected; }));
  CHECK(sink.count("Swarm reachable again") == 1);
}

TEST_CASE_METHOD(fixture, "an Engine that goes and comes back", "[integration][discovery]") {
  auto c = run(options());
  REQUIRE(servers_become(1));
  engine.stop();
  CHECK(eventually([&] { return !c->status().connected; }));
  CHECK(c->status().last_good);
  engine.set("/tasks", "[" + task_json("web", 1, "10.0.1.5") + "," + task_json("web", 2, "10.0.1.6") + "]");
  engine.start();
  CHECK(servers_become(2, 20s));
}

TEST_CASE_METHOD(fixture, "causes are named: no socket, worker, no swarm, stranger", "[integration][discovery]") {
  struct row {
    std::string endpoint;
    fake_engine::reply services;
    std::string cause;
  };
  const auto r = GENERATE_COPY(values<row>(
      {{"unix:///tmp/waggle-no-such.sock", {}, "does not exist"},
       {"", {503, R"({"message":"This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state."})"}, "is a worker"},
       {"",
        {503, R"({"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect."})"},
        "not part of a swarm"},
       {"", {404, "nginx"}, "not a Docker Engine"}}));
  auto o = options();
  if (!r.endpoint.empty()) o.endpoint = r.endpoint;
  else engine.fail_always("/services", r.services);
  auto c = run(o);
  CHECK(eventually([&] { return c->status().last_error.find(r.cause) != std::string::npos; }));
  c->stop();
  CAPTURE(c->status().last_error);
  CHECK(sink.count("Swarm not visible: nothing is routed yet") == 1);
}

TEST_CASE_METHOD(fixture, "a service removed by name goes at once, an empty list does not", "[integration][discovery]") {
  auto c = run(options());
  REQUIRE(servers_become(1));
  REQUIRE(eventually([&] { return engine.streams() > 0; }));
  SECTION("announced") {
    const auto before = base::now();
    engine.set("/services", "[]");
    engine.set("/tasks", "[]");
    engine.event(R"({"Type":"service","Action":"remove","Actor":{"ID":"id-web"},"scope":"swarm"})");
    CHECK(becomes([](const auto& config) { return config.frontends.empty(); }));
    CHECK(base::now() - before < 1'500ms);
  }
  SECTION("unannounced") {
    const auto before = base::now();
    engine.set("/services", "[]");
    engine.set("/tasks", "[]");
    CHECK(becomes([](const auto& config) { return config.frontends.empty(); }, 10s));
    CHECK(base::now() - before >= 2s);
    CHECK(sink.count("Swarm picture in doubt") >= 1);
  }
}

TEST_CASE_METHOD(fixture, "a hint of the data path makes a look; stop ends a hanging request", "[integration][discovery]") {
  auto o = options();
  o.poll_interval = 60s;
  o.refresh = std::chrono::seconds{60};
  auto c = run(o);
  REQUIRE(servers_become(1));
  engine.set("/tasks", "[]");
  c->look_now("feedback");
  CHECK(servers_become(0, 3s));
  CHECK(c->status().looks_by_reason.count("feedback") == 1);
  engine.fail_always("/services", {200, "", std::string::npos, true});
  c->look_now("feedback");
  // Where answers are slow, looks are rarer: they take a twentieth of the Engine's time at most.
  REQUIRE(eventually([&] { return !engine.requests().empty() && engine.requests().back().find("/services") != std::string::npos; }, 60s));
  const auto before = base::now();
  c->stop();
  CHECK(base::now() - before < 2s);
}

TEST_CASE_METHOD(fixture, "what the proxy refuses stands in the verdict, also at the looks after", "[integration][discovery]") {
  refused.emplace(model::router_key{model::protocol::http, "frontend-Host-web-example-com-0"}, "error creating rate limiter: period");
  auto c = run(options());
  REQUIRE(servers_become(1));
  const auto refused_now = [&] {
    const auto all = c->verdicts();
    return all->size() == 1 && (*all)[0].state == model::routing_state::not_routed &&
           (*all)[0].reason == "traefik.frontend.rateLimit: error creating rate limiter: period";
  };
  CHECK(waggle::test::seen(last.config).frontends[0].name == "frontend-Host-web-example-com-0");
  CHECK(eventually(refused_now));
  const auto looks = c->status().looks;
  CHECK(eventually([&] { return c->status().looks > looks + 1; }));
  CHECK(refused_now());
  CHECK(sink.count("code=refused-by-proxy") == 1);
}

TEST_CASE_METHOD(fixture, "a node that is down or drained is told of until it is back", "[integration][discovery]") {
  const auto node = [](const char* id, const char* name, const char* availability, const char* state) {
    return std::string(R"({"ID":")") + id + R"(","Spec":{"Availability":")" + availability + R"("},"Description":{"Hostname":")" + name +
           R"("},"Status":{"State":")" + state + R"("}})";
  };
  engine.set("/nodes", "[" + node("n1", "alpha", "active", "ready") + "," + node("n2", "beta", "drain", "ready") + "," +
                           node("n3", "gamma", "active", "down") + "]");
  auto c = run(options());
  REQUIRE(servers_become(1));
  const auto troubled = [&] {
    std::string out;
    for (const auto& n : c->status().nodes) out += n.name + (n.down ? " down;" : n.drained ? " drained;" : " paused;");
    return out;
  };
  CHECK(eventually([&] { return troubled() == "beta drained;gamma down;" && engine.streams() > 0; }));
  engine.set("/nodes", "[" + node("n1", "alpha", "active", "ready") + "," + node("n2", "beta", "active", "ready") + "]");
  engine.event(R"({"Type":"node","Action":"update","Actor":{"ID":"n2"},"scope":"swarm"})");
  CHECK(eventually([&] { return troubled().empty(); }));
}

TEST_CASE_METHOD(fixture, "nodes get their names: one list for an unknown node, another after a node event", "[integration][discovery]") {
  engine.set("/nodes", R"([{"ID":"n1","Description":{"Hostname":"alpha"}}])");
  auto c = run(options());
  const auto named = [&](const std::string& name) {
    return becomes([&](const auto& config) {
      return config.backends.size() == 1 && config.backends[0].servers.size() == 1 && config.backends[0].servers[0].origin.node_name == name;
    });
  };
  const auto lists = [&] {
    const auto all = engine.requests();
    return std::count_if(all.begin(), all.end(), [](const auto& r) { return r.find("/nodes") != std::string::npos; });
  };
  REQUIRE(named("alpha"));
  REQUIRE(eventually([&] { return c->status().looks >= 3 && engine.streams() > 0; }));
  CHECK(lists() == 1);
  CHECK(c->swarm()[0].tasks[0].node_name == "alpha");
  engine.set("/nodes", R"([{"ID":"n1","Description":{"Hostname":"beta"}}])");
  engine.event(R"({"Type":"node","Action":"update","Actor":{"ID":"n1"},"scope":"swarm"})");
  CHECK(named("beta"));
  CHECK(lists() == 2);
}

TEST_CASE_METHOD(fixture, "an Engine that keeps its nodes to itself costs their names only", "[integration][discovery]") {
  engine.fail_always("/nodes", {403, R"({"message":"forbidden"})"});  // a socket proxy
  auto c = run(options());
  REQUIRE(servers_become(1));
  REQUIRE(eventually([&] { return c->status().looks >= 3; }));
  CHECK(c->status().connected);
  const auto all = engine.requests();
  CHECK(std::count_if(all.begin(), all.end(), [](const auto& r) { return r.find("/nodes") != std::string::npos; }) == 1);
  CHECK(c->swarm()[0].tasks[0].node_name.empty());
}

TEST_CASE_METHOD(fixture, "a task of a TCP service that is told to stop is told of until it is gone", "[integration][discovery][layer4]") {
  auto o = options();
  o.layer4_entry_points = {{"pg", model::protocol::tcp, 5432, false}};
  const auto ended = [](std::string task, const std::string& state) {
    task.replace(task.find(R"("DesiredState":"running")"), 24, R"("DesiredState":"shutdown")");
    task.replace(task.find(R"("State":"running")"), 17, R"("State":")" + state + "\"");
    return task;
  };
  const std::string one = task_json("pg", 1, "10.0.1.5"), two = task_json("pg", 2, "10.0.1.6");
  engine.set("/services", "[" + service_json("pg", R"("waggle.tcp.port":"5432")") + "]");
  engine.set("/tasks", "[" + one + "," + two + "]");
  const auto servers = [&](std::size_t all, std::size_t leaving) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, waggle::test::patience(5s), [&] {
      if (!last.config || last.config->tcp.services.size() != 1) return false;
      const auto& list = last.config->tcp.services.front().servers;
      return list.size() == all &&
             static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [](const auto& s) { return s.leaving; })) == leaving;
    });
  };
  auto c = run(o);
  REQUIRE(servers(2, 0));
  engine.set("/tasks/ended", "[" + ended(one, "running") + "]");
  engine.set("/tasks", "[" + two + "]");
  c->look_now("test");
  REQUIRE(servers(2, 1));
  CHECK(c->swarm().front().tasks.size() == 1);
  engine.set("/tasks/ended", "[" + ended(one, "shutdown") + "]");
  c->look_now("test");
  REQUIRE(servers(1, 0));
}
