// What is told of a change, and with which reason.
#include <catch.hpp>

#include "builders.hpp"
#include "reconcile/changes.hpp"

using namespace waggle::discovery;
using namespace waggle::discovery::test;

TEST_CASE("changes are told with their reason", "[unit][discovery][changes]") {
  using waggle::model::backend;
  using waggle::model::server;
  const auto was = running("web", basic(), 2), is = running("web", basic(), 1);
  const auto server_of = [](const task& t, const std::string& url) {
    server s;
    s.id = t.id;
    s.url = url;
    s.origin.service_id = t.service_id;
    s.origin.service_name = "web";
    s.origin.task_id = t.id;
    return s;
  };
  waggle::model::configuration a, b;
  backend x;
  x.name = "backend-web";
  x.servers = {server_of(was->tasks[0], "http://10.0.1.5:80"), server_of(was->tasks[1], "http://10.0.1.6:80")};
  a.backends = {x};
  x.servers.pop_back();
  b.backends = {x};
  auto c = changes_between(a, swarm_of({was}), b, swarm_of({is}));
  REQUIRE(c.backends.size() == 1);
  CHECK(c.backends[0].reason == "task shutting down");
  CHECK(c.backends[0].removed == "http://10.0.1.6:80 (task task-web-2-1)");
  CHECK(c.backends[0].added.empty());
  c = changes_between(b, swarm_of({is}), a, swarm_of({was}));
  CHECK(c.backends[0].reason == "task started");
  c = changes_between(a, swarm_of({was}), {}, swarm_of({}));
  CHECK(c.backends[0].reason == "service removed");
}

TEST_CASE("a frontend whose name got another index is not news", "[unit][discovery][changes]") {
  const auto at = [](const char* name, const char* service, const char* rule) {
    waggle::model::frontend f;
    f.name = name;
    f.identity = f.service = service;
    f.routes = {{std::string("route-") + name, rule}};
    return f;
  };
  waggle::model::configuration before, after;
  before.frontends = {at("frontend-Host-a-0", "a", "Host:a"), at("frontend-Host-b-1", "b", "Host:b"), at("frontend-Host-c-2", "c", "Host:c")};
  after.frontends = {at("frontend-Host-b-0", "b", "Host:b"), at("frontend-Host-c-1", "c", "Host:c2"), at("frontend-Host-d-2", "d", "Host:d")};
  const auto c = changes_between(before, swarm_of({}), after, swarm_of({}));
  std::vector<std::string> told;
  for (const auto& f : c.frontends) told.push_back(f.frontend + " " + f.what + " " + f.rule);
  CHECK(told == std::vector<std::string>{"a removed Host:a", "c changed Host:c2", "d added Host:d"});
}

TEST_CASE("a service that changes places with another of the same name keeps its identity", "[unit][discovery][changes]") {
  const auto at = [](const char* service) {
    waggle::model::frontend f;
    f.name = "frontend-PathPrefix-0";
    f.identity = f.service = service;
    f.routes = {{"route-frontend-PathPrefix-0", "PathPrefix:/"}};
    return f;
  };
  waggle::model::configuration before, after;
  before.frontends = {at("a")};
  after.frontends = {at("b")};
  const auto c = changes_between(before, swarm_of({}), after, swarm_of({}));
  REQUIRE(c.frontends.size() == 2);
  CHECK(c.frontends[0].what == "removed");
  CHECK(c.frontends[1].what == "added");
}
