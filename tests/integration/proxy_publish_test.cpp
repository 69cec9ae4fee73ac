// A new table while requests run: old exchanges finish, departed servers' connections end, addresses that change hands.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

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

TEST_CASE("a request that goes out again keeps to the table of the moment", "[integration][proxy][publish]") {
  // The first server holds the request, then ends the connection without a byte. The second has left the table meanwhile: by
  // now another service's task may have its address.
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
  SECTION("the service is gone") {
    edge.publish({});
    g.open = true;
    CHECK(read_answer(client).status == 503);
    CHECK(edge.get().status == 404);
  }
  SECTION("it has other tasks") {
    fake_server third(always(ok("third")));
    edge.to({server_on(third.port())});
    g.open = true;
    CHECK(read_answer(client).body == "third");
  }
  SECTION("it has none") {
    edge.to({});
    g.open = true;
    CHECK(read_answer(client).status == 503);
  }
  CHECK(second.connections() == 0);
}

TEST_CASE("a retry meets servers that took the numbers of its old ones", "[integration][proxy][publish]") {
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
  const bool known_before = GENERATE(true, false);
  proxy_fixture edge;
  edge.to({server_on(first.port()), server_on(second.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(g.has_guest());
  edge.publish({});
  edge.to({server_on(third.port()), server_on(fourth.port())});                 // they take the numbers
  for (int i = 0; known_before && i < 4; ++i) CHECK(edge.get().body == "new");  // and are registered under them
  g.open = true;
  CHECK(read_answer(client).body == "new");
  for (int i = 0; i < 6; ++i) CHECK(edge.get().body == "new");
  CHECK(second.connections() == 0);
}

TEST_CASE("a body is collected while its service's tasks change", "[integration][proxy][publish]") {
  fake_server old(always(ok("old"))), next(always(ok("next")));
  proxy_fixture edge;
  const auto publish = [&](std::uint16_t port) {
    auto c = configuration_of({{"PathPrefix:/", {server_on(port)}}});
    c.backends[0].buffering.emplace();
    edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(c)}});
  };
  publish(old.port());
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nhi");
  REQUIRE(eventually([&] { return edge.stats().bytes_in > 40; }));
  publish(next.port());
  REQUIRE(eventually([&] { return edge.stats().generation == 2; }));
  client.send("ho");
  CHECK(read_answer(client).body == "next");
  CHECK(old.connections() == 0);
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
