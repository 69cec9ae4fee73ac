// How long a UDP session lasts, who gets one, and what happens when there are too many.
#include "udp_fixture.hpp"

#include "catch.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

bool has_sessions(const udp_fixture& edge, std::uint64_t n) {
  return eventually([&] { return edge.stats().udp_sessions == n; });
}

template <class Change>
proxy::options entry_with(Change&& change) {
  proxy::options o = udp_options();
  change(o.entry_points[0]);
  return o;
}

}  // namespace

TEST_CASE("a session ends when it is idle, and is made anew", "[integration][udp][sessions]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())}, [](model::udp_service& s) { s.session_idle = 200ms; });
  REQUIRE(exchange(client, edge.port, server) == "!");
  const std::uint16_t first = server.from().port();
  const auto begin = test_clock::now();
  CHECK(has_sessions(edge, 0));
  CHECK(since(begin) >= 190ms);
  CHECK(since(begin) < patience(900ms));
  REQUIRE(exchange(client, edge.port, server) == "!");
  CHECK(server.from().port() != first);
}

TEST_CASE("datagrams either way keep a session", "[integration][udp][sessions]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())}, [](model::udp_service& s) { s.session_idle = 500ms; });
  REQUIRE(exchange(client, edge.port, server) == "!");
  const udp_address session = server.from();
  const auto begin = test_clock::now();
  while (since(begin) < 1'200ms) {
    server.send_to(session, "tick");
    REQUIRE(client.receive() == "tick");
    std::this_thread::sleep_for(50ms);
  }
  client.send(edge.port, "?");
  REQUIRE(server.receive() == "?");
  CHECK(server.from().port() == session.port());
}

TEST_CASE("timeout.reply ends a session with its answer, not before the second one", "[integration][udp][sessions]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())}, [](model::udp_service& s) { s.replies = 1; });
  client.send(edge.port, "A");
  client.send(edge.port, "AAAA");
  REQUIRE(server.receive() == "A");
  REQUIRE(server.receive() == "AAAA");
  server.answer("1");
  REQUIRE(client.receive() == "1");
  CHECK(edge.stats().udp_sessions == 1);
  server.answer("2");
  REQUIRE(client.receive() == "2");
  CHECK(has_sessions(edge, 0));
}

TEST_CASE("without a server, a router or the right address no session is made", "[integration][udp][sessions]") {
  udp_peer server, client;
  SECTION("no server") {
    udp_fixture edge;
    edge.to({});
    client.send(edge.port, "lost");
    CHECK(eventually([&] { return edge.stats().udp_dropped_no_server == 1; }));
    CHECK(edge.stats().udp_sessions == 0);
    // … and the flow is not blind when one comes.
    edge.to({udp_task(server.port())});
    CHECK(exchange(client, edge.port, server) == "!");
  }
  SECTION("no router") {
    udp_fixture edge;
    client.send(edge.port, "before the first table");
    CHECK(eventually([&] { return edge.stats().udp_dropped_route == 1; }));
    edge.publish({});
    client.send(edge.port, "lost");
    CHECK(eventually([&] { return edge.stats().udp_dropped_route == 2; }));
    CHECK(edge.stats().udp_sessions == 0);
  }
  SECTION("the router's white list") {
    udp_fixture edge;
    edge.to({udp_task(server.port())}, {}, [](model::udp_router& r) { r.white_list = {"10.0.0.0/8"}; });
    client.send(edge.port, "lost");
    CHECK(eventually([&] { return edge.stats().udp_dropped_white_list == 1; }));
    CHECK(edge.stats().udp_sessions == 0);
  }
  SECTION("the entry point's") {
    udp_fixture edge(entry_with([](proxy::entry_point& e) { e.white_list = {{"10.0.0.0/8"}, false}; }));
    edge.to({udp_task(server.port())});
    client.send(edge.port, "lost");
    CHECK(eventually([&] { return edge.stats().udp_dropped_white_list == 1; }));
    CHECK(edge.stats().udp_sessions == 0);
  }
}

