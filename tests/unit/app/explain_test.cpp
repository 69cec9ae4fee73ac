// Explain, status, overview and the dashboard's files: from plain sources, without a proxy or a swarm.
#include "admin/explain.hpp"
#include "admin/routes.hpp"
#include "admin/untrusted.hpp"

#include "catch.hpp"
#include "traefik1.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace waggle::app::admin;
using namespace waggle;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

sources shop() {
  sources s;
  s.api = s.dashboard = true;
  s.started = base::now();
  s.ready = [] { return true; };
  s.providers = [] {
    test::configuration c;
    model::backend b;
    b.name = "backend-web";
    model::server one;
    one.url = "http://10.0.0.5:80";
    one.origin = {"svc1", "web", "task1abcdefghijkl", 1, "node1", ""};
    b.servers = {one};
    c.backends = {b};
    model::frontend f;
    f.name = "frontend-Host-a";
    f.backend = b.name;
    f.entry_points = {"http"};
    f.routes = {{"r", "Host:<img src=x>"}};
    f.service = "web";
    c.frontends = {f};
    return std::vector<model::provider_configuration>{{"docker", std::make_shared<const model::configuration>(c)}};
  };
  s.verdicts = [] {
    model::verdict good, bad;
    good.service = "web";
    good.service_id = "svc1";
    good.state = model::routing_state::routed;
    good.frontends = {"frontend-Host-a"};
    bad.service = "x\x1b[31m";
    bad.reason = "the label traefik.port is missing";
    bad.diagnostics = {{model::severity::error, "no-port", "traefik.port", "", "the label traefik.port is missing", "add traefik.port"}};
    return std::make_shared<const model::verdict_list>(model::verdict_list{good, bad});
  };
  s.status = [] {
    discovery::status out;
    out.last_good = base::now();
    out.generation = 3;
    return out;
  };
  s.stats = [] { return proxy::stats{}; };
  s.figures = [] {
    proxy::figures out;
    proxy::traffic_figures t;
    t.name = "backend-web";
    t.answers.push_back({503, "GET", "http", 40, 1, {}});
    out.backends = {t};
    proxy::server_figures f;
    f.backend = "backend-web";
    f.url = "http://10.0.0.5:80";
    static const model::origin origin{"svc1", "web", "task1abcdefghijkl", 1, "node1", ""};
    f.origin = &origin;
    f.requests = 100;
    f.errors = 40;
    f.recent_requests = 100;
    f.recent_errors = 40;
    f.held = true;
    out.servers = {f};
    return out;
  };
  s.swarm = [] {
    discovery::swarm_service_view v;
    v.id = "svc1";
    v.name = "web";
    v.update_state = "paused";
    v.tasks = {{"task1abcdefghijkl", "node1", "starting", "running", 1}};
    return discovery::swarm_view{v};
  };
  s.explain = [](const proxy::request_question& q) {
    proxy::request_explanation out;
    out.entry_point = q.entry_point.empty() ? "http" : q.entry_point;
    out.outcome = q.method + " " + q.host + " " + q.target + " " + (q.headers.empty() ? "" : q.headers[0].first + "=" + q.headers[0].second);
    return out;
  };
  s.changes = [] { return std::vector<numbered_change>{{4, 1.5, {"web", "backend-web", "backend changed", "+", "-", "task started", 3}}}; };
  s.log_lines_lost = s.access_lines_lost = [] { return std::uint64_t{0}; };
  return s;
}

response get(const std::string& target) { return respond({"GET", target}, shop()); }
json got(const std::string& target) {
  const response r = get(target);
  REQUIRE(r.status == 200);
  CHECK(body_of(r).find('<') == std::string::npos);  // harmless in a page
  return json::parse(body_of(r));
}

}  // namespace

TEST_CASE("explain lists every service with its verdict", "[unit][app][explain]") {
  const json all = got("/api/explain");
  REQUIRE(all["services"].size() == 2);
  CHECK(all["services"][0]["service"] == "web");
  CHECK(all["services"][1]["codes"] == json::array({"no-port"}));
  CHECK_THAT(body_of(get("/api/explain?as=text")), Contains("the label traefik.port is missing"));
}

