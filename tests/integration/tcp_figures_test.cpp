// What is told of TCP connections while they are open: figures of the wire, the list of them, entries of persistence.
#include "tcp_fixture.hpp"

#include "catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

proxy::layer4_service_figures figures_of(const tcp_fixture& edge, bool persistence = false) {
  const proxy::layer4_figures f = edge.server->read_layer4({.persistence = persistence});
  REQUIRE(f.tcp.size() == 1);
  return f.tcp[0];
}

}  // namespace

TEST_CASE("open connections are counted as well, and what is counted never falls", "[integration][tcp][figures]") {
  listening a;
  tcp_fixture edge(tcp_options(2));
  edge.to({tcp_task(a.port())});
  std::uint64_t last_in = 0, last_out = 0;
  const auto has_grown_to = [&](std::uint64_t in, std::uint64_t out) {
    return eventually([&] {
      const auto s = figures_of(edge);
      CHECK(s.counts.bytes_in >= last_in);
      CHECK(s.counts.bytes_out >= last_out);
      CHECK(s.servers[0].counts.bytes_in == s.counts.bytes_in);
      CHECK(s.servers[0].counts.packets_out == s.counts.packets_out);
      last_in = s.counts.bytes_in;
      last_out = s.counts.bytes_out;
      return last_in >= in && last_out >= out;
    });
  };
  {
    passage p(edge, a);
    p.client.send(std::string(10'000, 'x'));
    REQUIRE(p.server.read_exactly(10'000).size() == 10'000);
    CHECK(has_grown_to(10'000 + 3 * 52 + 8, 1 + 2 * 52 + 8));
    CHECK(last_in < 12'000);
    p.server.send(std::string(20'000, 'y'));
    REQUIRE(p.client.read_exactly(20'000).size() == 20'000);
    CHECK(has_grown_to(10'000, 20'000));
    p.client.half_close();
    CHECK(p.server.wait_end() == peer_end::fin);
    CHECK(has_grown_to(10'000, 20'000));
  }
  REQUIRE(edge.is_quiet());
  const auto s = figures_of(edge);
  CHECK(s.counts.connections == 1);
  CHECK(s.counts.bytes_in == 10'000 + 52 * s.counts.packets_in + 8);
  CHECK(s.counts.bytes_out == 20'001 + 52 * s.counts.packets_out + 8);
  CHECK(s.counts.bytes_in >= last_in);
}

TEST_CASE("where clients come in, by whatever name they ask", "[integration][tcp][figures]") {
  listening a;
  proxy::options o = tcp_options();
  o.entry_points.push_back(o.entry_points[0]);
  o.entry_points[1].name = "other";
  o.entry_points[1].address = ":0";
  tcp_fixture edge(std::move(o));
  edge.to({tcp_task(a.port())}, {}, [](model::tcp_router& r) {
    r.entry_points = {"pg", "other", "elsewhere"};
    r.match.sni = {"db.example", "*.db.example"};
    r.tls = model::tcp_tls::passthrough;
    r.swarm_service = "shop_pg";
  });
  const proxy::layer4_figures f = edge.server->read_layer4();
  CHECK(f.workers == 1);
  const auto& s = f.tcp.at(0);
  CHECK(s.name == "pg");
  CHECK(s.swarm_service == "shop_pg");
  REQUIRE(s.entrances.size() == 2);
  CHECK(s.entrances[0].entry_point == "pg");
  CHECK(s.entrances[0].address == "127.0.0.1:" + std::to_string(edge.port));
  CHECK(s.entrances[0].sni == std::vector<std::string>{"db.example", "*.db.example"});
  const std::string bound = edge.server->bound_address("other");
  CHECK(s.entrances[1].address == "0.0.0.0" + bound.substr(bound.rfind(':')));
}

TEST_CASE("open connections are listed with their ends", "[integration][tcp][figures]") {
  listening a;
  tcp_fixture edge(tcp_options(2));
  edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.idle = 1h; });
  {
    std::vector<passage> open;
    for (int i = 0; i < 5; ++i) open.emplace_back(edge, a);
    const auto all = edge.server->list_layer4({}, 100);
    REQUIRE(all.size() == 5);
    for (const proxy::layer4_connection& c : all) {
      CHECK(c.service == "docker/pg");
      CHECK(c.client == "127.0.0.1");
      CHECK(c.entry_point == "pg");
      CHECK(c.local == "127.0.0.1:" + std::to_string(edge.port));
      CHECK(c.server == "127.0.0.1:" + std::to_string(a.port()));
      CHECK_FALSE(c.half_closed);
      REQUIRE(c.expires_in);
      CHECK(*c.expires_in <= 1h);
      CHECK(*c.expires_in > 59min);
    }
    CHECK(edge.server->list_layer4("docker/pg", 3).size() == 3);
    CHECK(edge.server->list_layer4("docker/other", 100).empty());
    open[0].client.half_close();
    CHECK(open[0].server.wait_end() == peer_end::fin);
    const auto half = [&] {
      const auto now = edge.server->list_layer4({}, 100);
      return std::count_if(now.begin(), now.end(), [](const auto& c) { return c.half_closed; });
    };
    CHECK(eventually([&] { return half() == 1; }));
  }
  REQUIRE(edge.is_quiet());
  CHECK(edge.server->list_layer4({}, 100).empty());
}

TEST_CASE("more connections than a worker looks at in one turn", "[integration][tcp][figures]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())});
  constexpr std::size_t many = 1'200;
  std::vector<passage> open;
  open.reserve(many);
  for (std::size_t i = 0; i < many; ++i) open.emplace_back(edge, a);
  CHECK(edge.server->list_layer4({}, 10'000).size() == many);
  CHECK(edge.server->list_layer4({}, 1'100).size() == 1'100);
  CHECK(eventually([&] { return figures_of(edge).counts.packets_out >= 2 * many; }));  // SYN-ACK and a byte each
}

TEST_CASE("entries of persistence are counted by server, when they are asked for", "[integration][tcp][figures]") {
  listening a, b;
  tcp_fixture edge;
  edge.to({tcp_task(a.port(), 1), tcp_task(b.port(), 2)}, [](model::tcp_service& s) {
    s.persistence.emplace();
    s.scheduling.policy = model::scheduler::weighted_failover;
    s.servers[0].weight = 2;
  });
  {
    passage p(edge, a);
    CHECK(figures_of(edge).servers[0].persistent == 0);
    CHECK(figures_of(edge, true).servers[0].persistent == 1);
    CHECK(figures_of(edge, true).servers[1].persistent == 0);
  }
  REQUIRE(edge.is_quiet());
  CHECK(figures_of(edge, true).servers[0].persistent == 1);  // for a while
}

TEST_CASE("which router takes a connection, and why not the others", "[integration][tcp][explain]") {
  listening a;
  tcp_fixture edge;
  const auto service = [&](const std::string& name) {
    model::tcp_service s;
    s.name = name;
    s.servers = {tcp_task(a.port())};
    return s;
  };
  const auto router = [](const std::string& name, std::vector<std::string> sni, std::vector<std::string> clients = {}) {
    model::tcp_router r;
    r.name = r.service = name;
    r.entry_points = {"pg"};
    r.match.sni = std::move(sni);
    r.match.client_ip = std::move(clients);
    r.swarm_service = "of_" + name;
    return r;
  };
  auto none = service("none");
  none.servers.clear();
  edge.publish({{router("any", {"*"}), router("db", {"db.example"}), router("none", {"none.example"}), router("some", {"*"}, {"10.0.0.0/8"})},
                {service("any"), service("db"), none, service("some")}});
  REQUIRE(edge.skipped.empty());
  proxy::request_question asked;
  asked.entry_point = "pg";
  asked.host = "DB.example.:5432";
  auto e = edge.server->explain(asked);
  CHECK(e.entry_point == "pg");
  CHECK(e.routed);
  CHECK(e.outcome == "TCP router db passes it on to service db");
  REQUIRE(e.servers.size() == 1);
  CHECK(e.servers[0].url == "tcp://127.0.0.1:" + std::to_string(a.port()));
  REQUIRE(e.routes.size() == 4);
  CHECK(e.routes[0].frontend == "db");
  CHECK(e.routes[0].service == "of_db");
  CHECK(e.routes[1].frontend == "any");
  CHECK(e.routes[1].matches);
  CHECK(e.routes[2].why == "takes none.example, not db.example");
  CHECK(e.routes[3].why == "is for clients in 10.0.0.0/8 only");
  asked.host.clear();  // no TLS
  e = edge.server->explain(asked);
  CHECK(e.routes[0].frontend == "any");
  CHECK(e.routes[1].why == "is for clients that begin with TLS");
  asked.host = "none.example";
  CHECK(edge.server->explain(asked).outcome == "TCP router none passes it on to service none, which has no server: it is reset");
  edge.publish({});
  CHECK(edge.server->explain(asked).outcome == "no TCP router takes it: TLS alert unrecognized_name");
}
