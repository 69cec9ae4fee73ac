// Start, drain, end; clients that leave; two workers.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

const std::string handshake =
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n";

}  // namespace

TEST_CASE("an address that is taken, or is none, is explained", "[integration][proxy][lifecycle]") {
  fake_server a;
  silent_sink sink;
  waggle::base::logger log{sink};
  for (const std::string& address : {"127.0.0.1:" + std::to_string(a.port()), std::string("nonsense"), std::string("10.255.255.1:80")}) {
    auto o = default_options();
    o.entry_points[0].address = address;
    waggle::proxy::server s(o, log);
    const auto r = s.start();
    REQUIRE(r.has_error());
    CAPTURE(r.error().reason);
    CHECK(r.error().reason.find("http") != std::string::npos);
    CHECK(r.error().reason.find(address) != std::string::npos);
  }
  auto o = default_options();
  o.entry_points[0].forwarded_headers.ranges = {"10.0.0.0/99"};
  CHECK(waggle::proxy::server(o, log).start().has_error());
}

TEST_CASE("a server that was never started, and one that did nothing, end quietly", "[integration][proxy][lifecycle]") {
  silent_sink sink;
  waggle::base::logger log{sink};
  { waggle::proxy::server s(default_options(), log); }
  {
    waggle::proxy::server s(default_options(), log);
    REQUIRE_FALSE(s.start().has_error());
    CHECK(s.bound_address("http").find("127.0.0.1:") == 0);
    CHECK(s.bound_address("nobody").empty());
  }
  waggle::proxy::server s(default_options(), log);
  REQUIRE_FALSE(s.start().has_error());
  CHECK(s.drain(1s));
}

TEST_CASE("drain: what runs finishes with Connection: close", "[integration][proxy][drain]") {
  gate g;
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/slow") != std::string::npos) g.pass();
    return c.peer.send(ok("done"));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket running = edge.connect(), idle = edge.connect();
  idle.send(get_root);
  REQUIRE(read_answer(idle).status == 200);
  running.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(g.has_guest());
  bool drained = false;
  std::thread draining([&] { drained = edge.server->drain(patience(8s)); });
  CHECK(eventually([&] { return !edge.connect().is_open(); }));  // the listeners are closed
  idle.send(get_root);                                           // one more request on an idle connection
  const answer last = read_answer(idle);
  CHECK(last.status == 200);
  CHECK(last.field("Connection") == "close");
  CHECK(idle.wait_end() == peer_end::fin);
  g.open = true;
  const answer r = read_answer(running);
  CHECK(r.body == "done");
  CHECK(r.complete);
  CHECK(r.field("Connection") == "close");
  CHECK(running.wait_end() == peer_end::fin);
  draining.join();
  CHECK(drained);
  CHECK(edge.stats().connections_open == 0);
}

TEST_CASE("drain: idle connections end soon, without a request", "[integration][proxy][drain]") {
  fake_server a;
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket used = edge.connect(), fresh = edge.connect(), odd = edge.connect();
  used.send(get_root);
  REQUIRE(read_answer(used).status == 200);
  odd.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok\r\n");  // an empty line is no request that has begun
  REQUIRE(read_answer(odd).status == 200);
  REQUIRE(eventually([&] { return edge.stats().connections_open == 3; }));
  const auto begin = test_clock::now();
  CHECK(edge.server->drain(patience(10s)));
  CHECK(test_clock::now() - begin < patience(5s));
  CHECK(used.wait_end() == peer_end::fin);
  CHECK(fresh.wait_end() == peer_end::fin);
  CHECK(odd.wait_end() == peer_end::fin);
}

TEST_CASE("drain: half a head is waited for no longer than an idle connection", "[integration][proxy][drain]") {
  gate g;
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/slow") != std::string::npos) g.pass();
    return c.peer.send(ok("done"));
  });
  auto o = default_options();
  o.timeouts.request_head = patience(60s);
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket running = edge.connect(), whole = edge.connect(), half = edge.connect(), later = edge.connect();
  running.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(g.has_guest());
  whole.send("GET / HTTP/1.1\r\nHo");
  half.send("GET / HTTP/1.1\r\nHo");
  REQUIRE(eventually([&] { return edge.stats().waiting_dawdling == 2; }));
  bool drained = false;
  std::thread draining([&] { drained = edge.server->drain(patience(30s)); });
  CHECK(eventually([&] { return !edge.connect().is_open(); }));
  later.send("GET / HTTP/1.1\r\nHo");  // an idle one that begins a request now
  whole.send("st: h\r\n\r\n");
  CHECK(read_answer(whole).body == "done");
  CHECK(read_answer(half).status == 408);
  CHECK(half.wait_end() == peer_end::fin);
  const unsigned last = read_answer(later).status;
  CHECK((last == 408 || last == 0));  // 0: it came too late for that
  CHECK(later.wait_end() == peer_end::fin);
  g.open = true;
  CHECK(read_answer(running).body == "done");
  draining.join();
  CHECK(drained);
}