TEST_CASE("explain tells what traffic and tasks show", "[unit][app][explain]") {
  const json one = got("/api/explain/service/web");
  std::set<std::string> codes;
  for (const json& d : one["diagnostics"]) {
    codes.insert(d["code"]);
    CHECK(d["fix"] != "");
  }
  CHECK(codes == std::set<std::string>{"tasks-not-running", "update-paused", "many-errors", "connects-fail", "no-health-check"});
  CHECK(one["backends"][0]["servers"][0]["requests"] == 100);
  CHECK(one["tasks"][0]["state"] == "starting");
  CHECK(one["frontends"][0]["rules"][0] == "Host:<img src=x>");
  CHECK(got("/api/explain/service/svc1")["service"] == "web");
  const std::string text = body_of(get("/api/explain/service/web?as=text"));
  CHECK_THAT(text, Contains("fix: ") && Contains("-> http://10.0.0.5:80") && Contains("held"));
}

TEST_CASE("an unknown service is not found, and said so", "[unit][app][explain]") {
  CHECK(get("/api/explain/service/nobody").status == 404);
  CHECK_THAT(body_of(get("/api/explain/service/nobody")), Contains("no service nobody"));
}

TEST_CASE("names do not move the terminal's cursor", "[unit][app][explain]") {
  for (const char* path : {"/api/explain?as=text", "/api/status?as=text"}) CHECK(body_of(get(path)).find('\x1b') == std::string::npos);
}

TEST_CASE("a request in a query", "[unit][app][explain]") {
  CHECK(got("/api/explain/request?method=POST&url=https%3A%2F%2Fa.example%2Fx%3Fy%3D1&header=X-A:%20b+c&entryPoint=https")["outcome"] ==
        "POST a.example /x?y=1 X-A=b c");
  CHECK(got("/api/explain/request?url=a.example")["outcome"] == "GET a.example / ");
  CHECK(got("/api/explain/request?url=/only/path")["host"] == "");
  CHECK(got("/api/explain/request?url=a.example?x=://y")["outcome"] == "GET a.example /?x=://y ");
  CHECK(get("/api/explain/request").status == 400);
  CHECK(get("/api/explain/request?url=a&header=nonsense").status == 400);
}

TEST_CASE("status as a table", "[unit][app][explain]") {
  const std::string text = body_of(get("/api/status?as=text"));
  CHECK_THAT(text, Contains("generation 3") && Contains("backend-web") && Contains("task1abcdefg ") && Contains("not routed:"));
  CHECK(json::parse(body_of(get("/api/status"))).contains("servedGeneration"));
}

TEST_CASE("the dashboard's events: everything, then only what changed", "[unit][app][dashboard]") {
  const sources s = shop();
  const response r = respond({"GET", "/api/events"}, s);
  REQUIRE(r.events);
  const auto event = [](const std::string& text) {
    REQUIRE(text.starts_with("data: "));
    REQUIRE(text.ends_with("\n\n"));
    CHECK(text.find('\n') == text.size() - 2);
    return json::parse(text.substr(6));
  };
  const json first = event(r.events->next());
  CHECK(first["services"].size() == 2);
  CHECK(first["backends"]["backend-web"][1] == 40);
  CHECK(first["servers"]["backend-web http://10.0.0.5:80"][6] == true);
  CHECK(first["changes"][0]["reason"] == "task started");
  const json second = event(r.events->next());
  CHECK(second.contains("head"));
  CHECK_FALSE(second.contains("services"));
  CHECK_FALSE(second.contains("backends"));
  CHECK_FALSE(second.contains("changes"));
}

TEST_CASE("many viewers cost one look a second", "[unit][app][dashboard]") {
  sources s = shop();
  base::mono_time now = base::now();
  s.now = [&now] { return now; };
  unsigned looks = 0;
  std::string reason = "first";
  s.figures = [figures = s.figures, &looks, &now] {
    now += std::chrono::seconds(3);  // a look that takes longer than the pause between two
    ++looks;
    proxy::figures out = figures();
    out.servers[0].held = false;  // it is the verdict's word that changes
    return out;
  };
  s.verdicts = [verdicts = s.verdicts, &reason] {
    auto out = std::make_shared<model::verdict_list>(*verdicts());
    (*out)[0].state = model::routing_state::routed_with_warnings;
    (*out)[0].reason = reason;
    if (reason == "third") out = std::make_shared<model::verdict_list>(model::verdict_list{std::as_const(*out)[0]});
    return out;
  };
  const auto told = [](const response& r) { return json::parse(r.events->next().substr(6)); };
  std::vector<response> viewers;
  for (int i = 0; i < 5; ++i) {
    viewers.push_back(respond({"GET", "/api/events"}, s));
    CHECK(told(viewers.back())["services"].size() == 2);
    CHECK(looks == 1);
  }
  now += std::chrono::seconds(1);
  reason = "second";
  for (const response& r : viewers) {
    const json news = told(r);
    CHECK(news["services"].size() == 1);
    CHECK(news["services"]["web"]["reason"] == "second");
    CHECK_FALSE(news.contains("changes"));
    CHECK(looks == 2);
  }
  now += std::chrono::seconds(1);
  reason = "third";
  for (std::size_t i = 1; i < viewers.size(); ++i) CHECK(told(viewers[i])["gone"].size() == 1);
  now += std::chrono::seconds(1);
  const json late = told(viewers[0]);  // missed a look, and nothing of what it told
  CHECK(late["services"]["web"]["reason"] == "third");
  CHECK(late["gone"].size() == 1);
  CHECK_FALSE(told(viewers[1]).contains("gone"));
  CHECK(looks == 4);
  const json newcomer = told(respond({"GET", "/api/events"}, s));
  CHECK(newcomer["services"].size() == 1);
  CHECK_FALSE(newcomer.contains("gone"));
  CHECK(looks == 4);
  // Nobody watches: nothing is kept, and the next viewer gets a look of its own.
  viewers.clear();
  CHECK(s.watched->expired());
  CHECK(told(respond({"GET", "/api/events"}, s)).contains("changes"));
  CHECK(looks == 5);
}

