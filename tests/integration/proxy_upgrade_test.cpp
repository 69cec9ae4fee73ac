// RFC 9110 §7.8 and RFC 6455: WebSocket tunnels; refused and unasked upgrades.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

const std::string handshake =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";
const std::string switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

/// Switches, says hello at once, then echoes until the client half-closes; then says bye.
bool echo(fake_server::connection& c, recorded& r) {
  if (!r.line().starts_with("GET /ws")) return c.peer.send(ok("plain"));
  c.peer.send(switching + "hello");
  for (;;) {
    while (c.peer.received().empty()) {
      if (!c.peer.receive(patience(60s))) {
        if (c.peer.end() == peer_end::fin) c.peer.send("bye");
        return false;
      }
    }
    if (!c.peer.send(c.peer.take(c.peer.received().size()))) return false;
  }
}

}  // namespace

TEST_CASE("a tunnel carries bytes both ways, early ones too, and half-closes", "[integration][proxy][upgrade]") {
  fake_server a(echo);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  const bool early = GENERATE(false, true);
  REQUIRE(client.send(handshake + (early ? "early" : "")));
  const answer r = read_answer(client);
  REQUIRE(r.status == 101);
  CHECK(r.field("Upgrade") == "websocket");
  CHECK(r.field("Connection") == "Upgrade");
  CHECK(r.field("Sec-WebSocket-Accept") == "x");
  CHECK(client.read_exactly(5) == "hello");
  if (early) CHECK(client.read_exactly(5) == "early");
  for (const std::size_t size : {std::size_t{1}, std::size_t{1'000}, std::size_t{500'000}}) {
    const std::string text(size, 'x');
    std::thread sender([&] { client.send(text); });
    CHECK((client.read_exactly(size) == text));
    sender.join();
  }
  client.half_close();
  CHECK(client.read_all() == "bye");
  CHECK(client.end() == peer_end::fin);
  CHECK(eventually([&] { return a.open_connections() == 0; }));
  const recorded got = a.requests().at(0);
  CHECK(got.field("Upgrade") == "websocket");
  CHECK(got.field("Connection") == "Upgrade");
  CHECK(eventually([&] { return edge.stats().connections_open == 0; }));
}

TEST_CASE("a tunnel ends with its server", "[integration][proxy][upgrade]") {
  const bool abruptly = GENERATE(false, true);
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(switching);
    c.peer.read_exactly(2);
    if (abruptly) c.reset();
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(handshake);
  REQUIRE(read_answer(client).status == 101);
  client.send("go");
  CHECK(client.wait_end() == (abruptly ? peer_end::reset : peer_end::fin));
}

TEST_CASE("a client that resets its tunnel frees the server at once", "[integration][proxy][upgrade]") {
  fake_server a(echo);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(handshake);
  CHECK(client.read_until("hello") != "");
  client.reset();
  CHECK(eventually([&] { return a.open_connections() == 0; }));
  CHECK(eventually([&] { return edge.stats().active == 0; }));
}

TEST_CASE("a refused upgrade is an ordinary answer, and what follows an ordinary request", "[integration][proxy][upgrade]") {
  fake_server a([](fake_server::connection& c, recorded& r) {
    return c.peer.send(r.line().starts_with("GET /ws") ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" : ok(r.line()));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(handshake + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(read_answer(client).status == 403);
  CHECK(read_answer(client).body == "GET /next HTTP/1.1");
}

TEST_CASE("a switch that nobody asked for is a bad gateway", "[integration][proxy][upgrade]") {
  std::string reply = switching;
  std::string request = get_root;
  SECTION("no upgrade asked") {}
  SECTION("to something else") {
    request = handshake;
    reply = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
  }
  SECTION("half a handshake asked") { request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"; }
  SECTION("h2c asked") { request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"; }
  fake_server a(always(reply));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(request);
  CHECK(read_answer(client).status == 502);
}

namespace {

/// `docker exec`: a POST with a body asks for the protocol "tcp"; the server switches and echoes.
bool exec(fake_server::connection& c, recorded& r) {
  if (!r.line().starts_with("POST /exec")) return c.peer.send(ok(r.line()));
  c.peer.send("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + r.body);
  while (c.peer.receive(patience(60s))) c.peer.send(c.peer.take(c.peer.received().size()));
  return false;
}

}  // namespace

TEST_CASE("another protocol than WebSocket, asked for by a POST with a body", "[integration][proxy][upgrade]") {
  const bool chunked = GENERATE(false, true);
  const int sends = GENERATE(1, 2);  // the body with the head, or behind it
  fake_server a(exec);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  const std::string head = "POST /exec/1/start HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\n";
  const std::string body = chunked ? "2\r\n{}\r\n0\r\n\r\n" : "{}";
  const std::string framed = head + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 2\r\n\r\n");
  if (sends == 1) {
    client.send(framed + body);
  } else {
    client.send(framed);
    REQUIRE(eventually([&] { return edge.stats().active == 1; }));
    client.send(body);
  }
  const answer r = read_answer(client);
  REQUIRE(r.status == 101);
  CHECK(r.field("Upgrade") == "tcp");
  CHECK(r.field("Connection") == "Upgrade");
  CHECK(r.field("Content-Type") == "application/vnd.docker.raw-stream");
  CHECK(client.read_exactly(2) == "{}");
  client.send("GET / HTTP/1.1\r\n\r\n");  // is data now
  CHECK(client.read_exactly(18) == "GET / HTTP/1.1\r\n\r\n");
  client.half_close();
  CHECK(client.read_all() == "");
  CHECK(a.requests().at(0).field("Upgrade") == "tcp");
  CHECK(a.requests().at(0).field("Connection") == "Upgrade");
}

TEST_CASE("h2c and half a WebSocket never reach a server as a wish for another protocol", "[integration][proxy][upgrade]") {
  const std::string wish = GENERATE(as<std::string>{}, "h2c", "tcp, h2c", "HTTP/2.0", "websocket", "TLS/1.0");
  fake_server a;
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + wish + "\r\nHTTP2-Settings: x\r\n\r\n");
  CHECK(read_answer(client).status == 200);
  CHECK(a.requests().at(0).field("Upgrade") == "");
  CHECK(a.requests().at(0).field("Connection") == "");
  CHECK(a.requests().at(0).field("HTTP2-Settings") == "");
}

TEST_CASE("a switch before the request's body has ended is a bad gateway", "[integration][proxy][upgrade]") {
  fake_server a([](fake_server::connection& c, recorded&) { return c.peer.send("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"); },
                false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 5\r\n\r\nab");
  CHECK(read_answer(client).status == 502);
}

TEST_CASE("a 426 says which protocol it wants", "[integration][proxy][upgrade]") {
  const bool closes = GENERATE(false, true);
  fake_server a(always("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const answer r = edge.get("/", closes ? "Connection: close\r\n" : "");
  CHECK(r.status == 426);
  CHECK(r.field("Upgrade") == "websocket");
  CHECK(r.field("Connection") == (closes ? "Upgrade, close" : "Upgrade"));
}
