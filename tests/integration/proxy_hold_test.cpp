// waggle.backend.hold: a request waits for a server of its service instead of getting a 503.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

void publish(proxy_fixture& edge, std::vector<waggle::model::server> servers, std::chrono::milliseconds hold = 20s, std::uint64_t replicas = 1,
             std::optional<waggle::model::health_check> health = {}) {
  site s{"PathPrefix:/", std::move(servers)};
  s.hold = hold;
  s.replicas = replicas;
  s.health = std::move(health);
  edge.publish({s});
}

}  // namespace

TEST_CASE("the only task is replaced: requests wait for the next one", "[integration][proxy][hold]") {
  auto o = default_options();
  o.workers = GENERATE(1u, 2u);
  proxy_fixture edge(o);
  fake_server first(always(ok("first"))), second(always(ok("second")));
  publish(edge, {task_on(first.port(), 1, "a")});
  CHECK(edge.get().body == "first");
  publish(edge, {});
  std::vector<raw_socket> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(edge.connect());
    clients.back().send(i % 2 == 0 ? get_root : "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
  }
  REQUIRE(eventually([&] { return edge.stats().holds == 20; }));
  publish(edge, {});  // nothing new: they go on waiting
  CHECK_FALSE(clients[0].receive(50ms));
  const auto begin = test_clock::now();
  publish(edge, {task_on(second.port(), 1, "b")});
  for (raw_socket& c : clients) {
    const answer a = read_answer(c);
    CHECK(a.status == 200);
    CHECK(a.body == "second");
    CHECK(a.field("Set-Cookie").empty());
  }
  CHECK(since(begin) < patience(2s));  // woken, not timed out
  CHECK(second.request_count() == 20);
  CHECK(edge.stats().holds_served == 20);
  clients[3].send(get_root);  // the connection goes on
  CHECK(read_answer(clients[3]).body == "second");
  CHECK(eventually([&] { return edge.stats().active == 0; }));
}

TEST_CASE("without the label, scaled to none, or past its time: 503", "[integration][proxy][hold]") {
  proxy_fixture edge;
  publish(edge, {}, 0s);
  CHECK(edge.get().status == 503);
  publish(edge, {}, 20s, 0);
  CHECK(edge.get().status == 503);
  CHECK(edge.stats().holds == 0);
  publish(edge, {}, 300ms);
  const auto begin = test_clock::now();
  const answer late = edge.get();
  CHECK(late.status == 503);
  CHECK(late.field("Retry-After") == "1");
  CHECK(since(begin) >= 280ms);  // the loop's clock may be some ms behind
  CHECK(edge.stats().holds_expired == 1);
}

TEST_CASE("the service goes while a request waits", "[integration][proxy][hold]") {
  proxy_fixture edge;
  publish(edge, {});
  raw_socket c = edge.connect();
  c.send(get_root);
  REQUIRE(eventually([&] { return edge.stats().holds == 1; }));
  SECTION("removed") { edge.publish({}); }
  SECTION("scaled to none") { publish(edge, {}, 20s, 0); }
  CHECK(read_answer(c).status == 503);
}

TEST_CASE("a client that leaves waits no longer", "[integration][proxy][hold]") {
  proxy_fixture edge;
  publish(edge, {});
  raw_socket polite = edge.connect(), rude = edge.connect();
  polite.send(get_root);
  rude.send(get_root);
  REQUIRE(eventually([&] { return edge.stats().holds == 2; }));
  polite.close();
  rude.reset();
  CHECK(eventually([&] { return edge.stats().active == 0; }, patience(2s)));
  fake_server next(always(ok("next")));
  publish(edge, {task_on(next.port(), 1, "a")});
  CHECK(edge.get().body == "next");
  CHECK(next.request_count() == 1);  // nobody's request came to it
}

