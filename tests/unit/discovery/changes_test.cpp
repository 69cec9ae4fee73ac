// What is told of a change, and with which reason.
#include <catch.hpp>

#include "traefik1.hpp"
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
  waggle::test::configuration a, b;
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
  waggle::test::configuration before, after;
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
  waggle::test::configuration before, after;
  before.frontends = {at("a")};
  after.frontends = {at("b")};
  const auto c = changes_between(before, swarm_of({}), after, swarm_of({}));
  REQUIRE(c.frontends.size() == 2);
  CHECK(c.frontends[0].what == "removed");
  CHECK(c.frontends[1].what == "added");
}

TEST_CASE("an option of a backend is the backend's news, one of a frontend the frontend's", "[unit][discovery][changes]") {
  waggle::test::configuration before;
  waggle::model::backend b;
  b.name = "backend-web";
  waggle::model::frontend f;
  f.name = "frontend-Host-web-0";
  f.identity = f.service = "web";
  f.backend = b.name;
  f.routes = {{"route", "Host:web"}};
  before.backends = {b};
  before.frontends = {f};
  const auto told = [&](const waggle::model::configuration& was, const waggle::model::configuration& is) {
    std::vector<std::string> out;
    const auto c = changes_between(was, swarm_of({}), is, swarm_of({}));
    for (const auto& one : c.backends) out.push_back(one.service + " " + one.backend + " " + one.reason);
    for (const auto& one : c.frontends) out.push_back(one.service + " " + one.frontend + " " + one.what);
    return out;
  };
  using lines = std::vector<std::string>;
  CHECK(told(before, before).empty());
  waggle::test::configuration now = before;
  SECTION("a connection limit comes, changes and goes") {
    now.backends[0].max_conn.emplace().amount = 1;
    CHECK(told(before, now) == lines{"web backend-web labels changed"});
    waggle::test::configuration later = now;
    later.backends[0].max_conn->amount = 2;
    CHECK(told(now, later) == lines{"web backend-web labels changed"});
    CHECK(told(later, before) == lines{"web backend-web labels changed"});
    const waggle::model::configuration was = now;
    waggle::model::configuration is = was;  // shares all but the limit
    std::get<waggle::model::max_conn>(is.http.middlewares[0].kind).amount = 9;
    CHECK(told(was, is) == lines{"web backend-web labels changed"});
  }
  SECTION("an error page comes, changes and goes") {
    now.frontends[0].options.errors["net"] = {{"500"}, "backend-err", "/"};
    CHECK(told(before, now) == lines{"web web changed"});
    waggle::test::configuration later = now;
    later.frontends[0].options.errors["net"].query = "/e";
    CHECK(told(now, later) == lines{"web web changed"});
    CHECK(told(later, before) == lines{"web web changed"});
  }
}

TEST_CASE("of two middlewares of a kind the second counts as well; who shares one hears of it", "[unit][discovery][changes]") {
  waggle::model::configuration was;
  waggle::model::router a, b;
  a.name = "a";
  b.name = "b";
  a.middlewares = {"first", "second"};
  b.middlewares = {"second"};
  was.http.routers = {a, b};
  was.http.middlewares = {{"first", waggle::model::redirect{}}, {"second", waggle::model::redirect{}}};
  waggle::model::configuration is = was;
  std::get<waggle::model::redirect>(is.http.middlewares[1].kind).permanent = true;
  const auto c = changes_between(was, swarm_of({}), is, swarm_of({}));
  REQUIRE(c.frontends.size() == 2);
  CHECK(c.frontends[0].frontend + " " + c.frontends[0].what == "a changed");
  CHECK(c.frontends[1].frontend + " " + c.frontends[1].what == "b changed");
}

TEST_CASE("TCP and UDP are told of", "[unit][discovery][changes]") {
  waggle::model::configuration was, is;
  waggle::model::tcp_router r;
  r.name = "pg";
  r.swarm_service = "db";
  r.match.sni = {"db.example"};
  waggle::model::udp_service u;
  u.name = "dns";
  waggle::model::server s;
  s.origin.service_name = "resolver";
  u.servers = {s};
  was.tcp.routers = {r};
  r.priority = 5;
  is.tcp.routers = {r};
  is.udp.services = {u};
  CHECK_FALSE(was == is);
  std::vector<std::string> told;
  for (const auto& c : changes_between(was, swarm_of({}), is, swarm_of({})).streams)
    told.push_back(c.service + " " + c.kind + " " + c.name + " " + c.what);
  CHECK(told == std::vector<std::string>{"db TCP router pg changed", "resolver UDP service dns added"});
  for (const auto& c : changes_between(is, swarm_of({}), {}, swarm_of({})).streams) CHECK(c.what == "removed");
  CHECK(changes_between(is, swarm_of({}), is, swarm_of({})).streams.empty());
}
