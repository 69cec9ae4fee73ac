// Who may be asked for: DNS rebinding makes a stranger's name lead to the API.
#include "admin/known_hosts.hpp"
#include "admin/routes.hpp"

#include "catch.hpp"
#include "traefik1.hpp"

using namespace waggle;
using namespace waggle::app::admin;
using Catch::Matchers::Contains;

namespace {

model::provider_configuration routes(const std::string& rule, std::uint16_t port, const std::string& entry = "http",
                                     const std::string& host = "10.0.0.2") {
  test::configuration c;
  model::backend b;
  b.name = "b";
  model::server s;
  s.host = host;
  s.port = port;
  b.servers = {s};
  c.backends.push_back(b);
  model::frontend f;
  f.backend = "b";
  f.entry_points = {entry};
  f.routes = {{"r", rule}};
  c.frontends.push_back(f);
  return {"docker", test::shared(c)};
}

}  // namespace

TEST_CASE("names that nobody outside can make lead here", "[unit][app][admin]") {
  const own_names own{{"Edge.example", "10.0.0.1"}, "node-1.corp.example", "traefik", 8080};
  for (const char* host :
       {"", "localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "[fd00::2]", "10.9.8.7", "waggle:8080", "a1b2c3d4e5f6", "edge_waggle",
        "tasks.edge_waggle:8080", "x.localhost", "edge.example", "EDGE.example.:8080", "node-1.corp.example:8080"}) {
    CAPTURE(host);
    CHECK(is_known_host(host, own, {}));
  }
  for (const char* host :
       {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "evil_x.example", "a.edge.example",
        "10.0.0.1x.example", "evil.xn--p1ai", "localhost,evil.example", "evil.example, localhost", "127.0.0.1,evil.example", "256.1.1.evil"}) {
    CAPTURE(host);
    CHECK_FALSE(is_known_host(host, own, {}));
  }
}

TEST_CASE("names of frontends that lead to the API", "[unit][app][admin]") {
  const own_names own{{}, "a1b2", "traefik", 8080, [](const std::string& ip) { return ip == "10.0.0.2"; }};
  CHECK(is_known_host("edge.example", own, {routes("Host:edge.example;PathPrefix:/", 8080)}));
  CHECK(is_known_host("a.edge.example.", own, {routes("PathPrefix:/;HostRegexp:{s:[a-z]+}.edge.example", 8080)}));
  CHECK(is_known_host("edge.example", own, {routes("Host:edge.example", 80, "traefik")}));
  CHECK_FALSE(is_known_host("edge.example", own, {routes("Host:edge.example", 80)}));
  // A service elsewhere that only listens on the same port is no way to the API.
  CHECK_FALSE(is_known_host("tenant.example", own, {routes("Host:tenant.example", 8080, "http", "10.0.0.3")}));
  CHECK(is_address_of_this_machine("127.0.0.1"));
  CHECK(is_address_of_this_machine("127.1.2.3"));
  for (const char* ip : {"192.0.2.1", "2001:db8::1", "localhost", "127.x", ""}) CHECK_FALSE(is_address_of_this_machine(ip));
  // Somebody's service for all that is lost, or for one name in all domains, listens on the API's port, too.
  for (const char* rule : {"HostRegexp:{any:.+}", "HostRegexp:{any:.*}", "HostRegexp:traefik.{domain:.+}", "HostRegexp:{n:[a-z.]+}.example",
                           "HostRegexp:traefik.evil.{tld:[a-z]+}"})
    for (const char* entry : {"http", "traefik"}) {
      CAPTURE(rule);
      CHECK_FALSE(is_known_host("traefik.evil.example", own, {routes(rule, 8080, entry)}));
    }
  CHECK_FALSE(is_known_host("evil.example", own, {routes("HostRegexp:{n:[a-z]+}.example", 8080)}));
  CHECK_FALSE(is_known_host("other.example", own, {routes("Host:edge.example", 8080), routes("PathPrefix:/", 8080), {"file", nullptr}}));
}

TEST_CASE("a foreign host gets nothing but the health checks, and is told the flag", "[unit][app][admin]") {
  sources from;
  from.ready = [] { return true; };
  from.metrics = from.dashboard = true;
  from.knows_host = [](std::string_view host) { return host == "localhost"; };
  for (const char* path : {"/api", "/api/version", "/dashboard/", "/health", "/metrics", "/api/overview", "/api/explain", "/api/events"}) {
    CAPTURE(path);
    const response r = respond({"GET", path, "evil.example"}, from);
    CHECK(r.status == 403);
    CHECK_THAT(r.body, Contains("--api.hosts=evil.example"));
    CHECK(r.fields.find("Access-Control") == std::string::npos);
  }
  CHECK(respond({"GET", "/api/version", "localhost"}, from).status == 200);
  CHECK(respond({"GET", "/ping", "evil.example"}, from).status == 200);
  CHECK(respond({"GET", "/elsewhere", "evil.example"}, from).status == 404);
  CHECK(respond({"OPTIONS", "/api", "evil.example"}, from).status == 404);  // no preflight is granted
  CHECK_THAT(unknown_host_text("<b>\"x.example"), Contains("--api.hosts=?b??x.example"));
}
