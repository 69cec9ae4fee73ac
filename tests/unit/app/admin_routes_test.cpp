// Paths of the admin entry point → answers, without sockets.
#include "admin/routes.hpp"
#include "startup/internal_routes.hpp"

#include "catch.hpp"
#include "traefik1.hpp"

#include <waggle/match/rule.hpp>

#include <nlohmann/json.hpp>

using namespace waggle::app::admin;
using namespace waggle::app;
using namespace waggle;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

constexpr const char* config_json =
    R"({"backends":{"backend-web":{"servers":{"s/1":{"url":"http://10.0.0.5:80","weight":1}},"loadBalancer":{"method":"wrr"}}},)"
    R"("frontends":{"frontend-x":{"backend":"backend-web","routes":{"route-1":{"rule":"Query:a=\u003c\u0026\u003e"}},)"
    R"("passHostHeader":true,"priority":0,"basicAuth":null}}})";

std::shared_ptr<const model::configuration> config() {
  model::server server;
  server.name = "s/1";
  server.url = "http://10.0.0.5:80";
  model::backend backend;
  backend.name = "backend-web";
  backend.servers = {server};
  backend.balance.emplace().method = "wrr";
  model::frontend frontend;
  frontend.name = "frontend-x";
  frontend.backend = "backend-web";
  frontend.routes = {{"route-1", "Query:a=<&>"}};
  test::configuration out;
  out.backends = {backend};
  out.frontends = {frontend};
  return test::shared(out);
}

sources with_config() {
  sources s;
  s.started = base::now();
  s.ready = [] { return true; };
  s.providers = [] { return std::vector<model::provider_configuration>{{"docker", config()}}; };
  s.stats = [] {
    proxy::stats out;
    out.status = {{200, 8}, {404, 2}};
    out.response_time_us = 10'000;
    out.bytes_out = 1'000;
    out.generation = 4;
    return out;
  };
  s.status = [] {
    discovery::status out;
    out.connected = true;
    out.last_good = base::now();
    out.generation = 5;
    out.looks = 7;
    out.looks_by_reason = {{"interval", 7}};
    return out;
  };
  s.verdicts = [] {
    model::verdict v;
    v.service = "web";
    v.state = model::routing_state::not_routed;
    v.reason = "no rule \xff";
    v.diagnostics.push_back({model::severity::error, "bad-port", "traefik.port", "<x>", "no number", "give one"});
    return std::make_shared<const model::verdict_list>(std::vector{v});
  };
  s.log_lines_lost = [] { return std::uint64_t{3}; };
  return s;
}

response get(const std::string& target, const sources& from = with_config()) { return respond({"GET", target}, from); }

}  // namespace

TEST_CASE("ready is not the same as running", "[unit][app][admin]") {
  sources from = with_config();
  CHECK(get("/ready", from).status == 200);
  from.awaited = [] { return std::string("no view of the swarm yet"); };
  CHECK(get("/ping", from).status == 200);
  CHECK(get("/ready", from).status == 503);
  CHECK(body_of(get("/ready", from)) == "not ready: no view of the swarm yet\n");
  CHECK(json::parse(body_of(get("/api/status", from)))["unready"] == "no view of the swarm yet");
  from.ready = [] { return false; };
  CHECK(body_of(get("/ready", from)) == "not ready: waggle is stopping\n");
}

TEST_CASE("the configuration as Traefik's API shows it", "[unit][app][admin]") {
  const std::string docker = std::string("{\"docker\":") + config_json + "}";
  for (const char* path : {"/api", "/api/providers", "/api?x=1", "http://host:8080/api"}) {
    CAPTURE(path);
    const response r = get(path);
    CHECK(r.status == 200);
    CHECK(r.content_type == "application/json; charset=UTF-8");
    CHECK(body_of(r) == docker);
  }
  CHECK(body_of(get("/api/providers/docker")) == config_json);
}