TEST_CASE("drain: at the deadline it says that something is left", "[integration][proxy][drain]") {
  gate g;
  fake_server a([&](fake_server::connection& c, recorded&) {
    g.pass();
    return c.peer.send(ok("x"));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(g.has_guest());
  CHECK_FALSE(edge.server->drain(100ms));
  edge.server.reset();                        // the destructor ends it at once
  CHECK(client.wait_end() == peer_end::fin);  // nothing was begun: no answer is no whole answer
  g.open = true;
}

TEST_CASE("the destructor ends requests, uploads, slow readers, idle connections and tunnels", "[integration][proxy][lifecycle]") {
  gate g;
  std::atomic<int> tunnels{0};
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        if (r.field("Upgrade") == "websocket") {
          c.peer.send("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
          ++tunnels;
          c.peer.receive(patience(30s));
          return false;
        }
        if (r.line().find("/hang") != std::string::npos) g.pass();
        if (r.line().find("/endless") != std::string::npos) {
          c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          while (c.peer.send("4000\r\n" + std::string(16'384, 'x') + "\r\n", patience(30s))) {
          }
          return false;
        }
        c.read_body(r);
        return c.peer.send(ok("x"));
      },
      false);
  auto o = default_options();
  o.workers = 2;
  std::vector<raw_socket> clients;
  {
    proxy_fixture edge(o);
    edge.to({server_on(a.port())});
    const std::string texts[] = {"",
                                 "GET / HT",
                                 get_root,
                                 "GET /hang HTTP/1.1\r\nHost: h\r\n\r\n",
                                 "GET /endless HTTP/1.1\r\nHost: h\r\n\r\n",
                                 handshake,
                                 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nsome",
                                 "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
                                 "nonsense\r\n\r\n"};
    for (int i = 0; i < 4; ++i)
      for (const std::string& text : texts) {
        clients.push_back(edge.connect(16 * 1024));
        REQUIRE(clients.back().send(text));
      }
    REQUIRE(eventually([&] { return tunnels == 4 && g.waiting == 4; }));
  }
  g.open = true;
  for (raw_socket& c : clients) {
    c.read_all();
    CHECK(c.end() != peer_end::none);
  }
}

TEST_CASE("idle connections to servers end with the proxy", "[integration][proxy][lifecycle]") {
  fake_server a;
  {
    proxy_fixture edge;
    edge.to({server_on(a.port())});
    CHECK(edge.get().status == 200);
    REQUIRE(eventually([&] { return edge.idle_open() == 1; }));
  }
  CHECK(eventually([&] { return a.open_connections() == 0; }, patience(2s)));
}

TEST_CASE("a client that leaves by reset frees its server connection promptly", "[integration][proxy][abort]") {
  const std::string text = GENERATE(std::string(get_root), std::string("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"),
                                    std::string("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
  std::atomic<bool> there{false};
  fake_server a(
      [&](fake_server::connection& c, recorded&) {
        there = true;
        while (c.peer.receive(patience(30s))) {
        }
        return false;
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(text);
  REQUIRE(eventually([&] { return there.load(); }));
  client.reset();
  CHECK(eventually([&] { return a.open_connections() == 0; }, patience(2s)));
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  CHECK(edge.stats().retries == 0);
}

TEST_CASE("a client that leaves in the middle of an answer stops the server", "[integration][proxy][abort]") {
  const bool by_reset = GENERATE(false, true);
  const std::string head = GENERATE(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                                    std::string("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n"));
  const std::string piece = head.find("chunked") != std::string::npos ? "4000\r\n" + std::string(16'384, 'x') + "\r\n" : std::string(16'384, 'x');
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(head);
    while (c.peer.send(piece)) {
    }
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(client.read_exactly(1'000).size() == 1'000);
  if (by_reset) client.reset();
  else client.close();
  CHECK(eventually([&] { return a.open_connections() == 0; }));
  CHECK(eventually([&] { return edge.stats().connections_open == 0; }));
}

TEST_CASE("two workers serve one port and one table", "[integration][proxy][lifecycle]") {
  auto o = default_options();
  o.workers = 2;
  fake_server a(always(ok("a"))), b(always(ok("b")));
  proxy_fixture edge(o);
  edge.to({server_on(a.port()), server_on(b.port())});
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t)
    clients.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const answer r = edge.get();
        if (r.status == 200 && r.complete) ++good;
      }
    });
  for (std::thread& t : clients) t.join();
  CHECK(good == 200);
  CHECK(a.request_count() + b.request_count() == 200);
  CHECK(a.request_count() >= 90);
  CHECK(b.request_count() >= 90);
  CHECK(edge.stats().generation == 1);
}

TEST_CASE("it routes once every worker has the first complete table", "[integration][proxy][lifecycle]") {
  auto o = default_options();
  o.workers = 2;
  const dead_port dead;
  gate g;
  proxy_fixture edge(o, [&](const std::string&, const std::string&) { g.pass(); });  // holds the worker that tells
  const auto docker = std::make_shared<const waggle::model::configuration>(configuration_of({{"PathPrefix:/dead", {server_on(dead.port())}}}));
  CHECK_FALSE(edge.server->is_routing());
  edge.server->publish({{"docker", docker}, {"file", nullptr}});
  REQUIRE(eventually([&] { return edge.stats().generation == 1; }));
  CHECK_FALSE(edge.server->is_routing());  // one provider has not been heard
  raw_socket client = edge.connect();
  client.send("GET /dead HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(g.has_guest());
  edge.server->publish({{"docker", docker}, {"file", std::make_shared<const waggle::model::configuration>()}});
  REQUIRE(eventually([&] {  // the other worker has it
    raw_socket any = edge.connect();
    any.send(get_root);
    return any.read_until("\r\n", 100ms).find(" 404 ") != std::string::npos;
  }));
  CHECK_FALSE(edge.server->is_routing());
  g.open = true;
  CHECK(eventually([&] { return edge.server->is_routing(); }));
}
