// State and reason of a service from its verdict, its figures and its tasks.
#include "admin/condition.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::app::admin;
using model::severity;

namespace {

model::verdict routed() {
  model::verdict v;
  v.state = model::routing_state::routed;
  return v;
}

model::diagnostic finding(severity level, const char* code, const char* text) { return {level, code, "", "", text, "mend it"}; }

condition of(const std::vector<proxy::server_figures>& servers, const std::vector<model::diagnostic>& advice = {}) {
  std::vector<const proxy::server_figures*> all;
  for (const auto& s : servers) all.push_back(&s);
  return condition_of(routed(), advice, all, servers.size());
}

proxy::server_figures server() {
  proxy::server_figures s;
  s.url = "http://10.0.0.5:80";
  s.requests = 10;
  return s;
}

}  // namespace

TEST_CASE("failing is a service of which no server can answer", "[unit][app][condition]") {
  CHECK(of({server()}).state == "routed");
  auto refusing = server(), down = server(), cut = server(), erring = server();
  refusing.refusing = true;
  refusing.trouble = "connection refused";
  refusing.trouble_age = 3;
  down.up = false;
  down.check_failure = "received error status code: 500";
  cut.failures = 10;
  erring.errors = 10;
  CHECK(of({refusing}).state == "failing");
  CHECK(of({refusing}).reason == "its only server refuses connections: http://10.0.0.5:80: connection refused");
  CHECK(of({refusing}).last_error_age == 3);
  CHECK(of({down, down}).reason == "all 2 servers fail their health check: received error status code: 500");
  CHECK(of({cut, erring}).reason == "all 2 servers fail every request");
  CHECK(of({refusing, down, cut}).state == "failing");
  CHECK(of({refusing, server()}).state == "routed");
  CHECK(of({refusing, server()}, {finding(severity::warning, "connects-fail", "1 of 2 servers refuses connections")}).reason ==
        "1 of 2 servers refuses connections");
  auto never = server();
  never.requests = 0;
  CHECK(of({never}).state == "routed");  // nobody asked it yet
  never.connect_failures = 1;            // … and who did met nobody
  CHECK(of({never}).state == "failing");
}

TEST_CASE("failing is also a server that answered well for a day and now fails", "[unit][app][condition]") {
  auto old = server();
  old.requests = 1'000'000;
  old.errors = old.bad_in_a_row = 10;
  CHECK(of({old}).state == "failing");
  CHECK(of({old}).reason == "its only server fails every request");
  CHECK(of({old, server()}).state == "routed");
  old.bad_in_a_row = 9;
  CHECK(of({old}).state == "routed");
}

TEST_CASE("no task of a service that wants some is failing", "[unit][app][condition]") {
  CHECK(of({}).state == "routed");
  const auto is = of({}, {finding(severity::warning, "tasks-not-running", "1 of its tasks are wanted, and none runs")});
  CHECK(is.state == "failing");
  CHECK(is.reason == "1 of its tasks are wanted, and none runs");
}

TEST_CASE("not exposed is who does not ask", "[unit][app][condition]") {
  model::verdict v;
  v.state = model::routing_state::not_routed;
  v.diagnostics = {finding(severity::note, "no-labels", "it has no traefik.* labels")};
  CHECK(condition_of(v, {}, {}, 0).state == "not-exposed");
  v.diagnostics.push_back(finding(severity::error, "bad-port", "no number"));
  v.reason = "no number";
  CHECK(condition_of(v, {}, {}, 0).state == "not-routed");
  CHECK(condition_of(v, {}, {}, 0).reason == "no number");
}
