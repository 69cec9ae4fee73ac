// Discovery of the containers of one Engine: what it asks, how soon it sees, what it survives.
#include <catch.hpp>
#include "discovery_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace waggle;
using namespace std::chrono_literals;

namespace {

std::string container_json(const std::string& name, const std::string& address, const std::string& status = "Up 3 seconds",
                           const std::string& id = "") {
  return R"({"Id":")" + (id.empty() ? "id-" + name : id) + R"(","Names":["/)" + name + R"("],"State":"running","Status":")" + status +
         R"(","Labels":{"traefik.backend":"web","traefik.frontend.rule":"Host:a"},"Ports":[{"PrivatePort":80,"Type":"tcp"}],)"
         R"("HostConfig":{"NetworkMode":"front"},"NetworkSettings":{"Networks":{"front":{"NetworkID":"n1","IPAddress":")" +
         address + R"(","IPPrefixLen":24}}}})";
}

std::string event_json(const std::string& action, const std::string& name) {
  return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":"id-)" + name + R"(","Attributes":{"name":")" + name + R"("}}})";
}

const std::string web1 = container_json("web1", "10.0.0.2"), web2 = container_json("web2", "10.0.0.3");

class containers : public test::discovery_fixture {
 public:
  containers() {
    list({web1, web2});
    engine.fail_always("/services", {503, R"({"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\"."})"});
  }

  discovery::options plain() const {
    auto o = options();
    o.swarm_mode = false;
    return o;
  }

  void list(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "[" : ",") + one;
    engine.set("/containers/json", out.empty() ? "[]" : out + "]");
  }

  std::size_t asked(const std::string& what) const {
    const auto all = engine.requests();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const std::string& t) { return t.find(what) != std::string::npos; }));
  }
};

}  // namespace

TEST_CASE_METHOD(containers, "containers: one call a look, and the swarm is asked about once", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  REQUIRE(eventually([&] { return engine.streams() > 0 && asked("/containers/json") >= 3; }));
  CHECK(c->status().containers);
  c->stop();
  CHECK(asked("/services") == 1);
  CHECK(asked("/tasks") + asked("/networks") + asked("/nodes") == 0);
  CHECK(asked("/events?filters=%7B%22type%22%3A%7B%22container%22%3Atrue%7D") >= 1);
  CHECK(sink.count("msg=\"Services of the swarm are not served\"") == 0);
  REQUIRE(c->swarm().size() == 2);
  CHECK(c->swarm()[0].container);
  CHECK(c->swarm()[0].name == "web1");
}

TEST_CASE_METHOD(containers, "a container that ends leaves at once", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  REQUIRE(eventually([&] { return engine.streams() > 0; }));
  const auto before = base::now();
  list({web2});
  engine.event(event_json("die", "web1"));
  REQUIRE(servers_become(1));
  CHECK(base::now() - before < 500ms);  // the base interval alone would need up to 1 s
  CHECK(c->status().looks_by_reason.count("container event") == 1);
  CHECK(sink.count("reason=\"container stopped\"") == 1);
}

TEST_CASE_METHOD(containers, "all of them may end at once, if that is announced", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  REQUIRE(eventually([&] { return engine.streams() > 0; }));
  const auto before = base::now();
  list({});
  engine.event(event_json("die", "web1"));
  engine.event(event_json("die", "web2"));
  REQUIRE(becomes([](const auto& config) { return config.frontends.empty(); }));
  CHECK(base::now() - before < 1500ms);  // unannounced it would be doubted for 2 s
}

TEST_CASE_METHOD(containers, "that none is left, unannounced, is believed at the second look", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  const auto before = base::now();
  list({});
  REQUIRE(eventually([&] { return sink.count("msg=\"Picture of the containers in doubt\"") > 0; }));
  REQUIRE(becomes([](const auto& config) { return config.frontends.empty(); }, test::patience(8s)));
  CHECK(base::now() - before >= 2s);
}

TEST_CASE_METHOD(containers, "health takes a container out and back in", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  REQUIRE(eventually([&] { return engine.streams() > 0; }));
  list({container_json("web1", "10.0.0.2", "Up 9 seconds (unhealthy)"), web2});
  engine.event(event_json("health_status: unhealthy", "web1"));
  REQUIRE(servers_become(1, 900ms));
  // Verdicts are said behind the publish that servers_become waits for.
  CHECK(eventually([&] { return sink.count("msg=\"Container not routed\" container=web1 code=no-running-task") == 1; }));
  CHECK(sink.count("reason=\"container unhealthy\"") == 1);
  list({container_json("web1", "10.0.0.2", "Up 11 seconds (healthy)"), web2});
  engine.event(event_json("health_status: healthy", "web1"));
  REQUIRE(servers_become(2, 900ms));
  CHECK(sink.count("reason=\"container ready\"") == 1);
}

TEST_CASE_METHOD(containers, "a recreated container is another server in the same slot", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  list({container_json("web1", "10.0.0.9", "Up 1 second", "id-of-the-next"), web2});
  REQUIRE(becomes([](const auto& config) {
    const auto& all = config.backends[0].servers;
    return all.size() == 2 && std::any_of(all.begin(), all.end(), [](const auto& s) {
             return s.url == "http://10.0.0.9:80" && s.origin.service_id == "web1" && s.origin.slot == 1 && s.origin.task_id == "id-of-the-next";
           });
  }));
  CHECK(sink.count("reason=\"container replaced\"") == 1);
}

TEST_CASE_METHOD(containers, "an Engine that is away changes nothing", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  engine.stop();
  REQUIRE(eventually([&] { return sink.count("msg=\"Docker not visible: waggle keeps serving the last known-good configuration\"") == 1; }));
  CHECK_FALSE(c->status().connected);
  {
    const std::lock_guard lock(mutex);
    CHECK(test::seen(last.config).backends[0].servers.size() == 2);
  }
  list({web1});
  engine.start();
  REQUIRE(servers_become(1, test::patience(20s)));
  CHECK(sink.count("msg=\"Docker reachable again\"") == 1);
}

TEST_CASE_METHOD(containers, "half a list of containers is none", "[integration][discovery][containers]") {
  auto c = run(plain());
  REQUIRE(servers_become(2));
  engine.fail_always("/containers/json", {200, "[" + web1 + "," + web2 + "]", web1.size() + 20, false});
  REQUIRE(eventually([&] { return c->status().failed_looks > 0; }));
  const std::lock_guard lock(mutex);
  CHECK(test::seen(last.config).backends[0].servers.size() == 2);
}

TEST_CASE_METHOD(containers, "who forgot --docker.swarmmode on a manager is told once", "[integration][discovery][containers]") {
  engine.heal("/services");
  engine.set("/services", R"([{"ID":"s1","Spec":{"Name":"a","Labels":{"traefik.port":"80"}}},{"ID":"s2","Spec":{"Name":"b","Labels":{}}}])");
  auto c = run(plain());
  REQUIRE(servers_become(2));
  const std::string line = "level=error msg=\"Services of the swarm are not served\" services=1";
  CHECK(sink.count(line) == 1);
  CHECK(c->status().unserved_services == 1);
  engine.fail_next("/containers/json", {500, R"({"message":"no"})"});
  REQUIRE(eventually([&] { return sink.count("msg=\"Docker reachable again\"") == 1; }, test::patience(10s)));
  CHECK(sink.count(line) == 1);
}
