#include "table_fixture.hpp"

#include "catch.hpp"

#include <algorithm>
#include <set>

using namespace waggle;
using namespace waggle::test;
namespace plan = waggle::proxy::plan;
namespace routing = waggle::proxy::routing;

namespace {

const plan::backend* backend_named(const routing::table& t, const std::string& name) {
  for (const auto& b : t.backends)
    if (b->name == name) return b.get();
  return nullptr;
}

}  // namespace

TEST_CASE("what does not change keeps its object", "[unit][proxy][routing][compile]") {
  compiling compile;
  test::configuration c{{backend("a", {server_at(1)}), backend("b", {server_at(2)})}, {frontend("fa", "Host:a", "a"), frontend("fb", "Host:b", "b")}};
  const auto one = compile(c).next;
  const auto two = compile(c).next;
  CHECK(one->generation == 1);
  CHECK(two->generation == 2);
  REQUIRE(two->frontends.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(one->frontends[i] == two->frontends[i]);
    CHECK(one->backends[i] == two->backends[i]);
  }
  c.backends[1].servers.push_back(server_at(3));
  const auto three = compile(c).next;
  CHECK(three->backends[0] == one->backends[0]);
  CHECK(three->frontends[0] == one->frontends[0]);
  CHECK(three->backends[1] != one->backends[1]);
  CHECK(three->frontends[1] != one->frontends[1]);  // it points at its backend
  c.frontends[0].priority = 5;
  const auto four = compile(c).next;
  CHECK(four->backends[0] == one->backends[0]);
  CHECK(four->frontends[0] != one->frontends[0]);
}

TEST_CASE("servers keep their number; departed ones are told and used again later", "[unit][proxy][routing][compile]") {
  compiling compile;
  const auto table_of = [&](std::vector<model::server> servers) { return compile({{backend("a", std::move(servers))}, {}}).next; };
  const auto one = table_of({server_at(1), server_at(2)});
  const auto id1 = one->backends[0]->servers[0].id, id2 = one->backends[0]->servers[1].id;
  CHECK(std::set{id1, id2} == std::set<plan::dense_id>{0, 1});
  CHECK(one->departed_server_ids.empty());

  const auto two = table_of({server_at(2), server_at(3)});
  CHECK(two->backends[0]->servers[0].id == id2);
  CHECK(two->backends[0]->servers[1].id == 2);  // not id1: workers have not heard of its departure yet
  CHECK(two->departed_server_ids == std::vector<plan::dense_id>{id1});
  CHECK(two->departed_backend_ids.empty());

  const auto three = table_of({server_at(2), server_at(3), server_at(4)});
  CHECK(three->departed_server_ids.empty());
  CHECK(three->backends[0]->servers[2].id == id1);

  const auto four = compile(test::configuration{}).next;
  CHECK(four->departed_server_ids.size() == 3);
  CHECK(four->departed_backend_ids.size() == 1);
}

TEST_CASE("a task with another identity at an old address is another server", "[unit][proxy][routing][compile]") {
  compiling compile;
  model::server s = server_at(1);
  const auto one = compile({{backend("a", {s})}, {}}).next;
  s.id = "task9@10.0.0.1";
  const auto two = compile({{backend("a", {s})}, {}}).next;
  CHECK(two->backends[0]->servers[0].id != one->backends[0]->servers[0].id);
  CHECK(two->departed_server_ids == std::vector<plan::dense_id>{one->backends[0]->servers[0].id});
}

TEST_CASE("a backend's number outlives its servers", "[unit][proxy][routing][compile]") {
  compiling compile;
  const auto one = compile({{backend("a", {server_at(1)}), backend("b", {})}, {}}).next;
  const auto two = compile({{backend("b", {server_at(1)})}, {}}).next;
  CHECK(two->backends[0]->id == one->backends[1]->id);
  CHECK(two->departed_backend_ids == std::vector<plan::dense_id>{one->backends[0]->id});
  CHECK(two->departed_server_ids.empty());
}

