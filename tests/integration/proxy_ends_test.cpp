// How connections end: nobody loses an answer, or what had arrived of it, to a reset.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;

namespace {

/// Everything to backend "app", with options.
struct refusing_edge : proxy_fixture {
  test::configuration c = configuration_of({site{"PathPrefix:/", {}}});
  void go() {
    server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
    eventually([this] { return server->read_totals().generation >= 1; });
  }
};

/// As most clients do it: sends all, and looks for an answer only then. @return its status; 0: it could not send.
unsigned upload_first(const proxy_fixture& edge, std::size_t size, const std::string& framing) {
  raw_socket client = edge.connect();
  if (!client.send("POST /up HTTP/1.1\r\nHost: h\r\n" + framing + "\r\n\r\n", patience(30s))) return 0;
  const std::string piece = framing.find("chunked") != std::string::npos ? "4000\r\n" + std::string(16'384, 'x') + "\r\n" : std::string(16'384, 'x');
  for (std::size_t sent = 0; sent < size; sent += 16'384)
    if (!client.send(piece, patience(30s))) return 0;
  return read_answer(client).status;
}

}  // namespace

TEST_CASE("a refusal reaches clients that send their whole upload first", "[integration][proxy][ends][linger]") {
  constexpr std::size_t size = 16'384 * 1'000;
  const std::string framing = GENERATE(std::string("Content-Length: 16384000"), std::string("Transfer-Encoding: chunked"));
  fake_server a(
      [](fake_server::connection& c, recorded&) {
        c.peer.send("HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 4\r\n\r\nfull");
        return false;
      },
      false);
  refusing_edge edge;
  unsigned expected = 0;
  SECTION("404") {
    edge.c.frontends[0].routes = {{"route", "Host:another"}};
    expected = 404;
  }
  SECTION("503") { expected = 503; }
  SECTION("401") {
    edge.c.backends[0].servers = {server_on(a.port())};
    edge.c.frontends[0].options.auth.emplace().basic.emplace().users = {"u:$apr1$abcdefgh$Q5H4jLRfpg8lBa8CfQtCo1"};
    expected = 401;
  }
  SECTION("413") {
    edge.c.backends[0].servers = {server_on(a.port())};
    edge.c.backends[0].buffering.emplace().max_request_body_bytes = 1'000;
    expected = 413;
  }
  SECTION("429") {
    edge.c.backends[0].servers = {server_on(a.port())};
    edge.c.frontends[0].options.rate_limit = model::rate_limit{{{"all", {3'600'000'000'000, 1, 1}}}, "request.host"};
    expected = 429;
  }
  SECTION("the server's own") {
    edge.c.backends[0].servers = {server_on(a.port())};
    expected = 507;
  }
  edge.go();
  if (expected == 0) return;
  if (expected == 429) edge.get();  // the one that is allowed
  CHECK(upload_first(edge, size, framing) == expected);
  CHECK(eventually([&] { return edge.stats().connections_open == 0; }));
  CHECK(edge.stats().connections_lingering == 0);
}

TEST_CASE("who is turned away from a full edge gets the answer, whatever is still being sent", "[integration][proxy][ends][linger]") {
  std::atomic<bool> open{false};
  fake_server a([&](fake_server::connection& c, recorded&) {
    eventually([&] { return open.load(); }, patience(60s));
    return c.peer.send(ok("x"));
  });
  auto o = default_options();
  o.limits.max_connections = 2;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> served, refused;
  for (int i = 0; i < 2; ++i) {
    served.push_back(edge.connect());
    served.back().send(get_root);
  }
  REQUIRE(eventually([&] { return a.connections() == 2; }));
  for (const std::string framing : {"Content-Length: 1638400", "Transfer-Encoding: chunked"})
    for (int i = 0; i < 5; ++i) {
      CAPTURE(framing, i);
      CHECK(upload_first(edge, 16'384 * 100, framing) == 503);
    }
  // Many of them that do not go: a few are read on, the others make room for the next.
  for (int i = 0; i < 40; ++i) {
    refused.push_back(edge.connect());
    CHECK(read_answer(refused.back()).status == 503);
  }
  CHECK(edge.stats().connections_lingering == 16);
  CHECK(edge.stats().connections_open == 2);
  refused.clear();
  CHECK(eventually([&] { return edge.stats().connections_lingering == 0; }));
  CHECK(edge.stats().turned_away == 50);
  open = true;
  for (raw_socket& s : served) CHECK(read_answer(s).status == 200);
}

TEST_CASE("connections that linger are told of, and make room", "[integration][proxy][ends][linger]") {
  fake_server a;
  auto o = default_options();
  o.limits.max_connections = 4;
  proxy_fixture edge(o);
  edge.publish({site{"Host:there", {server_on(a.port())}}});
  std::vector<raw_socket> refused;
  for (int i = 0; i < 3; ++i) {
    refused.push_back(edge.connect());
    refused.back().send("POST / HTTP/1.1\r\nHost: nobody\r\nContent-Length: 1000000\r\n\r\nsome");
    CHECK(read_answer(refused.back()).status == 404);
  }
  CHECK(eventually([&] { return edge.stats().connections_lingering == 3; }));
  for (int i = 0; i < 6; ++i) {
    refused.push_back(edge.connect());
    refused.back().send("GET / HTTP/1.1\r\nHost: there\r\n\r\n");
    CHECK(read_answer(refused.back()).status == 200);
  }
  CHECK(edge.stats().connections_open <= 4);
}

TEST_CASE("a cut answer brings all that had arrived before it looks cut", "[integration][proxy][ends][cut]") {
  struct row {
    const char* version;
    std::string head, tail;
    bool chunked_in, chunked_out, by_reset;
  };
  const row r =
      GENERATE(row{"1.1", "Content-Length: 400010", "", false, false, false}, row{"1.1", "Transfer-Encoding: chunked", "", true, true, false},
               row{"1.1", "Transfer-Encoding: chunked", "zz\r\n", true, true, false}, row{"1.0", "Content-Length: 400010", "", false, false, false},
               row{"1.0", "Transfer-Encoding: chunked", "", true, false, true});
  CAPTURE(r.version, r.head, r.tail);
  std::string body(400'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i / 7 % 26);
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\n" + r.head + "\r\n\r\n" + (r.chunked_in ? "61a80\r\n" + body + "\r\n" : body));
    if (!r.tail.empty()) {
      c.peer.receive(200ms);  // so that it is read by itself
      c.peer.send(r.tail);
    }
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(16 * 1024);
  client.send(std::string("GET / HTTP/") + r.version + "\r\nHost: h\r\n\r\n");
  REQUIRE(client.read_until("\r\n\r\n") != "");
  CHECK(eventually([&] { return a.connections() == 1 && a.open_connections() == 0; }));  // the server is done with it, the client is not
  std::string got;
  while (client.receive()) {
    got += client.take(client.received().size());
    std::this_thread::sleep_for(1ms);  // a slow reader
  }
  if (r.chunked_out) {
    std::string decoded;
    for (std::size_t at = 0; at < got.size();) {
      const std::size_t n = std::strtoul(got.c_str() + at, nullptr, 16), line = got.find("\r\n", at);
      REQUIRE(line != std::string::npos);
      CHECK(n > 0);  // no last chunk
      decoded += got.substr(line + 2, n);
      at = line + 2 + n + 2;
    }
    CHECK((decoded == body));
  } else {
    CHECK((got == body));
  }
  CHECK(client.end() == (r.by_reset ? peer_end::reset : peer_end::fin));
}

TEST_CASE("whoever closes a connection that its client would have kept reads on for a moment", "[integration][proxy][ends][linger][drain]") {
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
  std::thread drain([&] { CHECK(edge.server->drain(patience(10s))); });
  CHECK(eventually([&] { return !raw_socket::connect(edge.port).is_open(); }));  // the listener is closed
  g.open = true;
  CHECK(read_answer(client).body == "x");
  client.send(get_root);  // it did not know yet
  CHECK(client.wait_end() == peer_end::fin);
  client.close();
  drain.join();
}

TEST_CASE("an urgent byte is no part of a request, and holds none up", "[integration][proxy][ends]") {
  fake_server a([](fake_server::connection& c, recorded& r) { return c.peer.send(ok(r.body)); });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int round = 0; round < 20; ++round) {  // the kernel ends a read there, at one time or another
    client.send("POST / HTTP/1.1\r\nHo");
    REQUIRE(client.send_urgent('!'));
    client.send("st: h\r\nContent-Length: 6\r\n\r\nabcdef");
    REQUIRE(read_answer(client).body == "abcdef");
  }
}
