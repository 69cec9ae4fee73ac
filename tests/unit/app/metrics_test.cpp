// /metrics: names, escaping, and what is not there.
#include "admin/exposition.hpp"
#include "admin/routes.hpp"

#include "catch.hpp"

#include <set>

using namespace waggle::app::admin;
using namespace waggle;
using Catch::Matchers::Contains;

namespace {

sources with_traffic() {
  sources s;
  s.api = false;
  s.metrics = true;
  s.started = base::now();
  s.duration_bounds = {0.1, 5};
  s.reloads = [] { return reload_figures{2, 0, 1'543'151'850.5, 0, 0.002}; };
  s.stats = [] {
    proxy::stats out;
    out.sticky_hits = 3;
    return out;
  };
  s.status = [] {
    discovery::status out;
    out.looks_by_reason = {{"interval", 7}};
    return out;
  };
  s.verdicts = [] { return std::make_shared<const model::verdict_list>(std::vector<model::verdict>(2)); };
  s.log_lines_lost = s.access_lines_lost = [] { return std::uint64_t{0}; };
  s.figures = [] {
    proxy::figures out;
    proxy::traffic_figures b;
    b.name = "backend-\"x\"\\\n\xff";
    b.answers.push_back({200, "GET", "http", 7, 0.25, {6, 7}});
    b.open.push_back({"GET", "websocket", 4});
    b.retries = 2;
    out.backends = {b};
    proxy::server_figures server;
    server.backend = "backend-web";
    server.url = "http://10.0.0.5:80";
    server.origin = {"svc1", "web", "task1", 3, "node1", ""};
    server.requests = 9;
    server.up = false;
    out.servers = {server, server};  // two providers, one name
    return out;
  };
  return s;
}

std::string scraped(const sources& s) {
  const response r = respond({"GET", "/metrics"}, s);
  REQUIRE(r.status == 200);
  CHECK(r.content_type == "text/plain; version=0.0.4; charset=utf-8");
  return r.body;
}

}  // namespace

TEST_CASE("Traefik 1.7's series with its labels", "[unit][app][metrics]") {
  const std::string text = scraped(with_traffic());
  const std::string name = "backend=\"backend-\\\"x\\\"\\\\\\n\xEF\xBF\xBD\"";
  CHECK_THAT(text, Contains("\ntraefik_backend_requests_total{code=\"200\",method=\"GET\",protocol=\"http\"," + name + "} 7\n"));
  CHECK_THAT(text, Contains("\ntraefik_backend_request_duration_seconds_bucket{code=\"200\",method=\"GET\",protocol=\"http\"," + name + ",le=\"0.1\"} 6\n"));
  CHECK_THAT(text, Contains(name + ",le=\"5\"} 7\n"));
  CHECK_THAT(text, Contains(name + ",le=\"+Inf\"} 7\n"));
  CHECK_THAT(text, Contains("\ntraefik_backend_request_duration_seconds_sum{code=\"200\",method=\"GET\",protocol=\"http\"," + name + "} 0.25\n"));
  CHECK_THAT(text, Contains("\ntraefik_backend_open_connections{method=\"GET\",protocol=\"websocket\"," + name + "} 4\n"));
  CHECK_THAT(text, Contains("\ntraefik_backend_retries_total{" + name + "} 2\n"));
  CHECK_THAT(text, Contains("\ntraefik_backend_server_up{backend=\"backend-web\",url=\"http://10.0.0.5:80\"} 0\n"));
  CHECK_THAT(text, Contains("\ntraefik_config_reloads_total 2\n"));
  CHECK_THAT(text, Contains("\ntraefik_config_last_reload_success 1543151850.5\n"));
}

TEST_CASE("waggle's own series name task, slot and node", "[unit][app][metrics]") {
  const std::string text = scraped(with_traffic());
  CHECK_THAT(text, Contains("\nwaggle_server_requests_total{backend=\"backend-web\",service=\"web\",task=\"task1\",slot=\"3\",node=\"node1\","
                            "url=\"http://10.0.0.5:80\"} 9\n"));
  CHECK_THAT(text, Contains("\nwaggle_sticky_sessions_total{outcome=\"kept\"} 3\n"));
  CHECK_THAT(text, Contains("\nwaggle_view_age_seconds -1\n"));
  CHECK_THAT(text, Contains("\nwaggle_discovery_looks_total{reason=\"interval\"} 7\n"));
  CHECK_THAT(text, Contains("\nwaggle_services{state=\"not-routed\"} 2\n"));
  CHECK_THAT(text, Contains("\nwaggle_streams_open{backend="));
  CHECK_THAT(text, Contains("\nprocess_resident_memory_bytes "));
}

TEST_CASE("what the data path does by itself has its figures", "[unit][app][metrics]") {
  sources s = with_traffic();
  s.reloads = [] { return reload_figures{2, 0, 1, 0, 0.002, 0.5}; };
  s.stats = [] {
    proxy::stats out;
    out.hedges = 5, out.hedges_won = 4, out.ejections = 3, out.retries_refused = 2, out.holds_expired = 6;
    out.sticky_followed = 7, out.sticky_failed = 8;
    return out;
  };
  const std::string text = scraped(s);
  for (const char* const line : {"waggle_hedged_connects_total 5", "waggle_hedged_connects_won_total 4", "waggle_ejections_total 3",
                                 "waggle_retries_refused_total 2", "waggle_holds_total{outcome=\"expired\"} 6",
                                 "waggle_sticky_moves_total{reason=\"followed\"} 7", "waggle_sticky_moves_total{reason=\"failed\"} 8",
                                 "waggle_publish_seconds_total 0.5"})
    CHECK_THAT(text, Contains("\n" + std::string(line) + "\n"));
}

TEST_CASE("every series is told once, every family has its type", "[unit][app][metrics]") {
  const std::string text = scraped(with_traffic());
  std::set<std::string> series, families;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    CAPTURE(line);
    if (line.starts_with("# TYPE ")) CHECK(families.insert(line.substr(7, line.find(' ', 7) - 7)).second);
    if (line.starts_with('#')) continue;
    CHECK(series.insert(line.substr(0, line.rfind(' '))).second);
    std::string name = line.substr(0, line.find_first_of("{ "));
    for (const char* suffix : {"_bucket", "_sum", "_count"})
      if (!families.contains(name) && name.ends_with(suffix)) name.resize(name.size() - std::string(suffix).size());
    CHECK(families.contains(name));
  }
  CHECK(series.size() > 40);
}

TEST_CASE("metrics are there only if they are asked for", "[unit][app][metrics]") {
  sources s = with_traffic();
  s.metrics = false;
  s.api = true;
  CHECK(respond({"GET", "/metrics"}, s).status == 404);
}