TEST_CASE("weights, equal URLs and ways to be refused", "[unit][proxy][routing][compile]") {
  compiling compile;
  const auto table = compile({{backend("a", {server_at(1, 80, 4), server_at(2, 80, 0), server_at(3, 80, 6)}),
                               backend("b", {server_at(1), server_at(1), server_at(2)}), backend("c", {server_at(5, 80, 4), server_at(6, 80, 6)})},
                              {}})
                         .next;
  const plan::backend& a = *backend_named(*table, "a");
  CHECK(a.servers[1].weight == 1);  // 0 acts as 1
  CHECK(a.weight_max == 6);
  CHECK(a.weight_gcd == 1);
  CHECK(backend_named(*table, "c")->weight_gcd == 2);
  CHECK(backend_named(*table, "b")->servers.size() == 2);
  CHECK(a.servers[0].host_header == "10.0.0.1:80");
}

TEST_CASE("frontends that cannot be wired are skipped with a reason, alone", "[unit][proxy][routing][compile]") {
  compiling compile;
  model::server negative = server_at(1, 80, -1), name = server_at(2), portless = server_at(3, 0);
  name.host = "example.com";
  model::frontend nowhere = frontend("nowhere", "Host:x", "good"), ruleless = frontend("ruleless", "Host:x", "good");
  nowhere.entry_points.clear();
  ruleless.routes.clear();
  const auto out =
      compile({{backend("good", {server_at(9)}), backend("name", {name}), backend("negative", {negative}), backend("portless", {portless})},
               {frontend("bad-rule", "Bogus:x", "good"), frontend("empty-rule", "", "good"), frontend("gone", "Host:x", "missing"),
                frontend("good", "Host:good", "good"), frontend("name", "Host:x", "name"), frontend("negative", "Host:x", "negative"), nowhere,
                frontend("portless", "Host:x", "portless"), ruleless}});
  std::vector<std::string> names;
  for (const auto& s : out.skipped) {
    CAPTURE(s.router.name, s.reason);
    CHECK(s.provider == "docker");
    CHECK_FALSE(s.reason.empty());
    names.push_back(s.router.name);
  }
  CHECK(names == std::vector<std::string>{"bad-rule", "empty-rule", "gone", "name", "negative", "nowhere", "portless", "ruleless"});
  CHECK(found(*out.next, get("good", "/")) == "good");
  CHECK(found(*out.next, get("x", "/")) == "-");
  CHECK(out.skipped[0].reason.find("Unknown function: 'Bogus'") != std::string::npos);
  CHECK(out.skipped[2].reason.find("undefined backend 'missing'") != std::string::npos);
  CHECK(out.skipped[4].reason.find("weight should be >= 0") != std::string::npos);
}

TEST_CASE("sticky backends know their cookie", "[unit][proxy][routing][compile]") {
  compiling compile;
  model::backend plain = backend("backend-whoami-service", {server_at(1)}), derived = plain, named = plain, old = plain;
  derived.balance = model::balance_options{"wrr", false, model::stickiness{}};
  named.balance = model::balance_options{"wrr", false, model::stickiness{"S ID", true, true, "lax", ""}};
  old.balance = model::balance_options{"wrr", true, std::nullopt};
  struct row {
    model::backend b;
    bool sticky;
    const char *name, *attributes;
  };
  const row rows[] = {{plain, false, "", ""},
                      {derived, true, "_a49bc", "; Path=/"},
                      {named, true, "S_ID", "; Path=/; HttpOnly; Secure; SameSite=Lax"},
                      {old, true, "_TRAEFIK_BACKEND", "; Path=/"}};
  for (const row& r : rows) {
    const auto table = compile({{r.b}, {}}).next;
    CHECK(table->backends[0]->sticky() == r.sticky);
    CHECK(table->backends[0]->cookie_name == r.name);
    CHECK(table->backends[0]->cookie_attributes == r.attributes);
  }
}

TEST_CASE("servers are found by URL in short and long lists", "[unit][proxy][routing][compile]") {
  compiling compile;
  for (const int n : {1, 8, 9, 100}) {
    std::vector<model::server> servers;
    for (int i = 1; i <= n; ++i) servers.push_back(server_at(i));
    const auto table = compile({{backend("a", servers)}, {}}).next;
    const plan::backend& b = *table->backends[0];
    for (int i = 1; i <= n; ++i) CHECK(b.find_url("http://10.0.0." + std::to_string(i) + ":80") == i - 1);
    CHECK(b.find_url("http://10.0.0.1:81") == -1);
    CHECK(b.find_url("") == -1);
  }
}

