// udp configurations → the table's part for UDP: who has an entry point, what is kept, what departs, what is refused.
#include "table_fixture.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
namespace plan = waggle::proxy::plan;
namespace routing = waggle::proxy::routing;
using namespace std::chrono_literals;

namespace {

model::server task(const std::string& id, int host, std::uint64_t slot = 1, std::uint16_t port = 53) {
  model::server s = server_at(host, port);
  s.id = id + "@" + s.host + ":" + std::to_string(port);
  s.origin = {"svc", "dns", id, slot, "node", {}};
  return s;
}

model::udp_service service(std::string name, std::vector<model::server> servers) {
  model::udp_service s;
  s.name = std::move(name);
  s.servers = std::move(servers);
  return s;
}

model::udp_router router(std::string name, std::string to, std::vector<std::string> entry_points = {"dns"}) {
  model::udp_router r;
  r.name = std::move(name);
  r.entry_points = std::move(entry_points);
  r.service = std::move(to);
  return r;
}

/// A compiler with entry points "http" and "admin" for HTTP, "dns" and "syslog" for UDP, and "pg" for TCP.
struct compiling_udp : compiling {
  compiling_udp() {
    for (const char* const name : {"dns", "syslog", "pg"}) {
      proxy::entry_point e;
      e.name = name;
      e.address = ":0";
      e.protocol = e.name == "pg" ? model::protocol::tcp : model::protocol::udp;
      opts.entry_points.push_back(std::move(e));
    }
    log.set_level(base::log_level::error);
  }
  proxy::routing::compiler::outcome operator()(model::udp_configuration udp) {
    take_known(udp.services, last.udp.services);
    take_known(udp.routers, last.udp.routers);
    last.udp = std::move(udp);
    return compiling::operator()(last);
  }
};

std::string found(const routing::table& t, std::size_t entry = 2) {
  const int i = t.udp.routes->of_entry[entry];
  return i < 0 ? "-" : t.udp.routes->routers[static_cast<std::size_t>(i)].name;
}

const plan::udp_service& only(const routing::table& t) {
  REQUIRE(t.udp.services.size() == 1);
  return *t.udp.services[0];
}

}  // namespace

TEST_CASE("a UDP service with its router", "[unit][proxy][routing][compile][udp]") {
  compiling_udp compile;
  const auto out = compile({{router("r", "a", {"dns", "syslog"})}, {service("a", {task("t1", 1, 1), task("t2", 2, 2)})}});
  CHECK(out.skipped.empty());
  CHECK(out.next->udp.routes->of_entry == std::vector{-1, -1, 0, 0, -1});
  CHECK(out.next->udp.routes->routers[0].open_to_all);
  const plan::udp_service& made = only(*out.next);
  CHECK(made.key == "docker/a");
  REQUIRE(made.servers.size() == 2);
  CHECK(made.servers[0].address.text() == "10.0.0.1:53");
  CHECK(made.servers[0].key == "t1@10.0.0.1:53|udp");
  CHECK(made.schedule->how().policy == model::scheduler::weighted_round_robin);
  CHECK(out.next->tenants == 1);
}

TEST_CASE("UDP that cannot be served is named, and the others are served", "[unit][proxy][routing][compile][udp]") {
  compiling_udp compile;
  model::udp_configuration c{{router("a", "a", {"syslog"}), router("b", "b")}, {service("a", {task("t1", 1)}), service("b", {task("t9", 9)})}};
  std::string reason;
  SECTION("no service") {
    c.routers[0].service = "x";
    reason = "undefined service 'x'";
  }
  SECTION("no entry point") {
    c.routers[0].entry_points.clear();
    reason = "it names no entry point";
  }
  SECTION("an entry point that is not there, or not UDP's") {
    c.routers[0].entry_points = {"http", "pg", "ntp"};
    reason = "none of its entry points is there for UDP";
  }
  SECTION("a bad white list") {
    c.routers[0].white_list = {"office"};
    reason = "white list: ";
  }
  SECTION("a server without a port") {
    c.services[0].servers[0].port = 0;
    reason = "service 'a': server http://10.0.0.1:53 has no port";
  }
  SECTION("no time") {
    c.services[0].session_idle = 0ms;
    reason = "service 'a': sessions without an idle time would never end";
  }
  SECTION("no sessions") {
    c.services[0].max_sessions = 0;
    reason = "service 'a': it may have no session";
  }
  const auto out = compile(c);
  REQUIRE(out.skipped.size() == 1);
  CHECK(out.skipped[0].router == model::router_key{model::protocol::udp, "a"});
  CHECK(out.skipped[0].reason.find("UDP router a: " + reason) == 0);
  CHECK(found(*out.next) == "b");
  CHECK(found(*out.next, 3) == "-");
  CHECK(compile(c).skipped.size() == 1);  // said again as long as it is so
}

