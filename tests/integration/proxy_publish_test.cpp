// A new table while requests run: old exchanges finish, departed servers' connections end, addresses that change hands.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

struct gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0};
  void pass() {
    ++waiting;
    eventually([this] { return open.load(); }, patience(30s));
  }
  bool has_guest() {
    return eventually([this] { return waiting > 0; });
  }
};

}  // namespace

TEST_CASE("a running request finishes on the table it began with", "[integration][proxy][publish]") {
  gate g;
  fake_server old([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nold");
    g.pass();
    return c.peer.send("end");
  });
  fake_server next(always(ok("next")));
  proxy_fixture edge;
  edge.to({server_on(old.port())});
  raw_socket running = edge.connect();
  running.send(get_root);
  REQUIRE(g.has_guest());
  edge.to({server_on(next.port())});
  CHECK(edge.get().body == "next");
  g.open = true;
  CHECK(read_answer(running).body == "oldend");
  running.send(get_root);
  CHECK(read_answer(running).body == "next");
  CHECK(eventually([&] { return old.open_connections() == 0; }));  // busy when it departed: not kept
}

TEST_CASE("idle connections of a departed server end at once", "[integration][proxy][publish]") {
  fake_server old, next;
  auto o = default_options();
  o.timeouts.upstream_idle = std::chrono::minutes(10);
  proxy_fixture edge(o);
  edge.to({server_on(old.port()), server_on(next.port())});
  for (int i = 0; i < 4; ++i) edge.get();
  REQUIRE(eventually([&] { return old.open_connections() > 0 && next.open_connections() > 0; }));
  edge.to({server_on(next.port())});
  CHECK(eventually([&] { return old.open_connections() == 0; }, patience(2s)));
  CHECK(next.open_connections() > 0);
  CHECK(edge.get().status == 200);
  CHECK(next.connections() == 1);
}

TEST_CASE("a new task at an old address gets no old connection", "[integration][proxy][publish]") {
  fake_server a;
  auto o = default_options();
  o.timeouts.upstream_idle = std::chrono::minutes(10);
  proxy_fixture edge(o);
  edge.to({server_on(a.port(), "first")});
  edge.get();
  REQUIRE(a.connections() == 1);
  edge.to({server_on(a.port(), "second")});
  CHECK(edge.get().status == 200);
  CHECK(a.connections() == 2);
  const auto requests = a.requests();
  CHECK(requests.at(1).connection == 2);
  edge.to({server_on(a.port(), "second")});  // nothing new: the pool stays
  edge.get();
  CHECK(a.connections() == 2);
}

TEST_CASE("a request that no server has seen yet moves on with its old table", "[integration][proxy][publish]") {
  // The first server holds the request, then ends the connection without a byte: a GET goes to the second, which has left
  // the table meanwhile. Its number is free, but nobody has it yet.
  gate g;
  fake_server first([&](fake_server::connection&, recorded&) {
    g.pass();
    return false;
  });
  fake_server second(always(ok("second")));
  proxy_fixture edge;
  edge.to({server_on(first.port()), server_on(second.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(g.has_guest());
  edge.publish({});
  g.open = true;
  CHECK(read_answer(client).body == "second");
  CHECK(edge.get().status == 404);
}

TEST_CASE("a retry on an old table whose server's number has a new holder", "[integration][proxy][publish]") {
  gate g;
  fake_server first([&](fake_server::connection&, recorded&) {
    g.pass();
    return false;
  });
  fake_server second([&](fake_server::connection& c, recorded&) {
    c.peer.receive(50ms);  // nothing comes: the answer is sent in a later batch
    return c.peer.send(ok("second"));
  });
  fake_server third(always(ok("third"))), fourth(always(ok("fourth")));
  proxy_fixture edge;
  edge.to({server_on(first.port()), server_on(second.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(g.has_guest());
  edge.publish({});
  edge.to({server_on(third.port()), server_on(fourth.port())});  // they take the numbers
  for (int i = 0; i < 4; ++i) CHECK(edge.get().status == 200);   // and are registered under them
  g.open = true;
  CHECK(read_answer(client).body == "second");
  for (int i = 0; i < 4; ++i) CHECK(edge.get().status == 200);
}

TEST_CASE("a retry on an old table does not take the number of the next holder", "[integration][proxy][publish]") {
  gate g;
  fake_server first([&](fake_server::connection&, recorded&) {
    g.pass();
    return false;
  });
  const auto slow = [](fake_server::connection& c, recorded&) {
    c.peer.receive(20ms);  // nothing comes: the answer is sent in a later batch
    return c.peer.send(ok("new"));
  };
  fake_server second(always(ok("second"))), third(slow), fourth(slow);
  proxy_fixture edge;
  edge.to({server_on(first.port()), server_on(second.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(g.has_guest());
  edge.publish({});
  g.open = true;
  CHECK(read_answer(client).body == "second");
  edge.to({server_on(third.port()), server_on(fourth.port())});  // they take the numbers
  for (int i = 0; i < 6; ++i) CHECK(edge.get().body == "new");
}

TEST_CASE("a departed server that an old table still reaches keeps no connection", "[integration][proxy][publish]") {
  gate g;
  fake_server first([&](fake_server::connection&, recorded&) {
    g.pass();
    return false;
  });
  fake_server second(always(ok("second")));
  auto o = default_options();
  o.timeouts.upstream_idle = std::chrono::minutes(10);
  proxy_fixture edge(o);
  edge.to({server_on(first.port()), server_on(second.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(g.has_guest());
  edge.publish({});
  g.open = true;
  CHECK(read_answer(client).body == "second");
  CHECK(eventually([&] { return second.open_connections() == 0; }, patience(1s)));
}

TEST_CASE("publishing while requests run loses none", "[integration][proxy][publish]") {
  auto o = default_options();
  o.workers = 2;
  fake_server a(always(ok("a"))), b(always(ok("b"))), c(always(ok("c")));
  proxy_fixture edge(o);
  const std::uint16_t ports[] = {a.port(), b.port(), c.port()};
  edge.to({server_on(ports[0])});
  std::atomic<bool> stop{false};
  std::atomic<int> good{0}, bad{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t)
    clients.emplace_back([&, t] {
      raw_socket s = edge.connect();
      while (!stop) {
        s.send(t % 2 == 0 ? get_root : "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
        const answer r = read_answer(s);
        ++(r.status == 200 && r.complete ? good : bad);
        if (r.status == 0) s = edge.connect();
      }
    });
  for (int i = 0; i < 60; ++i) {
    const std::string generation = "t" + std::to_string(i);
    edge.to({server_on(ports[i % 3], generation + "x"), server_on(ports[(i + 1) % 3], i % 4 == 0 ? "kept" : generation)});
  }
  CHECK(eventually([&] { return good > 200; }));
  stop = true;
  for (std::thread& t : clients) t.join();
  CHECK(bad == 0);
  CHECK(edge.stats().exceptions == 0);
}
