// Clients that end their side while their request is worked on: those that left, and those that only have said all.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;

namespace {

constexpr auto a_while = 200ms;  // a client that leaves later than this has given up waiting

/// Everything to backend "app", with options.
struct leaving_edge : proxy_fixture {
  test::configuration c;
  explicit leaving_edge(std::uint16_t of_server) : c(configuration_of({site{"PathPrefix:/", {server_on(of_server)}}})) {}
  leaving_edge& go() {
    server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
    eventually([this] { return server->read_totals().generation >= 1; });
    return *this;
  }
  void ask_first(std::uint16_t of_auth) {
    c.frontends[0].options.auth.emplace().forward.emplace().address = "http://127.0.0.1:" + std::to_string(of_auth) + "/v";
  }
};

std::string post(std::size_t size) {
  return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'b');
}

}  // namespace

TEST_CASE("a client that leaves frees its server and its place", "[integration][proxy][leaving]") {
  const std::string request = GENERATE(std::string(get_root), post(0), post(500));
  std::atomic<int> there{0};
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/next") != std::string::npos) return c.peer.send(ok("next"));
    ++there;
    c.peer.receive(patience(30s));  // works until the other side ends
    return false;
  });
  leaving_edge edge(a.port());
  edge.c.backends[0].max_conn.emplace().amount = 1;
  edge.c.backends[0].max_conn->extractor_func = "client.ip";
  edge.go();
  raw_socket client = edge.connect();
  client.send(request);
  REQUIRE(eventually([&] { return there == 1; }));
  std::this_thread::sleep_for(a_while);
  CHECK(edge.get("/next").status == 429);
  client.close();
  CHECK(eventually([&] { return a.open_connections() == 0; }, patience(5s)));
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  CHECK(edge.stats().status[499] + edge.stats().status[200] == 0);
  CHECK(edge.get("/next").body == "next");
}