TEST_CASE("when there are too many sessions the one idle longest goes, if it is idle", "[integration][udp][sessions]") {
  udp_peer server;
  udp_fixture edge;
  edge.to({udp_task(server.port())}, [](model::udp_service& s) { s.max_sessions = 10; });
  std::vector<udp_peer> clients;
  for (int i = 0; i < 12; ++i) clients.emplace_back();
  for (int i = 0; i < 10; ++i) REQUIRE(exchange(clients[static_cast<std::size_t>(i)], edge.port, server) == "!");
  clients[10].send(edge.port, "too many");
  CHECK(eventually([&] { return edge.stats().udp_dropped_room == 1; }));
  CHECK(edge.stats().udp_sessions == 10);
  // The first one is busy again, the second is idle by now.
  const auto begin = test_clock::now();
  REQUIRE(eventually([&] { return since(begin) > 1'200ms; }));
  REQUIRE(exchange(clients[0], edge.port, server) == "!");
  const std::uint16_t kept = server.from().port();
  REQUIRE(exchange(clients[11], edge.port, server) == "!");
  const proxy::stats now = edge.stats();
  CHECK(now.udp_evicted == 1);
  CHECK(now.udp_sessions == 10);
  REQUIRE(exchange(clients[0], edge.port, server) == "!");
  CHECK(server.from().port() == kept);
}

TEST_CASE("ten thousand sessions stand at once, and more strangers are only counted", "[integration][udp][sessions][slow]") {
  udp_peer server, known;
  udp_fixture edge;
  edge.to({udp_task(server.port())});
  REQUIRE(exchange(known, edge.port, server) == "!");
  const std::uint16_t session = server.from().port();
  // Each stranger is an address of its own, and gone when the next one comes.
  std::uint64_t sent = 0;
  for (unsigned host = 0; host < 20'000; ++host) {
    udp_peer stranger("127.1." + std::to_string(host / 250) + "." + std::to_string(1 + host % 250));
    sent += stranger.send(edge.port, "spoofed");
    if (host % 256 == 0) {  // the flood is not to outrun the socket's memory: what is dropped there is not counted here
      known.send(edge.port, "still here");
      auto heard = server.receive();
      while (heard && *heard == "spoofed") heard = server.receive();
      REQUIRE(heard == "still here");
      REQUIRE(server.from().port() == session);
    }
  }
  const proxy::stats now = edge.stats();
  CHECK(now.udp_sessions <= 10'000);
  CHECK(now.udp_sessions > 5'000);
  CHECK(now.udp_dropped_room + now.udp_evicted > 0);
  CHECK(now.udp_sessions + now.udp_evicted + now.udp_dropped_room <= sent + 1);
}

TEST_CASE("what goes over sessions is counted by service and server, with headers", "[integration][udp][sessions][figures]") {
  udp_peer a, b;
  udp_fixture edge(udp_options(2));
  const bool one_packet = GENERATE(false, true);
  edge.to({udp_task(a.port(), 1), udp_task(b.port(), 2)}, [&](model::udp_service& s) {
    s.one_packet = one_packet;
    s.scheduling.policy = model::scheduler::weighted_failover;
    s.servers[0].weight = 2;
  });
  udp_peer client, other;
  REQUIRE(exchange(client, edge.port, a, "12345", "1234567") == "1234567");
  REQUIRE(exchange(client, edge.port, a, "", "") == "");
  REQUIRE(exchange(other, edge.port, a, "123", "1") == "1");
  const proxy::layer4_figures all = edge.server->read_layer4();
  REQUIRE(all.udp.size() == 1);
  const proxy::layer4_service_figures& s = all.udp[0];
  CHECK(s.key == "docker/dns");
  CHECK(s.protocol == model::protocol::udp);
  CHECK(s.open == 2);
  CHECK(s.counts.connections == (one_packet ? 3 : 2));
  CHECK(s.counts.packets_in == 3);
  CHECK(s.counts.packets_out == 3);
  CHECK(s.counts.bytes_in == 8 + 3 * 28);
  CHECK(s.counts.bytes_out == 8 + 3 * 28);
  REQUIRE(s.servers.size() == 2);
  CHECK(s.servers[0].counts.packets_in == 3);
  CHECK(s.servers[0].active == 2);
  CHECK(s.servers[1].counts.packets_in == 0);
  CHECK(s.servers[1].active == 0);
  CHECK(all.tcp.empty());
  REQUIRE(s.entrances.size() == 1);
  CHECK(s.entrances[0].entry_point == "dns");
  CHECK(s.entrances[0].address == "127.0.0.1:" + std::to_string(edge.port));
  CHECK(s.one_packet == one_packet);
  const auto open = edge.server->list_layer4("docker/dns", 10);
  REQUIRE(open.size() == 2);
  for (const proxy::layer4_connection& c : open) {
    CHECK(c.protocol == model::protocol::udp);
    CHECK(c.client == "127.0.0.1");
    CHECK((c.client_port == client.port() || c.client_port == other.port()));
    CHECK(c.local == s.entrances[0].address);
    CHECK(c.server == "127.0.0.1:" + std::to_string(a.port()));
    REQUIRE(c.expires_in);
    CHECK(c.expires_in->count() <= 60);
  }
  CHECK(edge.server->list_layer4({}, 1).size() == 1);
  CHECK(edge.server->list_layer4("docker/other", 10).empty());
  proxy::request_question asked;
  asked.entry_point = "dns";
  CHECK(edge.server->explain(asked).outcome == "UDP router dns passes it on to service dns");
}
