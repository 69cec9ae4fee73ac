// read_totals and read_figures: the figures add up.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace waggle::test;

TEST_CASE("figures add up", "[integration][proxy][stats]") {
  auto o = default_options();
  o.workers = 2;
  fake_server a(always(ok("12345")));
  dead_port dead;
  proxy_fixture edge(o);
  edge.publish({{"Host:h", {server_on(a.port())}, false, true}, {"Host:dead", {server_on(dead.port())}, false, true}});
  for (int i = 0; i < 10; ++i) CHECK(edge.get().status == 200);
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: nobody\r\n\r\n");
  CHECK(read_answer(client).status == 404);
  client.send("GET / HTTP/1.1\r\nHost: dead\r\n\r\n");
  CHECK(read_answer(client).status == 502);
  client.send("nonsense\r\n\r\n");
  CHECK(read_answer(client).status == 400);
  client.close();
  REQUIRE(eventually([&] { return edge.stats().connections_open == 0; }));
  const auto s = edge.stats();
  CHECK(s.connections_accepted == 11);
  CHECK(s.requests == 12);
  CHECK(s.active == 0);
  CHECK(s.refused_heads == 1);
  CHECK(s.exceptions == 0);
  CHECK(s.status == std::map<unsigned, std::uint64_t>{{200, 10}, {400, 1}, {404, 1}, {502, 1}});
  CHECK(s.bytes_in > 10 * get_root.size());
  CHECK(s.bytes_out > 10 * ok("12345").size());
  CHECK(s.response_time_us < 60'000'000);
  CHECK(s.generation == 1);
  const auto f = edge.server->read_figures();
  REQUIRE(f.servers.size() == 2);
  for (const auto& server : f.servers) {
    CAPTURE(server.url);
    CHECK(server.active == 0);
    if (server.url == a.url()) {
      CHECK(server.requests == 10);
      CHECK(server.failures == 0);
      CHECK(server.connect_failures == 0);
      CHECK(server.connects == static_cast<std::uint64_t>(a.connections()));
      CHECK(server.idle == edge.idle_open());
      CHECK(server.idle >= 1);
    } else {
      CHECK(server.requests == 0);
      CHECK(server.failures == 1);
      CHECK(server.connect_failures == server.connects);
      CHECK(server.connects == s.retries + 1);
    }
  }
}

TEST_CASE("what runs is counted while it runs", "[integration][proxy][stats]") {
  std::atomic<bool> open{false}, there{false};
  fake_server a([&](fake_server::connection& c, recorded&) {
    there = true;
    eventually([&] { return open.load(); });
    return c.peer.send(ok("x"));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(eventually([&] { return there.load(); }));
  auto s = edge.stats();
  CHECK(s.active == 1);
  CHECK(s.connections_open == 1);
  CHECK(edge.figures_of(a.port()).active == 1);
  open = true;
  CHECK(read_answer(client).status == 200);
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  s = edge.stats();
  CHECK(edge.figures_of(a.port()).active == 0);
  CHECK(s.response_time_us > 0);
}

TEST_CASE("a server's figures name its backend and where it came from", "[integration][proxy][stats]") {
  fake_server a;
  proxy_fixture edge;
  edge.to({task_on(a.port(), 3, "task1")});
  edge.get();
  const auto f = edge.server->read_figures();
  REQUIRE(f.servers.size() == 1);
  CHECK(f.servers[0].origin->task_id == "task1");
  CHECK(f.servers[0].url == a.url());
  CHECK(f.servers[0].backend == "backend-0");
}

TEST_CASE("OPTIONS * is no refused head", "[integration][proxy][stats]") {
  proxy_fixture edge;
  edge.to({});
  raw_socket client = edge.connect();
  client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(read_answer(client).status == 200);
  CHECK(edge.stats().refused_heads == 0);
}

TEST_CASE("all bytes are counted, whatever way they took", "[integration][proxy][stats]") {
  const bool chunked = GENERATE(false, true);
  constexpr std::size_t size = 8'000'000;
  fake_server a([&](fake_server::connection& c, recorded&) {
    if (!chunked) return c.peer.send(ok(std::string(size, 'x')));
    char header[20];
    std::snprintf(header, sizeof header, "%zx\r\n", size);
    return c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(header) + std::string(size, 'x') + "\r\n0\r\n\r\n");
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(16 * 1024);
  client.send(get_root);
  CHECK(read_answer(client).body.size() == size);
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  CHECK(edge.stats().bytes_out >= size);
}

TEST_CASE("a tunnel's bytes are counted", "[integration][proxy][stats]") {
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + std::string(100'000, 'x'));
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") != "");
  CHECK(client.read_exactly(100'000).size() == 100'000);
  client.close();
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  CHECK(edge.stats().bytes_out >= 100'000);
}

TEST_CASE("figures of many servers: each has its own, whatever part of them a worker tells at once", "[integration][proxy][stats]") {
  auto o = default_options();
  o.duration_bounds = {5};
  o.workers = 2;
  fake_server a(always(ok("12345")));
  proxy_fixture edge(o);
  constexpr unsigned many = 600;
  std::vector<site> sites;
  for (unsigned i = 0; i < many; ++i) {
    waggle::model::server s = server_on(a.port());
    s.id = "task" + std::to_string(i);
    sites.push_back({"Host:h" + std::to_string(i), {s}, false, true});
  }
  edge.publish(sites);
  for (unsigned i = 0; i < many; ++i) {
    raw_socket c = edge.connect();  // whichever worker takes it
    for (unsigned n = 0; n < 1 + i % 3; ++n) {
      c.send("GET / HTTP/1.1\r\nHost: h" + std::to_string(i) + "\r\n\r\n");
      REQUIRE(read_answer(c).status == 200);
    }
  }
  REQUIRE(eventually([&] { return edge.stats().active == 0; }));
  const waggle::proxy::figures f = edge.server->read_figures();
  CHECK(f.generation == 1);
  REQUIRE(f.servers.size() == many);
  REQUIRE(f.backends.size() == many);
  std::map<std::string, std::uint64_t> wanted, servers, backends;
  for (unsigned i = 0; i < many; ++i) wanted["backend-" + std::to_string(i)] = 1 + i % 3;
  for (const auto& s : f.servers) servers[std::string(s.backend)] = s.requests;
  for (const auto& b : f.backends) {
    REQUIRE(b.answers.size() == 1);
    CHECK(b.answers[0].within == std::vector<std::uint64_t>{b.answers[0].count});
    backends[b.name] = b.answers[0].count;
  }
  CHECK(servers == wanted);
  CHECK(backends == wanted);
  CHECK(std::is_sorted(f.backends.begin(), f.backends.end(), [](const auto& x, const auto& y) { return x.name < y.name; }));
}