TEST_CASE("parts of the configuration", "[unit][app][admin]") {
  const auto [path, body] = GENERATE(table<const char*, const char*>({
      {"/backends", R"({"backend-web":{"servers":{"s/1":{"url":"http://10.0.0.5:80","weight":1}},"loadBalancer":{"method":"wrr"}}})"},
      {"/backends/backend-web/servers", R"({"s/1":{"url":"http://10.0.0.5:80","weight":1}})"},
      {"/backends/backend%2Dweb/servers/s%2f1", R"({"url":"http://10.0.0.5:80","weight":1})"},
      {"/frontends/frontend-x/routes", R"({"route-1":{"rule":"Query:a=\u003c\u0026\u003e"}})"},
      {"/frontends/frontend-x/routes/route-1", R"({"rule":"Query:a=\u003c\u0026\u003e"})"},
  }));
  CAPTURE(path);
  const response r = get(std::string("/api/providers/docker") + path);
  CHECK(r.status == 200);
  CHECK(body_of(r) == body);
}

TEST_CASE("what is not there gets the 404 of the data path", "[unit][app][admin]") {
  const auto* path = GENERATE("/", "/nope", "/apix", "/api/x", "//api", "/api//providers", "/api/providers/file", "/api/providers/dock%65r2",
                              "/api/providers/docker/backends/nope", "/api/providers/docker/backends/nope/servers",
                              "/api/providers/docker/backends/backend-web/servers/nope", "/api/providers/docker/backends/../backends",
                              "/api/providers/docker/frontends/frontend-x/nope", "/api/providers/docker/basicAuth", "", "*", "api", "http://host",
                              "/ping/x", "/api/providers/docker/backends/backend-web/servers/s/1");
  CAPTURE(path);
  const response r = get(path);
  CHECK(r.status == 404);
  CHECK(body_of(r) == "404 page not found\n");
  CHECK(r.content_type == "text/plain; charset=utf-8");
  CHECK(r.nosniff);
}

TEST_CASE("an escape that need not be one is the same path, as for rules", "[unit][app][admin]") {
  for (const char* const path : {"/%70ing", "/%70%69%6E%67", "/%70%69%6e%67?x=%70"}) CHECK(get(path).status == 200);
  CHECK(body_of(get("/api/%70roviders/docker")) == config_json);
  CHECK(get("/%70ing/").location == "/ping");
  for (const char* const path : {"/%2570ing", "/p%2Fing", "%2Fping", "/ping%2F", "/%7", "/%zzping", "/ping%"}) CHECK(get(path).status == 404);
}

TEST_CASE("names that are no percent-encoding are refused", "[unit][app][admin]") {
  const auto* name = GENERATE("%", "%2", "%zz", "a%f");
  CHECK(get(std::string("/api/providers/") + name).status == 400);
}

TEST_CASE("a slash at the end is redirected, never elsewhere", "[unit][app][admin]") {
  CHECK(get("/api/").status == 301);
  CHECK(get("/api/").location == "/api");
  CHECK(get("/api/providers/docker/?a=b").location == "/api/providers/docker?a=b");
  CHECK(get("http://evil/ping/").location == "/ping");
  for (const char* path : {"//evil.example/", "//", "/nope/", "//evil.example/%2f.."}) {
    CHECK(get(path).status == 404);
    CHECK(get(path).location.empty());
  }
}

TEST_CASE("before the first configuration", "[unit][app][admin]") {
  sources s = with_config();
  s.providers = [] { return std::vector<model::provider_configuration>{}; };
  CHECK(body_of(get("/api", s)) == "{}");
  CHECK(get("/api/providers/docker", s).status == 404);
  CHECK(get("/api/providers/docker/backends", s).status == 404);
}

TEST_CASE("an empty configuration has empty parts", "[unit][app][admin]") {
  sources s = with_config();
  s.providers = [] { return std::vector<model::provider_configuration>{{"docker", std::make_shared<const model::configuration>()}}; };
  CHECK(body_of(get("/api", s)) == "{\"docker\":{}}");
  CHECK(body_of(get("/api/providers/docker/backends", s)) == "{}");
  CHECK(body_of(get("/api/providers/docker/frontends", s)) == "{}");
  CHECK(get("/api/providers/docker/frontends/x/routes", s).status == 404);
}

TEST_CASE("reading only", "[unit][app][admin]") {
  const sources s = with_config();
  CHECK(respond({"HEAD", "/ping"}, s).status == 200);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"}) CHECK(respond({method, "/api/providers/docker"}, s).status == 404);
}

TEST_CASE("ping follows readiness, and is there without the API", "[unit][app][admin]") {
  sources s = with_config();
  CHECK(body_of(get("/ping", s)) == "OK");
  s.ready = [] { return false; };
  CHECK(get("/ping", s).status == 503);
  CHECK(body_of(get("/ping", s)) == "Service Unavailable");
  s.api = false;
  CHECK(get("/ping", s).status == 503);
  CHECK(get("/api", s).status == 404);
  CHECK(get("/health", s).status == 404);
}

TEST_CASE("a service serves its own paths alone", "[unit][app][admin]") {
  sources s = with_config();
  s.metrics = s.dashboard = true;
  const auto found = [&](const char* path, internal_kind service) { return respond({"GET", path, "localhost", service}, s).status != 404; };
  for (const char* const path : {"/api", "/api/", "/api/providers/docker", "/health", "/dashboard/", "/"}) {
    CHECK(found(path, internal_kind::api));
    CHECK_FALSE(found(path, internal_kind::ping));
    CHECK_FALSE(found(path, internal_kind::metrics));
  }
  CHECK(found("/ping", internal_kind::ping));
  CHECK_FALSE(found("/ping", internal_kind::api));
  CHECK_FALSE(found("/metrics", internal_kind::ping));
}

TEST_CASE("only what is no path of the API's is left to frontends", "[unit][app][admin]") {
  startup_plan plan;
  plan.proxy.entry_points.push_back({.name = "traefik", .address = ":1", .forwarded_headers = {}, .proxy_protocol = {}});
  plan.proxy.entry_points.back().operators = true;
  plan.dashboard = true;
  plan.internal = {{internal_kind::api, "traefik"}, {internal_kind::metrics, "traefik"}};
  const auto service = [&](const char* method, const char* path) {
    std::string found;
    const auto routes = internal_routes(plan);
    for (const auto& f : routes->http.routers) {
      const auto rule = match::compiled_rule::compile(f.rule.parts[0].rule, true);
      REQUIRE(rule.has_value());
      if ((*rule)->match({method, "h", path, "", {}}).matched) found += f.service;
    }
    return found;
  };
  for (const char* const own : {"/",
                                "/api",
                                "/api/",
                                "/api/providers",
                                "/api/providers/docker",
                                "/api/providers/nobody/",
                                "/api/version",
                                "/api/verdicts",
                                "/api/status/",
                                "/api/explain",
                                "/api/explain/service/x",
                                "/api/explain/request",
                                "/api/l4",
                                "/api/l4/",
                                "/api/overview",
                                "/api/events",
                                "/health",
                                "/dashboard",
                                "/dashboard/",
                                "/dashboard/app.js",
                                "/dashboard/status"}) {
    CAPTURE(own);
    CHECK(service("GET", own) == "api@internal");
    CHECK(service("HEAD", own) == "api@internal");
    for (const char* method : {"POST", "OPTIONS", "DELETE"}) CHECK(service(method, own).empty());
  }
  for (const char* const own : {"/ping", "/ping/", "/ready"}) CHECK(service("GET", own) == "ping@internal");
  CHECK(service("GET", "/metrics") == "metrics@internal");
  for (const char* const other : {"/x", "/apix", "/api/x", "/ping/x", "//api", "/api/providersx", "/dashboards", "/metrics/x", "*"})
    CHECK(service("GET", other).empty());
  plan.dashboard = false;
  for (const char* const other : {"/", "/dashboard", "/dashboard/app.js"}) CHECK(service("GET", other).empty());
  plan.dashboard = true;
  plan.proxy.entry_points.back().operators = false;
  CHECK(service("GET", "/").empty());  // services have it, too
  plan.internal = {{internal_kind::ping, "traefik"}};
  CHECK(service("GET", "/api").empty());
  CHECK(service("GET", "/ready") == "ping@internal");
}

TEST_CASE("health has Traefik's members in order", "[unit][app][admin]") {
  const response r = get("/health");
  const auto health = nlohmann::ordered_json::parse(body_of(r));
  std::string members;
  for (const auto& [key, value] : health.items()) members += key + ' ';
  CHECK(members ==
        "pid hostname uptime uptime_sec time unixtime status_code_count total_status_code_count count "
        "total_count "
        "total_response_time total_response_time_sec total_response_size average_response_size "
        "average_response_time "
        "average_response_time_sec total_metrics_counts average_metrics_timers ");
  CHECK(health["hostname"] == "");
  CHECK(health["total_status_code_count"] == json({{"200", 8}, {"404", 2}}));
  CHECK(health["total_count"] == 10);
  CHECK(health["total_response_time"] == "10ms");
  CHECK(health["average_response_time"] == "1ms");
  CHECK(health["average_response_size"] == 100);
}

TEST_CASE("waggle's own views", "[unit][app][admin]") {
  const json verdicts = json::parse(body_of(get("/api/verdicts")));
  REQUIRE(verdicts.size() == 1);
  CHECK(verdicts[0]["service"] == "web");
  CHECK(verdicts[0]["state"] == "not-routed");
  CHECK(verdicts[0]["reason"] == "no rule \xEF\xBF\xBD");  // not UTF-8: shown, not fatal
  CHECK(verdicts[0]["diagnostics"][0]["label"] == "traefik.port");
  CHECK_THAT(body_of(get("/api/verdicts")), Contains("\\u003cx\\u003e"));

  const json status = json::parse(body_of(get("/api/status")));
  CHECK(status["ready"] == true);
  CHECK(status["generation"] == 5);
  CHECK(status["servedGeneration"] == 4);
  CHECK(status["discovery"]["connected"] == true);
  CHECK(status["discovery"]["looksByReason"]["interval"] == 7);
  CHECK(status["services"]["not-routed"] == 1);
  CHECK(status["services"]["routed"] == 0);
  CHECK(status["logLinesLost"] == 3);

  const json version = json::parse(body_of(get("/api/version")));
  CHECK(version["Version"].get<std::string>()[0] == 'v');
  CHECK_FALSE(version["Codename"].get<std::string>().empty());
}

TEST_CASE("views before the first look", "[unit][app][admin]") {
  sources s = with_config();
  s.verdicts = [] { return std::shared_ptr<const model::verdict_list>{}; };
  s.status = [] { return discovery::status{}; };
  CHECK(body_of(get("/api/verdicts", s)) == "[]");
  CHECK(json::parse(body_of(get("/api/status", s)))["discovery"]["ageSec"].is_null());
}

TEST_CASE("a crowd that asks for a large document gets one text, while it is fresh and the same", "[unit][app][admin]") {
  sources s = with_config();
  base::mono_time now{};
  std::shared_ptr<const model::configuration> served = config();
  auto judged = std::make_shared<const model::verdict_list>();
  s.now = [&] { return now; };
  s.providers = [&] { return std::vector<model::provider_configuration>{{"docker", served}}; };
  s.verdicts = [&] { return judged; };
  for (const char* path : {"/api", "/api/providers/docker", "/api/providers/docker/backends", "/api/verdicts"}) {
    CAPTURE(path);
    const response first = get(path, s);
    REQUIRE(first.shared);
    const response second = get(path, s);
    CHECK(second.shared == first.shared);
    CHECK(second.status == 200);
    CHECK(second.content_type == first.content_type);
    CHECK(get("/api/providers/docker/frontends", s).shared != first.shared);
    now += std::chrono::milliseconds{999};
    CHECK(get(path, s).shared == first.shared);
    now += std::chrono::milliseconds{1};
    const response later = get(path, s);
    CHECK(later.shared != first.shared);
    CHECK(get(path, s).shared == later.shared);
    served = config();  // published anew
    const response anew = get(path, s);
    CHECK(anew.shared != later.shared);
    judged = std::make_shared<const model::verdict_list>();
    CHECK(get(path, s).shared != anew.shared);
  }
  std::weak_ptr<const std::string> last = get("/api", s).shared;
  CHECK(last.expired());  // nothing is kept when nobody is sent it
  CHECK_FALSE(get("/api/providers/none", s).shared);
}
