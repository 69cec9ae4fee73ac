// server::explain says what the request path does.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;
using Catch::Matchers::Contains;

TEST_CASE("who wins, who lost and why, and where a cookie leads", "[integration][proxy][explain]") {
  fake_server a(always(ok("a"))), b(always(ok("b")));
  proxy_fixture edge;
  edge.publish({{"Host:h;PathPrefix:/api", {server_on(a.port())}, true, true},
                {"Host:h", {server_on(b.port())}, false, true},
                {"Host:other", {server_on(b.port())}, false, true},
                {"Host:empty", {}, false, true},
                {"Host:h;Method:POST", {server_on(b.port())}, false, true}});
  proxy::request_question q;
  q.host = "H:8080";
  q.target = "/api/x?y=1";
  q.headers = {{"Cookie", "SRV=" + a.url()}};
  proxy::request_explanation e = edge.server->explain(q);
  CHECK(e.entry_point == "http");
  CHECK(e.path == "/api/x");
  REQUIRE(e.routed);
  CHECK(e.status == 0);
  REQUIRE(e.routes.size() == 5);
  CHECK(e.routes[0].frontend == "frontend-0");
  CHECK(e.routes[1].frontend == "frontend-1");
  CHECK_THAT(e.routes[1].why, Contains("priority 6 is lower than 22"));
  CHECK(e.routes[2].frontend == "frontend-4");
  CHECK_THAT(e.routes[2].why, Contains("Method:POST does not match method GET"));
  CHECK(e.sticky);
  CHECK(e.cookie == "SRV");
  CHECK(e.server == 0);
  CHECK(edge.get("/api/x").body == "a");

  q.headers = {{"Cookie", "SRV=http://10.9.9.9:1"}};
  CHECK(edge.server->explain(q).server == -1);
  CHECK_THAT(edge.server->explain(q).affinity, Contains("no server of today"));
  q.host = "nobody";
  e = edge.server->explain(q);
  CHECK_FALSE(e.routed);
  CHECK(e.status == 404);
  CHECK_THAT(e.routes[0].why, Contains("does not match host nobody"));
  q.host = "empty";
  CHECK(edge.server->explain(q).status == 503);
  q.host = "bad host\n";
  CHECK(edge.server->explain(q).status == 400);
  q.host = "h";
  q.target = "no-slash";
  CHECK(edge.server->explain(q).status == 400);
  q.target = "/";
  q.entry_point = "nowhere";
  CHECK(edge.server->explain(q).status == 404);
}

TEST_CASE("before the first configuration everything is 503", "[integration][proxy][explain]") {
  proxy_fixture edge;
  CHECK(edge.server->explain({}).status == 503);
}
