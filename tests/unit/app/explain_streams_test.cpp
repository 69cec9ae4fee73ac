// Explain of TCP and UDP services, from plain sources.
#include "admin/explain.hpp"
#include "admin/routes.hpp"

#include "catch.hpp"

#include <nlohmann/json.hpp>

using namespace waggle::app::admin;
using namespace waggle;
using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("explain shows what leads to a service below HTTP", "[unit][app][explain][layer4]") {
  sources s;
  s.api = true;
  s.started = base::now();
  s.ready = [] { return true; };
  s.status = [] {
    discovery::status out;
    out.last_good = base::now();
    return out;
  };
  s.stats = [] { return proxy::stats{}; };
  s.providers = [] {
    model::configuration c;
    model::tcp_router r;
    r.name = r.service = "db";
    r.entry_points = {"pg"};
    r.swarm_service = "other";  // the first of those that share it
    c.tcp.routers.push_back(r);
    model::tcp_service service;
    service.name = "db";
    model::server one;
    one.url = "tcp://10.0.0.5:5432";
    one.weight = 3;
    one.origin = {"svc1", "web", "task1abcdefghijkl", 1, "node1", ""};
    service.servers = {one};
    c.tcp.services.push_back(service);
    return std::vector<model::provider_configuration>{{"docker", std::make_shared<const model::configuration>(c)}};
  };
  s.verdicts = [] {
    model::verdict v;
    v.service = "web";
    v.service_id = "svc1";
    v.state = model::routing_state::routed;
    v.tcp_routers = {"db"};
    return std::make_shared<const model::verdict_list>(model::verdict_list{v});
  };
  const json one = json::parse(respond({"GET", "/api/explain/service/web"}, s).body);
  REQUIRE(one["streams"].size() == 1);
  CHECK(one["streams"][0]["rule"] == "HostSNI(`*`)");
  CHECK(one["streams"][0]["scheduler"] == "wlc");
  CHECK(one["streams"][0]["servers"][0]["weight"] == 3);
  const std::string text = respond({"GET", "/api/explain/service/web?as=text"}, s).body;
  CHECK_THAT(text, Contains("tcp router db") && Contains("entry points pg -> db, wlc") && Contains("-> tcp://10.0.0.5:5432"));
}
