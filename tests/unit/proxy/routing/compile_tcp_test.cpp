// tcp configurations → the table's part for TCP: what is kept, what departs, what is refused.
#include "table_fixture.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
namespace plan = waggle::proxy::plan;
namespace routing = waggle::proxy::routing;
using namespace std::chrono_literals;

namespace {

model::server task(const std::string& id, int host, std::uint64_t slot = 1, std::uint16_t port = 5432) {
  model::server s = server_at(host, port);
  s.id = id + "@" + s.host + ":" + std::to_string(port);
  s.origin = {"svc", "pg", id, slot, "node", {}};
  return s;
}

model::tcp_service service(std::string name, std::vector<model::server> servers) {
  model::tcp_service s;
  s.name = std::move(name);
  s.servers = std::move(servers);
  return s;
}

model::tcp_router router(std::string name, std::string to) {
  model::tcp_router r;
  r.name = std::move(name);
  r.entry_points = {"pg"};
  r.service = std::move(to);
  return r;
}

/// A compiler with entry points "http" and "admin" for HTTP, and "pg" for TCP.
struct compiling_tcp : compiling {
  compiling_tcp() {
    proxy::entry_point e;
    e.name = "pg";
    e.address = ":5432";
    e.protocol = model::protocol::tcp;
    opts.entry_points.push_back(std::move(e));
    log.set_level(base::log_level::error);
  }
  static constexpr std::size_t entry = 2;
  /// Parts that are equal are the same, as discovery gives them.
  proxy::routing::compiler::outcome operator()(model::tcp_configuration tcp) {
    take_known(tcp.services, last.tcp.services);
    take_known(tcp.routers, last.tcp.routers);
    last.tcp = std::move(tcp);
    return compiling::operator()(last);
  }
};

std::string found(const routing::table& t) {
  const routing::tcp_routes& all = *t.tcp.routes;
  const int i = all.entries[compiling_tcp::entry].find(all.routers, {});
  return i < 0 ? "-" : all.routers[static_cast<std::size_t>(i)].name;
}

const plan::tcp_service& only(const routing::table& t) {
  REQUIRE(t.tcp.services.size() == 1);
  return *t.tcp.services[0];
}

std::vector<plan::dense_id> ids(const plan::tcp_service& s) {
  std::vector<plan::dense_id> out;
  for (const auto& one : s.servers) out.push_back(one.id);
  return out;
}

}  // namespace