TEST_CASE("the dashboard's files, and who may see them", "[unit][app][dashboard]") {
  const response page = get("/dashboard/");
  CHECK(page.status == 200);
  CHECK_THAT(page.content_type, Contains("text/html"));
  CHECK_THAT(page.fields, Contains("default-src 'none'"));
  CHECK_THAT(get("/dashboard/app.js").content_type, Contains("javascript"));
  CHECK(get("/").location == "/dashboard/");
  CHECK(get("/").status == 302);
  CHECK(get("/dashboard/nothing").status == 404);
  sources off = shop();
  off.dashboard = false;
  CHECK(respond({"GET", "/dashboard/"}, off).status == 404);
  CHECK(respond({"GET", "/"}, off).status == 404);
  CHECK(respond({"POST", "/dashboard/"}, shop()).status == 404);
}

TEST_CASE("advice about updates weighs the service's own settings against its traffic", "[unit][app][explain]") {
  sources from = shop();
  from.figures = [] {
    proxy::figures out;
    proxy::traffic_figures t;
    t.name = "backend-web";
    t.longest_stream_seconds = 25;
    out.backends = {t};
    return out;
  };
  discovery::swarm_service_view v;
  v.id = "svc1";
  v.name = "web";
  v.replicas = 1;
  v.health_check = true;
  const auto codes = [&] {
    from.swarm = [&v] { return discovery::swarm_view{v}; };
    std::set<std::string> out;
    const json answer = json::parse(body_of(respond({"GET", "/api/explain/service/web"}, from)));
    for (const json& d : answer["diagnostics"]) out.insert(d["code"]);
    return out;
  };
  CHECK(codes() == std::set<std::string>{"long-streams", "single-replica-stop-first"});
  v.stop_grace_seconds = 30;  // longer than the longest stream
  CHECK(codes() == std::set<std::string>{"single-replica-stop-first"});
  v.start_first = true;
  CHECK(codes().empty());
  v.start_first = false;
  v.replicas = 2;
  CHECK(codes().empty());
  v.health_check = false;
  CHECK(codes() == std::set<std::string>{"no-health-check"});
}

TEST_CASE("clients that all come from the ingress network are told of", "[unit][app][explain]") {
  const auto [network, share, clients, subnet, told] = GENERATE(table<const char*, double, unsigned, const char*, bool>({
      {"10.0.0.0", 0.99, 100, "10.0.0.0/24", true},
      {"10.0.0.0", 0.90, 100, "10.0.0.0/24", false},     // others came as well
      {"10.0.0.0", 1.00, 10, "10.0.0.0/24", false},      // too few to tell
      {"192.168.1.0", 1.00, 100, "10.0.0.0/24", false},  // a load balancer
      {"10.0.0.0", 1.00, 100, "", false},
      {"::", 1.00, 100, "10.0.0.0/24", false},
  }));
  CAPTURE(network, share, clients, subnet);
  sources from = shop();
  const proxy::figures figures = [&] {
    proxy::figures out;
    out.clients = clients;
    out.most_share = share;
    out.most_network = network;
    return out;
  }();
  from.figures = [&] { return figures; };
  from.status = [s = std::string(subnet)] {
    discovery::status out;
    out.ingress_subnet = s;
    return out;
  };
  const json all = json::parse(body_of(respond({"GET", "/api/explain"}, from)));
  CHECK(all["general"].size() == (told ? 1 : 0));
  if (told) CHECK(all["general"][0]["code"] == "mesh-clients");
}