TEST_CASE("an entry point of UDP has one router, the first", "[unit][proxy][routing][compile][udp]") {
  compiling_udp compile;
  const auto out = compile({{router("a", "a"), router("b", "a", {"dns", "syslog"})}, {service("a", {task("t1", 1)})}});
  CHECK(found(*out.next) == "a");
  CHECK(found(*out.next, 3) == "-");
  REQUIRE(out.skipped.size() == 1);
  CHECK(out.skipped[0].reason == "UDP router b: entry point dns has router a");
}

TEST_CASE("of UDP, too, what did not change is kept", "[unit][proxy][routing][compile][udp]") {
  compiling_udp compile;
  model::udp_configuration c{{router("a", "a"), router("b", "b", {"syslog"})}, {service("a", {task("t1", 1)}), service("b", {task("t2", 2)})}};
  const auto one = compile(c).next;
  c.services[1].servers.push_back(task("t3", 3, 2));
  const auto two = compile(c).next;
  CHECK(two->udp.services[0] == one->udp.services[0]);
  CHECK(two->udp.services[1] != one->udp.services[1]);
  CHECK(two->udp.routes == one->udp.routes);
  CHECK(two->udp.services[1]->turns == one->udp.services[1]->turns);
  CHECK(two->udp.services[1]->servers[0].open == one->udp.services[1]->servers[0].open);
  CHECK(two->udp.services[1]->servers[0].id == one->udp.services[1]->servers[0].id);
  CHECK(two->departed_server_ids.empty());
}

TEST_CASE("UDP servers that are gone, that leave, and that go with their service", "[unit][proxy][routing][compile][udp]") {
  compiling_udp compile;
  model::udp_configuration c{{router("a", "a")}, {service("a", {task("t1", 1, 1), task("t2", 2, 2)})}};
  const auto before = compile(c).next;
  const plan::dense_id first = only(*before).servers[0].id, second = only(*before).servers[1].id;
  SECTION("its task left") {
    c.services[0].servers.pop_back();
    const auto t = compile(c).next;
    CHECK(t->departed_server_ids == std::vector{second});
    CHECK(t->udp.gone_server_ids == std::vector{second});
    CHECK(compile(c).next->udp.gone_server_ids.empty());  // once
  }
  SECTION("another port of the same task: nobody vouches for the old one") {
    c.services[0].servers[1] = task("t2", 2, 2, 5353);
    const auto t = compile(c).next;
    CHECK(t->departed_server_ids == std::vector{second});
    CHECK(t->udp.gone_server_ids == std::vector{second});
  }
  SECTION("leaving") {
    c.services[0].servers[1].leaving = true;
    const auto t = compile(c).next;
    CHECK(t->departed_server_ids.empty());
    CHECK(t->udp.leaving_server_ids == std::vector{second});
    c.services[0].session_idle = 5s;
    CHECK(compile(c).next->udp.leaving_server_ids.empty());  // once
  }
  SECTION("the service: nobody vouches for the addresses") {
    const auto t = compile(model::udp_configuration{}).next;
    CHECK(t->udp.gone_server_ids == std::vector{first, second});
    CHECK(t->udp.departed_service_ids.size() == 1);
  }
  SECTION("a server outside of a swarm that the file names no more") {
    c.services[0].servers = {server_at(7, 53), server_at(8, 53)};
    const plan::dense_id id = only(*compile(c).next).servers[1].id;
    c.services[0].servers.pop_back();
    CHECK(compile(c).next->udp.gone_server_ids == std::vector{id});
  }
}
