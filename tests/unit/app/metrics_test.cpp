// /metrics: names, escaping, and what is not there.
#include "admin/exposition.hpp"
#include "admin/routes.hpp"

#include "catch.hpp"
#include "layer4_sample.hpp"

#include <waggle/proxy/stats_table.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

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
    static const model::origin origin{"svc1", "web", "task1", 3, "node1", ""};
    server.origin = &origin;
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
  CHECK(r.body.empty());
  REQUIRE(r.pieces);
  std::string all, piece;
  do {
    all += piece;
    piece.clear();
    r.pieces->next(piece);
  } while (!piece.empty());
  return all;
}

}  // namespace

TEST_CASE("Traefik 1.7's series with its labels", "[unit][app][metrics]") {
  const std::string text = scraped(with_traffic());
  const std::string name = "backend=\"backend-\\\"x\\\"\\\\\\n\xEF\xBF\xBD\"";
  CHECK_THAT(text, Contains("\ntraefik_backend_requests_total{code=\"200\",method=\"GET\",protocol=\"http\"," + name + "} 7\n"));
  CHECK_THAT(
      text, Contains("\ntraefik_backend_request_duration_seconds_bucket{code=\"200\",method=\"GET\",protocol=\"http\"," + name + ",le=\"0.1\"} 6\n"));
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

TEST_CASE("services are counted by the state that the API shows", "[unit][app][metrics]") {
  sources s = with_traffic();
  s.conditions = [] { return std::optional(std::array<std::uint64_t, 5>{4, 3, 2, 1, 0}); };
  const std::string text = scraped(s);
  for (const char* const line : {"routed\"} 4", "routed-with-warnings\"} 3", "failing\"} 2", "not-routed\"} 1", "not-exposed\"} 0"})
    CHECK_THAT(text, Contains(std::string("\nwaggle_services{state=\"") + line + "\n"));
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
  for (const char* const line :
       {"waggle_hedged_connects_total 5", "waggle_hedged_connects_won_total 4", "waggle_ejections_total 3", "waggle_retries_refused_total 2",
        "waggle_holds_total{outcome=\"expired\"} 6", "waggle_sticky_moves_total{reason=\"followed\"} 7",
        "waggle_sticky_moves_total{reason=\"failed\"} 8", "waggle_publish_seconds_total 0.5"})
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

TEST_CASE("the text is this, byte for byte", "[unit][app][metrics]") {
  sources s = with_traffic();
  s.figures = [] {
    proxy::figures out;
    proxy::traffic_figures entry, quiet, busy;
    entry.name = "http";
    quiet.name = "backend-quiet";
    busy.name = "backend-busy";
    busy.answers.push_back({200, "GET", "http", 1'234'567, 1.5e-6, {6, 1'234'567}});
    busy.answers.push_back({499, "EXTENSION_METHOD", "sse", 1, 3, {0, 0}});
    busy.open = {{"GET", "http", 0}, {"EXTENSION_METHOD", "sse", 12}};
    out.entry_points = {entry};
    out.backends = {quiet, busy};
    proxy::server_figures one, other;
    one.backend = other.backend = "backend-busy";
    one.url = "http://10.0.0.5:80";
    other.url = "http://a\"b\\:80";
    static const model::origin origin{"svc1", "web", "task1", 3, "node1", "alpha"};
    one.origin = &origin;
    one.requests = 1, one.errors = 2, one.failures = 3, one.active = 4, one.idle = 5, one.connects = 6, one.connect_failures = 7;
    one.bytes_in = 8, one.bytes_out = 18'446'744'073'709'551'615U, one.seconds = 0.1, one.held = true;
    other.up = false, other.seconds = 1e17;
    out.servers = {one, other, one};
    return out;
  };
  const std::string text = scraped(s);
  const std::size_t from = text.find("# HELP traefik_entrypoint_requests_total"), to = text.find("# HELP waggle_view_age_seconds");
  REQUIRE(from < to);
  CHECK(text.substr(from, to - from) ==
        R"(# HELP traefik_entrypoint_requests_total How many requests on an entry point, by status code, method and protocol.
# TYPE traefik_entrypoint_requests_total counter
# HELP traefik_entrypoint_request_duration_seconds How long requests on an entry point took, by status code, method and protocol.
# TYPE traefik_entrypoint_request_duration_seconds histogram
# HELP traefik_entrypoint_open_connections How many requests on an entry point are in progress, by method and protocol.
# TYPE traefik_entrypoint_open_connections gauge
# HELP traefik_backend_requests_total How many requests to a backend, by status code, method and protocol.
# TYPE traefik_backend_requests_total counter
traefik_backend_requests_total{code="200",method="GET",protocol="http",backend="backend-busy"} 1234567
traefik_backend_requests_total{code="499",method="EXTENSION_METHOD",protocol="sse",backend="backend-busy"} 1
# HELP traefik_backend_request_duration_seconds How long requests to a backend took, by status code, method and protocol.
# TYPE traefik_backend_request_duration_seconds histogram
traefik_backend_request_duration_seconds_bucket{code="200",method="GET",protocol="http",backend="backend-busy",le="0.1"} 6
traefik_backend_request_duration_seconds_bucket{code="200",method="GET",protocol="http",backend="backend-busy",le="5"} 1234567
traefik_backend_request_duration_seconds_bucket{code="200",method="GET",protocol="http",backend="backend-busy",le="+Inf"} 1234567
traefik_backend_request_duration_seconds_sum{code="200",method="GET",protocol="http",backend="backend-busy"} 1.5e-06
traefik_backend_request_duration_seconds_count{code="200",method="GET",protocol="http",backend="backend-busy"} 1234567
traefik_backend_request_duration_seconds_bucket{code="499",method="EXTENSION_METHOD",protocol="sse",backend="backend-busy",le="0.1"} 0
traefik_backend_request_duration_seconds_bucket{code="499",method="EXTENSION_METHOD",protocol="sse",backend="backend-busy",le="5"} 0
traefik_backend_request_duration_seconds_bucket{code="499",method="EXTENSION_METHOD",protocol="sse",backend="backend-busy",le="+Inf"} 1
traefik_backend_request_duration_seconds_sum{code="499",method="EXTENSION_METHOD",protocol="sse",backend="backend-busy"} 3
traefik_backend_request_duration_seconds_count{code="499",method="EXTENSION_METHOD",protocol="sse",backend="backend-busy"} 1
# HELP traefik_backend_open_connections How many requests to a backend are in progress, by method and protocol.
# TYPE traefik_backend_open_connections gauge
traefik_backend_open_connections{method="GET",protocol="http",backend="backend-busy"} 0
traefik_backend_open_connections{method="EXTENSION_METHOD",protocol="sse",backend="backend-busy"} 12
# HELP traefik_backend_retries_total How many times a request was sent again to a backend.
# TYPE traefik_backend_retries_total counter
traefik_backend_retries_total{backend="backend-quiet"} 0
traefik_backend_retries_total{backend="backend-busy"} 0
# HELP traefik_backend_server_up Whether a server of a backend is up: 0 or 1.
# TYPE traefik_backend_server_up gauge
traefik_backend_server_up{backend="backend-busy",url="http://10.0.0.5:80"} 1
traefik_backend_server_up{backend="backend-busy",url="http://a\"b\\:80"} 0
# HELP waggle_server_requests_total Requests that were sent to a server.
# TYPE waggle_server_requests_total counter
waggle_server_requests_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 1
waggle_server_requests_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_request_seconds_total Seconds that requests to a server took together.
# TYPE waggle_server_request_seconds_total counter
waggle_server_request_seconds_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 0.1
waggle_server_request_seconds_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 1e+17
# HELP waggle_server_errors_total Answers of a server with status 500 and above.
# TYPE waggle_server_errors_total counter
waggle_server_errors_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 2
waggle_server_errors_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_failures_total Requests that a server left without a good answer.
# TYPE waggle_server_failures_total counter
waggle_server_failures_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 3
waggle_server_failures_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_active_requests Requests that a server is working on.
# TYPE waggle_server_active_requests gauge
waggle_server_active_requests{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 4
waggle_server_active_requests{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_idle_connections Connections to a server that are kept for reuse.
# TYPE waggle_server_idle_connections gauge
waggle_server_idle_connections{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 5
waggle_server_idle_connections{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_connects_total Connections to a server that were begun.
# TYPE waggle_server_connects_total counter
waggle_server_connects_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 6
waggle_server_connects_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_connect_failures_total Connections to a server that failed.
# TYPE waggle_server_connect_failures_total counter
waggle_server_connect_failures_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 7
waggle_server_connect_failures_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_held 1: left alone for a while after failed connections.
# TYPE waggle_server_held gauge
waggle_server_held{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 1
waggle_server_held{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_received_bytes_total Bytes of answers' bodies from a server.
# TYPE waggle_server_received_bytes_total counter
waggle_server_received_bytes_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 18446744073709551615
waggle_server_received_bytes_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
# HELP waggle_server_sent_bytes_total Bytes of requests' bodies to a server.
# TYPE waggle_server_sent_bytes_total counter
waggle_server_sent_bytes_total{backend="backend-busy",service="web",task="task1",slot="3",node="alpha",url="http://10.0.0.5:80"} 8
waggle_server_sent_bytes_total{backend="backend-busy",service="",task="",slot="",node="",url="http://a\"b\\:80"} 0
)");
}

TEST_CASE("many servers come in small pieces that make one text", "[unit][app][metrics]") {
  static std::vector<std::string> urls;
  static std::uint64_t generation = 1;
  static std::string backend = "backend-web";
  urls.clear();
  for (int i = 0; i < 2'000; ++i) urls.push_back("http://10.0.0.5:" + std::to_string(i));
  sources s = with_traffic();
  s.figures = [] {
    proxy::figures out;
    out.generation = generation;
    for (const std::string& url : urls) {
      proxy::server_figures one;
      one.backend = backend;
      one.url = url;
      one.requests = static_cast<std::uint64_t>(out.servers.size());
      out.servers.push_back(one);
    }
    return out;
  };
  const response r = respond({"GET", "/metrics"}, s);
  REQUIRE(r.pieces);
  std::string all;
  for (std::string piece;; piece.clear()) {
    r.pieces->next(piece);
    if (piece.empty()) break;
    CHECK(piece.size() < 64 * 1024);
    CHECK(piece.ends_with('\n'));
    all += piece;
  }
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = all.find("\nwaggle_server_requests_total{", at)) != std::string::npos; ++at) ++lines;
  CHECK(lines == 2'000);
  const auto line = [](std::size_t i, const std::string& name) {
    return "\nwaggle_server_requests_total{backend=\"" + name + "\",service=\"\",task=\"\",slot=\"\",node=\"\",url=\"" + urls[i] + "\"} " +
           std::to_string(i) + "\n";
  };
  for (const std::size_t i : {0, 1'234, 1'999}) CHECK_THAT(all, Contains(line(i, "backend-web")));
  CHECK_THAT(all, Contains("\n# TYPE waggle_server_sent_bytes_total counter\n") && Contains("\nprocess_threads "));

  // Another table has other labels; they are kept for one.
  backend = "backend-other";
  ++generation;
  CHECK_THAT(scraped(s), Contains(line(7, "backend-other")) && !Contains("backend-web"));
  CHECK_THAT(all = scraped(s), Contains(line(7, "backend-other")));
}

TEST_CASE("metrics are there only if they are asked for", "[unit][app][metrics]") {
  sources s = with_traffic();
  s.metrics = false;
  s.api = true;
  CHECK(respond({"GET", "/metrics"}, s).status == 404);
}

// Dashboards and alerts are written against these. Values, and series of things that have names of their own, are left out.
TEST_CASE("services below HTTP have their families, and without them there are none", "[unit][app][metrics][l4]") {
  sources from = with_traffic();
  CHECK_THAT(scraped(from), !Contains("waggle_l4_"));
  const test::layer4_sample sample;
  from.layer4 = [&](const proxy::layer4_wishes& w) {
    CHECK_FALSE(w.persistence);  // a scrape must not look at a million entries
    proxy::layer4_figures out = sample.figures();
    out.tcp[0].servers.push_back(out.tcp[0].servers[0]);  // named twice
    return out;
  };
  const std::string text = scraped(from);
  const std::string pg = "{protocol=\"tcp\",provider=\"docker\",backend=\"pg\"";
  const std::string server = pg + ",service=\"shop_pg\",task=\"task1\",slot=\"1\",node=\"alpha\",server=\"10.0.1.6:5432\"";
  for (const std::string& line :
       {"waggle_l4_connections_total" + server + "} 2", "waggle_l4_open" + server + ",state=\"active\"} 2",
        "waggle_l4_open" + server + ",state=\"inactive\"} 1", "waggle_l4_packets_total" + server + ",direction=\"in\"} 12",
        "waggle_l4_packets_total" + server + ",direction=\"out\"} 8", "waggle_l4_bytes_total" + server + ",direction=\"in\"} 788",
        "waggle_l4_bytes_total" + server + ",direction=\"out\"} 986", "waggle_l4_sessions" + pg + "} 3",
        "waggle_l4_refused_total" + pg + ",reason=\"no-server\"} 5", "waggle_l4_waited_total" + pg + "} 4",
        std::string("waggle_l4_drops_total{protocol=\"udp\",provider=\"docker\",backend=\"dns\",reason=\"no-server\"} 9"),
        std::string("waggle_l4_persistence_entries 3")}) {
    INFO(line);
    const auto at = text.find("\n" + line + "\n");
    CHECK(at != std::string::npos);
    CHECK(text.find("\n" + line + "\n", at + 1) == std::string::npos);
  }
  CHECK_THAT(text, Contains("\nwaggle_l4_connect_failures_total" + pg +
                            ",service=\"shop_pg\",task=\"task2\",slot=\"2\",node=\"node2\",server=\"10.0.1.5:5432\"} 3\n"));
}

TEST_CASE("names, helps, types and their order are those of tests/golden/metrics.txt", "[unit][app][metrics]") {
  const std::array<std::string, 5> by_thing{"traefik_", "waggle_server_", "waggle_streams_open", "waggle_build_info", "waggle_discovery_looks"};
  sources from = with_traffic();
  from.docker = true;
  std::istringstream lines(scraped(from));
  std::string told;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) {
      if (std::any_of(by_thing.begin(), by_thing.end(), [&](const std::string& name) { return line.starts_with(name); })) continue;
      line.resize(line.rfind(' '));
    }
    told += line + "\n";
  }
  std::ifstream in(WAGGLE_GOLDEN_METRICS);
  std::stringstream golden;
  golden << in.rdbuf();
  CHECK(told == golden.str());
}

TEST_CASE("every total has its own place in /metrics", "[unit][app][metrics]") {
  const auto& rows = proxy::stats_table<std::uint64_t>;
  sources from = with_traffic();
  from.stats = [&] {
    proxy::stats out;
    std::uint64_t n = 1'000'000;
    for (const auto& row : rows) (row.counted ? out.*row.counted : out.*row.other) = ++n;
    return out;
  };
  const std::string text = scraped(from);
  std::uint64_t n = 1'000'000;
  std::string family;
  for (const auto& row : rows) {
    ++n;
    if (!row.family.empty()) family = row.family;
    else if (row.label.name.empty()) continue;
    const std::string label = row.label.name.empty() ? "" : "{" + std::string(row.label.name) + "=\"" + std::string(row.label.value) + "\"}";
    CHECK_THAT(text, Contains("\n" + family + label + " " + std::to_string(n) + "\n"));
  }
}