TEST_CASE("ports of waggle behind the mesh are told of before anybody comes", "[unit][app][explain]") {
  sources from = shop();
  from.status = [] {
    discovery::status out;
    out.own_mesh_ports = {"80:80"};
    return out;
  };
  const json all = json::parse(body_of(respond({"GET", "/api/explain"}, from)));
  REQUIRE(all["general"].size() == 1);
  CHECK(all["general"][0]["code"] == "mesh-ports");
  CHECK_THAT(body_of(respond({"GET", "/api/explain?as=text"}, from)), Contains("mode: host"));
  const json page = json::parse(body_of(respond({"GET", "/api/overview"}, from)));
  CHECK(page["head"]["general"].size() == 1);
}

TEST_CASE("a node is shown by its name", "[unit][app][explain]") {
  sources from = shop();
  from.swarm = [] {
    discovery::swarm_service_view v;
    v.id = "svc1";
    v.name = "web";
    v.tasks = {{"task1abcdefghijkl", "node1", "starting", "running", 1, "manager-a"}};
    return discovery::swarm_view{v};
  };
  const json one = json::parse(body_of(respond({"GET", "/api/explain/service/web"}, from)));
  CHECK(one["tasks"][0]["nodeName"] == "manager-a");
  CHECK(one["tasks"][0]["node"] == "node1");
  CHECK_THAT(body_of(respond({"GET", "/api/explain/service/web?as=text"}, from)), Contains("manager-a"));
}

TEST_CASE("CLI, API and dashboard say the same of a service whose requests all fail", "[unit][app][explain]") {
  const sources from = shop();  // its server is left alone after failed connections
  const json one = json::parse(body_of(respond({"GET", "/api/explain/service/web"}, from)));
  CHECK(one["state"] == "failing");
  CHECK(one["reason"] == "its only server refuses connections");
  for (const char* path : {"/api/verdicts", "/api/explain"}) {
    const json all = json::parse(body_of(respond({"GET", path}, from)));
    CHECK((all.is_array() ? all : all["services"])[0]["state"] == "failing");
  }
  CHECK(json::parse(body_of(respond({"GET", "/api/overview"}, from)))["services"]["web"]["reason"] == one["reason"]);
  CHECK(json::parse(body_of(respond({"GET", "/api/status"}, from)))["services"]["failing"] == 1);
  CHECK_THAT(body_of(respond({"GET", "/api/status?as=text"}, from)), Contains("failing:") && Contains("its only server refuses connections"));
  CHECK_THAT(body_of(respond({"GET", "/api/explain?as=text"}, from)), Contains("failing") && Contains("its only server refuses connections"));
}

TEST_CASE("a load balancer that is not trusted is told of, with the flag that mends it", "[unit][app][explain]") {
  sources from = shop();
  from.stats = [] {
    proxy::stats out;
    out.requests = 1000;
    return out;
  };
  from.figures = [] {
    proxy::figures out;
    out.untrusted = {{"http", "10.1.2.0/24", "10.1.2.3", 900}, {"http", "203.0.113.0/24", "203.0.113.9", 2}};  // the second: a scanner
    return out;
  };
  from.status = [] {
    discovery::status out;
    out.last_good = base::now();
    out.ingress_subnet = "10.0.0.0/24";
    return out;
  };
  for (const char* path : {"/api/explain", "/api/explain/service/web", "/api/status"}) {
    const json all = json::parse(body_of(respond({"GET", path}, from)));
    REQUIRE(all["general"].size() == 1);
    CHECK(all["general"][0]["code"] == "untrusted-proxy");
    CHECK_THAT(all["general"][0]["fix"].get<std::string>(), Contains("ForwardedHeaders.TrustedIPs:10.1.2.0/24"));
  }
  for (const char* path : {"/api/explain?as=text", "/api/explain/service/web?as=text", "/api/status?as=text"})
    CHECK_THAT(body_of(respond({"GET", path}, from)), Contains("10.1.2.3") && !Contains("203.0.113"));
  CHECK(json::parse(body_of(respond({"GET", "/api/overview"}, from)))["head"]["general"].size() == 1);
}

TEST_CASE("nobody is told to trust the routing mesh", "[unit][app][explain]") {
  const proxy::untrusted_peer peer{"http", "10.0.0.0/24", "10.0.0.2", 1};
  CHECK_THAT(untrusted_finding(peer, "10.0.0.0/24").fix, Contains("mode: host") && !Contains("TrustedIPs"));
  CHECK_THAT(untrusted_finding(peer, "").fix, Contains("TrustedIPs:10.0.0.0/24"));
}