TEST_CASE("providers do not see each other's backends", "[unit][proxy][routing][compile]") {
  compiling compile;
  auto file =
      std::make_shared<const model::configuration>(test::configuration{{backend("shared", {server_at(7)})}, {frontend("f", "Host:file", "shared")}});
  auto docker = std::make_shared<const model::configuration>(
      test::configuration{{backend("own", {server_at(8)})}, {frontend("f", "Host:docker", "shared"), frontend("g", "Host:docker", "own")}});
  const auto out = compile.compiler.compile({{"docker", docker}, {"file", file}, {"none", nullptr}});
  REQUIRE(out.skipped.size() == 1);
  CHECK(out.skipped[0].provider == "docker");
  CHECK(found(*out.next, get("file", "/")) == "f");
  CHECK(found(*out.next, get("docker", "/")) == "g");
}

TEST_CASE("what this version cannot serve is refused by name, alone", "[unit][proxy][routing][compile]") {
  compiling compile;
  model::configuration c = test::configuration{{backend("a", {server_at(1)})}, {frontend("fa", "Host:a", "a"), frontend("fb", "Host:b", "a")}};
  std::string reason;
  model::router_key refused{model::protocol::http, "fb"};
  SECTION("a middleware that is not there") {
    c.http.routers[1].middlewares = {"auth"};
    reason = "undefined middleware 'auth' for frontend fb";
  }
  SECTION("a rule in another grammar") {
    c.http.routers[1].rule = {model::rule_dialect::traefik3, {{"", "Host(`b`)"}}};
    reason = "error creating route for frontend fb: rules in Traefik 3's grammar are not served by this version";
  }
  SECTION("TCP") {
    c.http.routers[1].priority = 1;
    model::tcp_router r;
    r.name = "fb";
    c.tcp.routers = {r};
    refused.protocol = model::protocol::tcp;
    reason = "TCP router fb: it names no entry point";
  }
  SECTION("UDP") {
    model::udp_router r;
    r.name = "fb";
    c.udp.routers = {r};
    refused.protocol = model::protocol::udp;
    reason = "UDP router fb: undefined service ''";
  }
  const auto out = compile(c);
  REQUIRE(out.skipped.size() == 1);
  CHECK(out.skipped[0].router == refused);
  CHECK(out.skipped[0].reason == reason);
  CHECK(found(*out.next, get("a", "/")) == "fa");
}

TEST_CASE("a middleware that changes costs the routers that name it", "[unit][proxy][routing][compile]") {
  compiling compile;
  compile.log.set_level(base::log_level::error);
  model::configuration c = test::configuration{{backend("a", {server_at(1)})}, {frontend("fa", "Host:a", "a"), frontend("fb", "Host:b", "a")}};
  c.http.middlewares = {{"shared", model::white_list{{"10.0.0.0/8"}, false}}};
  c.http.routers[0].middlewares = {"shared"};
  const auto one = compile(c).next;
  std::get<model::white_list>(c.http.middlewares[0].kind).source_range = {"192.0.2.0/24"};
  const auto two = compile(c).next;
  CHECK(two->frontends[0] != one->frontends[0]);
  CHECK(two->frontends[1] == one->frontends[1]);
  CHECK(two->backends[0] == one->backends[0]);
  CHECK(two->frontends[0]->chain.steps.size() == 1);
}

TEST_CASE("the router's word on the Host field goes before the service's", "[unit][proxy][routing][compile]") {
  compiling compile;
  model::configuration c = test::configuration{{backend("a", {server_at(1)})}, {frontend("fa", "Host:a", "a"), frontend("fb", "Host:b", "a")}};
  std::get<model::load_balancer>(c.http.services[0].kind).pass_host_header = false;
  c.http.routers[1].pass_host_header.reset();
  const auto t = compile(c).next;
  CHECK(t->frontends[0]->pass_host_header);
  CHECK_FALSE(t->frontends[1]->pass_host_header);
}

TEST_CASE("TCP that comes beside HTTP is not overlooked by the short way", "[unit][proxy][routing][compile]") {
  compiling compile;
  compile.log.set_level(base::log_level::error);
  model::configuration c = test::configuration{{backend("a", {server_at(1)})}, {frontend("fa", "Host:a", "a")}};
  CHECK(compile(c).skipped.empty());
  model::tcp_router r;
  r.name = "pg";
  c.tcp.routers = {r};
  CHECK(compile(c).skipped.size() == 1);
  std::get<model::load_balancer>(c.http.services[0].kind).servers.push_back(server_at(2));
  CHECK(compile(c).skipped.size() == 1);
  c.tcp.routers.clear();
  CHECK(compile(c).skipped.empty());
}