TEST_CASE("a client that half-closes and reads is served, whatever takes its time", "[integration][proxy][leaving]") {
  const auto late = GENERATE(0ms, 150ms);
  const auto work = GENERATE(0ms, 100ms, 1'500ms);
  const std::string version = GENERATE(std::string("1.1"), std::string("1.0"));
  CAPTURE(late.count(), work.count(), version);
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.receive(late + work);
    return c.peer.send(ok("served"));
  });
  SECTION("by a server") {
    leaving_edge edge(a.port());
    edge.go();
    raw_socket client = edge.connect();
    client.send("GET / HTTP/" + version + "\r\nHost: h\r\n\r\n");
    std::this_thread::sleep_for(late);
    client.half_close();
    const answer r = read_answer(client);
    CHECK(r.head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(r.body == "served");
    CHECK(client.wait_end() == peer_end::fin);
  }
  SECTION("behind an auth server, with a held answer") {
    fake_server auth([&](fake_server::connection& c, recorded&) {
      c.peer.receive(late + work);
      return c.peer.send(ok(""));
    });
    leaving_edge edge(a.port());
    edge.ask_first(auth.port());
    edge.c.backends[0].buffering.emplace().max_response_body_bytes = 1'000;
    edge.go();
    raw_socket client = edge.connect();
    client.send(post(20));
    std::this_thread::sleep_for(late);
    client.half_close();
    const answer r = read_answer(client);
    CHECK(r.head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(r.body == "served");
  }
}

TEST_CASE("waggle's own answer, an interim one and chunks are whole behind the bytes that looked for the client", "[integration][proxy][leaving]") {
  std::string expected;
  fake_server::script script;
  SECTION("502") {
    script = [](fake_server::connection& c, recorded&) {
      c.peer.receive(200ms);
      return false;
    };
    expected = "HTTP/1.1 502 Bad Gateway\r\n";
  }
  SECTION("interim") {
    script = [](fake_server::connection& c, recorded&) {
      c.peer.receive(200ms);
      c.peer.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
      c.peer.receive(200ms);
      return c.peer.send(ok("x"));
    };
    expected = "HTTP/1.1 103 Early Hints\r\n";
  }
  SECTION("chunks") {
    script = [](fake_server::connection& c, recorded&) {
      c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
      c.peer.receive(400ms);
      c.peer.send("3\r\ntwo\r\n");
      c.peer.receive(1'200ms);
      return c.peer.send("0\r\n\r\n");
    };
    expected = "HTTP/1.1 200 OK\r\n";
  }
  if (!script) return;
  fake_server a(script);
  leaving_edge edge(a.port());
  edge.go();
  raw_socket client = edge.connect();
  client.send(post(3));
  std::this_thread::sleep_for(20ms);
  client.half_close();
  answer r = read_answer(client);
  CHECK(r.head.starts_with(expected));
  if (r.status == 103) {
    r = read_answer(client);
    CHECK(r.head.starts_with("HTTP/1.1 200 OK\r\n"));
  }
  CHECK(r.complete);
  if (expected.find("200") != std::string::npos) CHECK(r.body == "onetwo");
}

TEST_CASE("nothing is begun for a client that left while an auth server was asked, nor repeated by an expression", "[integration][proxy][leaving]") {
  fake_server a([](fake_server::connection& c, recorded&) {
    c.peer.receive(500ms);
    return false;
  });
  SECTION("begun") {
    std::atomic<bool> asked{false};
    fake_server auth([&](fake_server::connection& c, recorded&) {
      asked = true;
      c.peer.receive(700ms);
      return c.peer.send(ok(""));
    });
    leaving_edge edge(a.port());
    edge.ask_first(auth.port());
    edge.go();
    raw_socket client = edge.connect();
    client.send(post(GENERATE(std::size_t{0}, std::size_t{100})));
    REQUIRE(eventually([&] { return asked.load(); }));
    std::this_thread::sleep_for(a_while);
    client.close();
    CHECK(eventually([&] { return edge.stats().active == 0; }));
    CHECK(a.connections() == 0);
  }
  SECTION("repeated") {
    leaving_edge edge(a.port());
    edge.c.backends[0].buffering.emplace().retry_expression = "IsNetworkError() && Attempts() <= 8";
    edge.go();
    raw_socket client = edge.connect();
    client.send(post(0));
    REQUIRE(eventually([&] { return a.connections() == 1; }));
    std::this_thread::sleep_for(a_while);
    client.close();
    CHECK(eventually([&] { return edge.stats().active == 0; }));
    CHECK(a.connections() == 1);
  }
}

TEST_CASE("what was sent whole reaches the server whole, also of clients that hang up at once", "[integration][proxy][leaving]") {
  const bool by_reset = GENERATE(false, true);
  const std::size_t size = by_reset ? 500 : GENERATE(std::size_t{500}, std::size_t{200'000});
  const bool chunked = GENERATE(false, true);
  CAPTURE(by_reset, size, chunked);
  std::atomic<int> finished{0};
  fake_server a([&](fake_server::connection& c, recorded&) {
    if (c.peer.receive(300ms) || c.peer.end() != peer_end::none) return false;  // its work is not cut off
    ++finished;
    return c.peer.send(ok("done"));
  });
  leaving_edge edge(a.port());
  edge.go();
  const std::string body(size, 'z');
  char line[20];
  std::snprintf(line, sizeof line, "%zx\r\n", size);
  for (int i = 0; i < 10; ++i) {
    raw_socket client = edge.connect();
    client.send("PUT /x HTTP/1.1\r\nHost: h\r\n" + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" + std::string(line) + body + "\r\n0\r\n\r\n"
                                                            : "Content-Length: " + std::to_string(size) + "\r\n\r\n" + body));
    if (by_reset) client.reset();
    else client.close();
  }
  CHECK(eventually([&] { return finished == 10; }));
  REQUIRE(eventually([&] { return a.request_count() == 10; }));
  for (const recorded& r : a.requests()) {
    CHECK(r.complete);
    CHECK((r.body == body));
  }
  CHECK(eventually([&] { return edge.stats().active == 0; }));
}

TEST_CASE("a viewer of a silent event stream that leaves frees its server", "[integration][proxy][leaving]") {
  fake_server a([](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    c.peer.receive(patience(30s));
    return false;
  });
  leaving_edge edge(a.port());
  edge.go();
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(client.read_until("data: 1") != "");
  client.read_until("\n\n\r\n");
  client.close();
  CHECK(eventually([&] { return a.connections() == 1 && a.open_connections() == 0; }, patience(5s)));
}

TEST_CASE("a service may finish what it has begun for clients that leave", "[integration][proxy][leaving]") {
  std::atomic<bool> over{false}, cut{false};
  fake_server a([&](fake_server::connection& c, recorded&) {
    cut = c.peer.receive(1s) || c.peer.end() != peer_end::none;
    over = true;
    return !cut && c.peer.send(ok("x"));
  });
  leaving_edge edge(a.port());
  edge.c.backends[0].abort_on_close = GENERATE(false, true);
  edge.go();
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(eventually([&] { return a.connections() == 1; }));
  std::this_thread::sleep_for(a_while);
  client.close();
  CHECK(eventually([&] { return over.load(); }));
  CHECK(cut == edge.c.backends[0].abort_on_close);
}
