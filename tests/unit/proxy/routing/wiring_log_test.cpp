#include "routing/wiring_log.hpp"

#include "table_fixture.hpp"

#include "catch.hpp"

#include <algorithm>

using namespace waggle;
using namespace waggle::test;

TEST_CASE("what Traefik writes when it wires a frontend", "[unit][proxy][routing]") {
  compiling compile;
  test::configuration c{{backend("b", {server_at(1)})}, {frontend("f", "Host:a", "b")}};
  model::frontend& f = c.frontends[0];
  f.options.white_list = model::white_list{{"10.0.0.0/8", "::1"}, false};
  f.options.redirect = model::redirect{"", "^a", "b", false};
  f.options.headers = model::headers{};
  f.options.headers->custom_request_headers = {{"X-A", "1"}};
  f.options.headers->frame_deny = true;
  f.options.rate_limit = model::rate_limit{{{"r", {}}}, "client.ip"};
  model::backend& b = c.backends[0];
  b.health_check = model::health_check{"", "/h", 0, "soon", "", {{"X-H", "v"}}};
  b.max_conn = model::max_conn{5, "request.host"};
  b.buffering = model::buffering{4, 3, 2, 1, "Attempts() < 2"};
  b.circuit_breaker = model::circuit_breaker{"NetworkErrorRatio() > 0.5"};
  proxy::options opts;
  const auto lines = [&](const std::string& entry_point, proxy::routing::wiring how) {
    return proxy::routing::wiring_lines(f, b, "", entry_point, opts, how);
  };
  CHECK(lines("http", {}) ==
        std::vector<std::string>{
            "Wiring frontend f to entryPoint http", "Creating backend b", "configured IP white list: [10.0.0.0/8 ::1]",
            "Configured IP Whitelists: [10.0.0.0/8 ::1]", "Creating regex redirect http -> ^a -> b", "Frontend f redirect created",
            "Adding header middleware for frontend f", "Adding secure middleware for frontend f", "Creating load-balancer wrr",
            "Creating server server-1 at http://10.0.0.1:80 with weight 1",
            "Setting up backend health check [Hostname:  Headers: map[X-H:v] Path: /h Port: 0 Interval: 30s]", "Creating load-balancer rate limiter",
            "Creating load-balancer connection limit", "Creating load-balancer connection limit",
            "Setting up buffering: request limits: 3 (mem), 4 (max), response limits: 1 (mem), 2 (max) with retry: 'Attempts() < 2'",
            "Creating circuit breaker NetworkErrorRatio() > 0.5", "Creating route route-f Host:a"});
  f.options = {};
  f.options.redirect = model::redirect{"http", "", "", false};
  CHECK(lines("http", {.routed = false}).back() == "Creating circuit breaker NetworkErrorRatio() > 0.5");
  CHECK(lines("admin", {.routed = false})[2] == "Creating entry point redirect admin -> http");
  CHECK(lines("http", {.balanced = false, .routed = false}).back() == "Creating load-balancer wrr");
  opts.retry_attempts = 0;
  const auto has = [](const std::vector<std::string>& all, const std::string& line) { return std::find(all.begin(), all.end(), line) != all.end(); };
  CHECK(has(lines("http", {}), "Creating retries max attempts 1"));  // as many as servers
  opts.retry_attempts = 4;
  CHECK(has(lines("http", {}), "Creating retries max attempts 4"));
}

namespace {

struct lines_sink final : base::log_sink {
  std::vector<std::string> lines;
  void write(base::log_level, std::string line) noexcept override { lines.push_back(std::move(line)); }
  bool has(const std::string& part) const {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& l) { return l.find(part) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE("frontends that are equal but for their rules share a handler, and the log says so", "[unit][proxy][routing]") {
  test::configuration c{{backend("b", {server_at(1)})}, {frontend("f", "Host:a", "b"), frontend("g", "Host:b", "b"), frontend("h", "Host:c", "b")}};
  c.frontends[2].pass_host_header = false;
  lines_sink sink;
  base::logger log(sink, base::log_level::debug);
  const compiling with;
  proxy::routing::compiler compiler(with.opts, log);
  compiler.compile({{"docker", std::make_shared<const model::configuration>(c)}});
  CHECK_FALSE(sink.has("- docker - f - "));
  CHECK(sink.has("Reusing backend b [http - docker - g - "));
  CHECK_FALSE(sink.has("- docker - h - "));
}

TEST_CASE("what cannot be wired is told in Traefik's words", "[unit][proxy][routing]") {
  test::configuration c{
      {backend("b", {server_at(1)}), backend("odd", {server_at(1)})},
      {frontend("f", "Host:", "b"), frontend("g", "Query:a", "b"), frontend("h", "Host:h;ReplacePathRegex:x", "b"), frontend("i", "Host:i", "odd")}};
  c.backends[1].servers[0].port = 0;
  c.backends[1].servers[0].url = "http://10.0.0.1:+80";
  lines_sink sink;
  base::logger log(sink, base::log_level::debug);
  const compiling with;
  proxy::routing::compiler compiler(with.opts, log);
  const auto out = compiler.compile({{"docker", std::make_shared<const model::configuration>(c)}});
  REQUIRE(out.skipped.size() == 3);
  CHECK(out.skipped[0].reason == "error creating route for frontend f: error parsing rule: error parsing args from rule: 'Host:'");
  CHECK(out.skipped[1].reason == "error creating route for frontend g: error parsing rule: parsing error on rule: invalid expression: Query:a");
  CHECK(out.skipped[2].reason ==
        "error configuring load balancer for frontend i: error parsing server URL http://10.0.0.1:+80: parse \"http://10.0.0.1:+80\": "
        "invalid port \":+80\" after host");
  CHECK(sink.has("Invalid syntax for ReplacePathRegex: x. "));
  CHECK(sink.has("Creating load-balancer wrr"));
}