TEST_CASE("a thousand wait, one more does not", "[integration][proxy][hold]") {
  proxy_fixture edge;
  publish(edge, {}, patience(20s));
  std::vector<raw_socket> clients;
  for (int i = 0; i < 1'000; ++i) {
    clients.push_back(edge.connect());
    clients.back().send(get_root);
  }
  REQUIRE(eventually([&] { return edge.stats().holds == 1'000; }));
  const answer refused = edge.get();
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "1");
  CHECK(edge.stats().holds_refused == 1);
  fake_server next(always(ok("next")));
  publish(edge, {task_on(next.port(), 1, "a")}, patience(20s));
  int good = 0;
  for (raw_socket& c : clients) good += read_answer(c).body == "next";
  CHECK(good == 1'000);
}

TEST_CASE("a body stays with its client while the request waits", "[integration][proxy][hold]") {
  proxy_fixture edge;
  publish(edge, {});
  const std::string body(8'000'000, 'b');
  raw_socket c = edge.connect();
  std::thread sender([&] { c.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body); });
  REQUIRE(eventually([&] { return edge.stats().holds == 1; }));
  publish(edge, {});
  CHECK(edge.stats().bytes_in < 100'000);
  fake_server next(always(ok("next")));
  publish(edge, {task_on(next.port(), 1, "a")});
  CHECK(read_answer(c).body == "next");
  sender.join();
  REQUIRE(next.request_count() == 1);
  CHECK(next.requests()[0].body == body);
}

TEST_CASE("the only task died and the swarm does not say so yet", "[integration][proxy][hold]") {
  proxy_fixture edge;
  dead_port dead;
  publish(edge, {task_on(dead.port(), 1, "a")});
  raw_socket get = edge.connect(), post = edge.connect();
  get.send(get_root);
  post.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
  REQUIRE(eventually([&] { return edge.stats().holds == 2; }));
  publish(edge, {});
  fake_server next(always(ok("next")));
  publish(edge, {task_on(next.port(), 1, "b")});
  CHECK(read_answer(get).body == "next");
  CHECK(read_answer(post).body == "next");
  CHECK(next.requests()[0].complete);
}

TEST_CASE("a task with a health check label takes requests after its first good probe", "[integration][proxy][hold][health]") {
  std::atomic<bool> ready{false};
  std::atomic<int> early{0};
  fake_server old(
      [&](fake_server::connection& c, recorded& r) { return c.peer.send(ok(r.line().find("/health") != std::string::npos ? "" : "old")); });
  fake_server young([&](fake_server::connection& c, recorded& r) {
    if (r.line() == "GET /health HTTP/1.1") return c.peer.send(ready ? ok("") : "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    if (!ready) ++early;
    return c.peer.send(ok("young"));
  });
  const waggle::model::health_check check{"", "/health", 0, "100ms", "", {}};
  proxy_fixture edge;
  publish(edge, {task_on(old.port(), 1, "a")}, 20s, 2, check);
  CHECK(edge.get().body == "old");  // here when waggle came: believed
  SECTION("beside one that runs") {
    publish(edge, {task_on(old.port(), 1, "a"), task_on(young.port(), 2, "b")}, 20s, 2, check);
    REQUIRE(eventually([&] { return young.request_count() > 1; }));  // probes
    for (int i = 0; i < 10; ++i) CHECK(edge.get().body == "old");
    ready = true;
    CHECK(eventually([&] { return edge.get().body == "young"; }));
  }
  SECTION("alone, with hold: woken by the probe") {
    publish(edge, {task_on(young.port(), 1, "b")}, 20s, 1, check);
    raw_socket c = edge.connect();
    c.send(get_root);
    REQUIRE(eventually([&] { return edge.stats().holds == 1; }));
    ready = true;
    CHECK(read_answer(c).body == "young");
  }
  CHECK(early == 0);
}

TEST_CASE("a session waits for its slot's next task until that is well", "[integration][proxy][hold][health]") {
  std::atomic<bool> ready{false};
  const auto healthy = [](fake_server::connection& c, recorded&) { return c.peer.send(ok("old")); };
  fake_server other(healthy), leaving(healthy);
  fake_server next([&](fake_server::connection& c, recorded& r) {
    if (r.line() == "GET /health HTTP/1.1") eventually([&] { return ready.load(); });  // it is still starting
    return c.peer.send(ok("next"));
  });
  site s{"PathPrefix:/", {task_on(other.port(), 1, "a"), task_on(leaving.port(), 2, "b")}, true};
  s.hold = 20s;
  s.replicas = 2;
  s.health = waggle::model::health_check{"", "/health", 0, "100ms", "", {}};
  proxy_fixture edge;
  edge.publish({s});
  s.servers = {task_on(other.port(), 1, "a"), task_on(next.port(), 2, "c")};
  edge.publish({s});
  raw_socket session = edge.connect();
  session.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: SRV=" + leaving.url() + "\r\n\r\n");
  REQUIRE(eventually([&] { return edge.stats().holds == 1; }));
  CHECK(edge.get().body == "old");  // who has no session there does not wait
  ready = true;
  const answer a = read_answer(session);
  CHECK(a.body == "next");
  CHECK(a.field("Set-Cookie").find(next.url()) != std::string::npos);
}

TEST_CASE("a session waits for its slot while one table follows another", "[integration][proxy][hold][sticky]") {
  proxy_fixture edge;
  fake_server first(always(ok("first"))), next(always(ok("next")));
  std::uint64_t generation = 0;
  const auto publish_tasks = [&](std::vector<waggle::model::server> servers) {
    site s{"PathPrefix:/", std::move(servers), true};
    s.hold = 20s;
    s.replicas = 2;
    auto c = configuration_of({s});
    c.backends[0].buffering.emplace();
    ++generation;
    edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(c)}});
    REQUIRE(eventually([&] { return edge.stats().generation >= generation; }));
  };
  const auto a = task_on(first.port(), 1, "a");
  const dead_port gone;
  const auto b = task_on(gone.port(), 2, "b");
  publish_tasks({a});
  // Its cookie names a task that starts and dies while its body comes: so the slot is known from a table that only passed by.
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nCookie: SRV=" + std::string(b.url.view()) + "\r\nContent-Length: 4\r\n\r\nab");
  REQUIRE(eventually([&] { return edge.stats().active == 1; }));
  publish_tasks({a, b});
  publish_tasks({a});
  client.send("cd");
  REQUIRE(eventually([&] { return edge.stats().holds == 1; }));
  for (unsigned weight = 2; weight < 6; ++weight) {
    auto changed = a;
    changed.weight = static_cast<int>(weight);
    publish_tasks({changed});
    CHECK_FALSE(client.receive(30ms));  // woken by each, and still waiting
  }
  publish_tasks({a, task_on(next.port(), 2, "c")});
  const answer got = read_answer(client);
  CHECK(got.body == "next");
  CHECK_FALSE(got.field("Set-Cookie").empty());
}
