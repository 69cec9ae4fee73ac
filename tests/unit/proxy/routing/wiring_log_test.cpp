#include "routing/wiring_log.hpp"

#include "table_fixture.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;

TEST_CASE("what Traefik writes when it wires a frontend", "[unit][proxy][routing]") {
  compiling compile;
  model::configuration c{{backend("b", {server_at(1)})}, {frontend("f", "Host:a", "b")}};
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
  proxy::routing::backend to;
  to.name = "b";
  to.source = std::make_shared<const model::backend>(b);
  CHECK(proxy::routing::wiring_lines(f, to, "http", true) ==
        std::vector<std::string>{
            "Wiring frontend f to entryPoint http", "Creating backend b", "configured IP white list: [10.0.0.0/8 ::1]",
            "Configured IP Whitelists: [10.0.0.0/8 ::1]", "Creating regex redirect http -> ^a -> b", "Frontend f redirect created",
            "Adding header middleware for frontend f", "Adding secure middleware for frontend f", "Creating load-balancer wrr",
            "Setting up backend health check [Hostname:  Headers: map[X-H:v] Path: /h Port: 0 Interval: 30s]",
            "Creating load-balancer rate limiter", "Creating load-balancer connection limit", "Creating load-balancer connection limit",
            "Setting up buffering: request limits: 3 (mem), 4 (max), response limits: 1 (mem), 2 (max) with retry: 'Attempts() < 2'",
            "Creating circuit breaker NetworkErrorRatio() > 0.5", "Creating route route-f Host:a"});
  f.options = {};
  f.options.redirect = model::redirect{"http", "", "", false};
  CHECK(proxy::routing::wiring_lines(f, to, "http", false).back() == "Creating circuit breaker NetworkErrorRatio() > 0.5");
  CHECK(proxy::routing::wiring_lines(f, to, "admin", false)[2] == "Creating entry point redirect admin -> http");
}