TEST_CASE("a TCP service with its router", "[unit][proxy][routing][compile][tcp]") {
  compiling_tcp compile;
  model::tcp_service s = service("pg", {task("t1", 1, 1), task("t2", 2, 2)});
  s.servers[1].weight = 70'000;
  s.max_conn = 100;
  s.persistence.emplace();
  const auto out = compile({{router("pg", "pg")}, {s}});
  CHECK(out.skipped.empty());
  CHECK(found(*out.next) == "pg");
  const plan::tcp_service& made = only(*out.next);
  CHECK(made.key == "docker/pg");
  REQUIRE(made.servers.size() == 2);
  CHECK(made.servers[0].address.text() == "10.0.0.1:5432");
  CHECK(made.servers[0].key == "t1@10.0.0.1:5432|tcp");
  CHECK(plan::published_id(made.servers[0].key) == "t1@10.0.0.1:5432");
  CHECK(made.servers[1].weight == 65'535);
  CHECK(made.limits.most == 100);
  CHECK(made.insists());
  CHECK(made.schedule->size() == 2);
  CHECK(made.servers[0].open != nullptr);
  // HTTP's entry points have no part in it.
  CHECK(out.next->tcp.routes->entries.size() == 3);
  CHECK(out.next->tcp.routes->entries[0].empty());
}

TEST_CASE("what cannot be served is named, and the others are served", "[unit][proxy][routing][compile][tcp]") {
  compiling_tcp compile;
  model::tcp_configuration c{{router("a", "a"), router("pg", "pg")}, {service("a", {task("t1", 1)}), service("pg", {task("t9", 9)})}};
  std::string reason;
  SECTION("no service") {
    c.routers[0].service = "b";
    reason = "undefined service 'b'";
  }
  SECTION("no entry point") {
    c.routers[0].entry_points.clear();
    reason = "it names no entry point";
  }
  SECTION("an entry point that is not there, or is HTTP's") {
    c.routers[0].entry_points = {"mysql", "http"};
    reason = "none of its entry points is there for TCP";
  }
  SECTION("a bad white list") {
    c.routers[0].white_list = {"10.0.0.0/8", "office"};
    reason = "white list: ";
  }
  SECTION("a server without a port") {
    c.services[0].servers[0].port = 0;
    reason = "service 'a': server http://10.0.0.1:5432 has no port";
  }
  SECTION("a server without an address") {
    c.services[0].servers[0].host = "db";
    reason = "service 'a': server http://10.0.0.1:5432: ";
  }
  SECTION("a weight below 0") {
    c.services[0].servers[0].weight = -1;
    reason = "service 'a': server http://10.0.0.1:5432: its weight is below 0";
  }
  SECTION("a version of the PROXY protocol that does not exist") {
    c.services[0].proxy_protocol = 3;
    reason = "service 'a': there is no version 3 of the PROXY protocol";
  }
  const auto out = compile(c);
  REQUIRE(out.skipped.size() == 1);
  CHECK(out.skipped[0].provider == "docker");
  CHECK(out.skipped[0].router == model::router_key{model::protocol::tcp, "a"});
  CHECK(out.skipped[0].identity == "a");
  CHECK(out.skipped[0].reason.find("TCP router a: " + reason) == 0);
  CHECK(found(*out.next) == "pg");
  // Said again as long as it is so, though nothing was compiled.
  CHECK(compile(c).skipped.size() == 1);
}

TEST_CASE("what did not change is kept", "[unit][proxy][routing][compile][tcp]") {
  compiling_tcp compile;
  model::tcp_configuration c{{router("a", "a"), router("b", "b")}, {service("a", {task("t1", 1)}), service("b", {task("t2", 2)})}};
  const auto one = compile(c).next;
  c.services[1].servers.push_back(task("t3", 3, 2));
  const auto two = compile(c).next;
  CHECK(two->tcp.services[0] == one->tcp.services[0]);
  CHECK(two->tcp.services[1] != one->tcp.services[1]);
  CHECK(two->tcp.routes == one->tcp.routes);
  // What is counted over publishes is the same, and so are the numbers of who stays.
  CHECK(two->tcp.services[1]->turns == one->tcp.services[1]->turns);
  CHECK(two->tcp.services[1]->servers[0].open == one->tcp.services[1]->servers[0].open);
  CHECK(two->tcp.services[1]->servers[0].id == one->tcp.services[1]->servers[0].id);
  CHECK(two->tcp.services[1]->id == one->tcp.services[1]->id);
  CHECK(two->departed_server_ids.empty());
  const auto three = compile(c).next;
  CHECK(three->tcp.services == two->tcp.services);
  c.routers[0].priority = 1;
  CHECK(compile(c).next->tcp.routes != two->tcp.routes);
}

TEST_CASE("who joins a service that is served begins slowly", "[unit][proxy][routing][compile][tcp]") {
  compiling_tcp compile;
  model::tcp_configuration c{{router("a", "a")}, {service("a", {task("t1", 1)})}};
  c.services[0].slow_start = 10s;
  CHECK(
      only(*compile.compiler.compile({{"docker", std::make_shared<const model::configuration>(model::configuration{{}, c, {}})}}, base::mono_time(5s))
                .next)
          .servers[0]
          .joined_at == 0);
  c.services[0].servers.push_back(task("t2", 2, 2));
  const auto next =
      compile.compiler.compile({{"docker", std::make_shared<const model::configuration>(model::configuration{{}, c, {}})}}, base::mono_time(7s)).next;
  CHECK(only(*next).servers[0].joined_at == 0);
  CHECK(only(*next).servers[1].joined_at == 7'000);
  CHECK(only(*next).servers[1].arrival > only(*next).servers[0].arrival);
}

TEST_CASE("a task that is gone is told apart from labels that changed", "[unit][proxy][routing][compile][tcp]") {
  compiling_tcp compile;
  model::tcp_configuration c{{router("a", "a")}, {service("a", {task("t1", 1, 1), task("t2", 2, 2)})}};
  const auto before = compile(c).next;
  const auto was = ids(only(*before));
  SECTION("its service goes on without it") {
    c.services[0].servers.pop_back();
    const auto t = compile(c).next;
    CHECK(t->departed_server_ids == std::vector{was[1]});
    CHECK(t->tcp.gone_server_ids == std::vector{was[1]});
    CHECK(compile(c).next->tcp.gone_server_ids.empty());  // once
  }
  SECTION("another port") {
    c.services[0].servers[1] = task("t2", 2, 2, 5433);
    const auto t = compile(c).next;
    CHECK(t->departed_server_ids == std::vector{was[1]});
    CHECK(t->tcp.gone_server_ids.empty());
  }
  SECTION("the service's labels were taken away") {
    const auto t = compile(model::tcp_configuration{}).next;
    CHECK(t->departed_server_ids.size() == 2);
    CHECK(t->tcp.gone_server_ids.empty());
    CHECK(t->tcp.departed_service_ids == std::vector{only(*before).id});
  }
  SECTION("servers outside of a swarm: nobody knows") {
    model::server plain = server_at(7, 5432);
    c.services[0].servers = {plain};
    const auto id = ids(only(*compile(c).next))[0];
    c.services[0].servers.clear();
    const auto t = compile(c).next;
    CHECK(t->departed_server_ids == std::vector{id});
    CHECK(t->tcp.gone_server_ids.empty());
  }
}

TEST_CASE("a server that leaves gets no share, and its connections are ended where the service wants that", "[unit][proxy][routing][compile][tcp]") {
  compiling_tcp compile;
  model::tcp_configuration c{{router("a", "a")}, {service("a", {task("t1", 1, 1), task("t2", 2, 2)})}};
  c.services[0].drain = GENERATE(0ms, 2'000ms);
  const auto was = ids(only(*compile(c).next));
  c.services[0].servers[1].leaving = true;
  const auto t = compile(c).next;
  CHECK(t->departed_server_ids.empty());
  CHECK(ids(only(*t)) == was);
  CHECK(only(*t).servers[1].leaving);
  if (c.services[0].drain > 0ms) {
    REQUIRE(t->tcp.leaving_servers.size() == 1);
    CHECK(t->tcp.leaving_servers[0].server == was[1]);
    CHECK(t->tcp.leaving_servers[0].within == 2'000);
  } else {
    CHECK(t->tcp.leaving_servers.empty());
  }
  c.services[0].servers.push_back(task("t3", 3, 2));
  CHECK(compile(c).next->tcp.leaving_servers.empty());  // told once
}

TEST_CASE("numbers of TCP servers stay true beside HTTP's", "[unit][proxy][routing][compile][tcp][property]") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    waggle::test::random dice(seed);
    compiling_tcp compile;
    test::configuration http{{backend("h", {server_at(200)})}, {frontend("fh", "Host:h", "h")}};
    model::tcp_configuration c;
    for (char n = 'a'; n < 'e'; ++n) {
      c.services.push_back(service(std::string(1, n), {task(std::string("t") + n, n - 'a' + 1, static_cast<std::uint64_t>(n))}));
      c.routers.push_back(router(std::string("r") + n, std::string(1, n)));
    }
    std::map<std::string, plan::dense_id> last;
    int host = 100;
    for (int i = 0; i < 60; ++i) {
      CAPTURE(seed, i);
      compile.last = with_known(http, compile.last);
      const auto t = compile(c).next;
      std::map<std::string, plan::dense_id> now;
      for (const auto& b : t->backends)
        for (const auto& s : b->servers) now[std::string(s.key.view())] = s.id;
      for (const auto& s : t->tcp.services)
        for (const auto& one : s->servers) now[std::string(one.key.view())] = one.id;
      std::set<plan::dense_id> taken, departed(t->departed_server_ids.begin(), t->departed_server_ids.end());
      for (const auto& [key, id] : now) {
        REQUIRE(taken.insert(id).second);
        if (last.contains(key)) REQUIRE(last[key] == id);
        else REQUIRE(std::none_of(last.begin(), last.end(), [id = id](const auto& e) { return e.second == id; }));
      }
      std::set<plan::dense_id> gone;
      for (const auto& [key, id] : last)
        if (!now.contains(key)) gone.insert(id);
      REQUIRE(departed == gone);
      for (const plan::dense_id id : t->tcp.gone_server_ids) REQUIRE(departed.contains(id));
      last = std::move(now);
      model::tcp_service& s = c.services[dice.below(c.services.size())];
      switch (dice.below(5)) {
        case 0: http.backends[0].servers[0] = server_at(host++); break;
        case 1:
          if (!s.servers.empty()) s.servers.pop_back();
          break;
        case 2: s.scheduling.policy = model::scheduler::round_robin; break;
        default: s.servers.push_back(task("n" + std::to_string(host), host, static_cast<std::uint64_t>(host))); ++host;
      }
    }
  }
}
