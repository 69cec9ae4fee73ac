// The retry table (RFC 9110 §9.2.2, RFC 9112 §9.3.1), row by row; cut answers look cut.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

std::string request(const std::string& method, const std::string& body = "") {
  return method + " / HTTP/1.1\r\nHost: h\r\n" + (body.empty() && method != "POST" ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") +
         "\r\n" + body;
}

answer ask(const proxy_fixture& edge, const std::string& text) {
  raw_socket client = edge.connect();
  client.send(text);
  return read_answer(client, text.starts_with("HEAD"));
}

/// Answers the first request of each connection; the second one ends it without a byte.
fake_server::script closes_reused(bool by_reset) {
  return [by_reset](fake_server::connection& c, recorded& r) {
    if (r.on_connection == 1) return c.peer.send(ok(r.line().starts_with("HEAD") ? "" : "fresh"));
    if (by_reset) c.reset();
    return false;
  };
}

std::size_t count(const fake_server& s, const std::string& method) {
  std::size_t n = 0;
  for (const recorded& r : s.requests()) n += r.line().starts_with(method + " ");
  return n;
}

}  // namespace

TEST_CASE("refused: another server, whatever the method", "[integration][proxy][retry]") {
  dead_port dead;
  fake_server alive;
  proxy_fixture edge;
  edge.to({server_on(dead.port()), server_on(alive.port())});
  for (const char* method : {"GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"})
    for (int i = 0; i < 2; ++i) CHECK(ask(edge, request(method, "body")).status == 200);
  CHECK(alive.request_count() == 14);
  for (const recorded& r : alive.requests()) CHECK(r.body == "body");
  CHECK(eventually([&] { return edge.stats().status[200] == 14; }));
  CHECK(edge.stats().retries >= 1);
}

TEST_CASE("refused everywhere: 502; nothing in the pool is blamed", "[integration][proxy][retry]") {
  dead_port dead, dead2;
  proxy_fixture edge;
  edge.to({server_on(dead.port()), server_on(dead2.port())}, true);
  const answer r = edge.get();
  CHECK(r.status == 502);
  CHECK(r.field("Set-Cookie").find("SRV=http://127.0.0.1:") == 0);  // Traefik sets it before it asks the server
}

TEST_CASE("a server that does not answer the connect: another one, else 504", "[integration][proxy][retry]") {
  // A listener whose backlog is full drops further SYNs.
  const int full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(::bind(full, reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(::listen(full, 0) == 0);
  ::getsockname(full, reinterpret_cast<sockaddr*>(&at), &size);
  const std::uint16_t port = ntohs(at.sin_port);
  raw_socket filling = raw_socket::connect(port);

  fake_server alive;
  auto o = default_options();
  o.timeouts.connect = 100ms;
  std::atomic<int> told{0};
  proxy_fixture edge(o, [&](const std::string&, const std::string&) { ++told; });
  edge.publish({{"Host:both", {server_on(port), server_on(alive.port())}, false, true}, {"Host:only", {server_on(port)}, false, true}});
  CHECK(ask(edge, "POST / HTTP/1.1\r\nHost: both\r\nContent-Length: 2\r\n\r\nhi").status == 200);
  CHECK(ask(edge, "POST / HTTP/1.1\r\nHost: both\r\nContent-Length: 2\r\n\r\nhi").status == 200);
  CHECK(alive.request_count() == 2);
  CHECK(ask(edge, "GET / HTTP/1.1\r\nHost: only\r\n\r\n").status == 504);
  CHECK(told >= 1);
  ::close(full);
}

TEST_CASE("discovery is told of a server that refuses", "[integration][proxy][retry]") {
  dead_port dead;
  std::atomic<int> told{0};
  proxy_fixture edge(default_options(), [&](const std::string&, const std::string&) { ++told; });
  edge.to({server_on(dead.port())});
  CHECK(edge.get().status == 502);
  CHECK(told >= 1);
}

TEST_CASE("a reused connection that ended: once more on a new one, for idempotent requests", "[integration][proxy][retry]") {
  const bool by_reset = GENERATE(false, true);
  CAPTURE(by_reset);
  for (const std::string method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
    CAPTURE(method);
    fake_server a(closes_reused(by_reset));
    proxy_fixture edge;
    edge.to({server_on(a.port())});
    raw_socket client = edge.connect();
    for (int i = 0; i < 3; ++i) {
      client.send(request(method, method == "PUT" ? "body" : ""));
      REQUIRE(read_answer(client, method == "HEAD").status == 200);
    }
    CHECK(a.connections() == 3);  // each request but the first met a reused connection that ended
    CHECK(count(a, method) == 5);
    if (method == "PUT")
      for (const recorded& r : a.requests()) CHECK(r.body == "body");
    CHECK(edge.stats().retries == 2);
  }
}

TEST_CASE("a reused connection that ended: never twice for POST", "[integration][proxy][retry]") {
  const bool by_reset = GENERATE(false, true);
  for (const std::string method : {"POST", "PATCH", "MKCOL"}) {
    CAPTURE(by_reset, method);
    fake_server a(closes_reused(by_reset));
    proxy_fixture edge;
    edge.to({server_on(a.port())});
    raw_socket client = edge.connect();
    client.send(get_root);
    REQUIRE(read_answer(client).status == 200);
    client.send(request(method, "pay"));
    CHECK(read_answer(client).status == 502);
    CHECK(count(a, method) == 1);
  }
}

TEST_CASE("a reused connection that ended: a streamed body is not repeated", "[integration][proxy][retry]") {
  fake_server a(closes_reused(false));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  REQUIRE(read_answer(client).status == 200);
  client.send(request("PUT", std::string(1'000'000, 'x')));
  CHECK(read_answer(client).status == 502);
  CHECK(count(a, "PUT") == 1);
}

TEST_CASE("a new connection that ended: once more for idempotent requests, never for POST", "[integration][proxy][retry]") {
  const bool by_reset = GENERATE(false, true);
  const auto ends = [&](fake_server::connection& c, recorded&) {
    if (by_reset) c.reset();
    return false;
  };
  SECTION("another server can answer") {
    fake_server bad(ends), good;
    proxy_fixture edge;
    edge.to({server_on(bad.port()), server_on(good.port())});
    for (int i = 0; i < 4; ++i) CHECK(ask(edge, request("GET")).status == 200);
  }
  SECTION("POST") {
    fake_server bad(ends);
    proxy_fixture edge;
    edge.to({server_on(bad.port())});
    CHECK(ask(edge, request("POST", "pay")).status == 502);
    CHECK(bad.request_count() == 1);
  }
  SECTION("nobody can answer") {
    fake_server bad(ends);
    proxy_fixture edge;
    edge.to({server_on(bad.port())});
    CHECK(ask(edge, request("GET")).status == 502);
    CHECK(bad.request_count() >= 2);
    CHECK(bad.request_count() <= 3);
  }
}

TEST_CASE("a new connection that ended: repeated once, not twice", "[integration][proxy][retry]") {
  // Differs from the retry table of http-contract: may_retry allows two extra attempts for fresh_closed as well.
  fake_server bad([](fake_server::connection&, recorded&) { return false; });
  proxy_fixture edge;
  edge.to({server_on(bad.port())});
  CHECK(ask(edge, request("GET")).status == 502);
  CHECK(bad.request_count() == 2);
}

TEST_CASE("after any byte of an answer nothing is repeated", "[integration][proxy][retry]") {
  const std::string bytes = GENERATE("H", "HTTP/1.1 200 OK\r\nContent-Le", "nonsense\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
  CAPTURE(bytes);
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(bytes);
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  answer r = read_answer(client);
  if (r.status == 100) r = read_answer(client);
  CHECK(r.status == 502);
  CHECK(a.request_count() == 1);
}

TEST_CASE("a server that does not answer in time: 504, not repeated", "[integration][proxy][retry]") {
  fake_server slow([](fake_server::connection& c, recorded&) {
    c.peer.receive(patience(30s));
    return false;
  });
  auto o = default_options();
  o.timeouts.response_head = 150ms;
  proxy_fixture edge(o);
  edge.to({server_on(slow.port())});
  CHECK(ask(edge, request("GET")).status == 504);
  CHECK(slow.request_count() == 1);
  CHECK(eventually([&] { return slow.open_connections() == 0; }));
}

TEST_CASE("the server's own 502, 503 and 504 are relayed", "[integration][proxy][retry]") {
  const std::string status = GENERATE("502", "503", "504", "500");
  fake_server a(always("HTTP/1.1 " + status + " Mine\r\nContent-Length: 4\r\nX: y\r\n\r\nmine"));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const answer r = edge.get();
  CHECK(std::to_string(r.status) == status);
  CHECK(r.head.find(" Mine\r\n") != std::string::npos);
  CHECK(r.body == "mine");
  CHECK(a.request_count() == 1);
}

TEST_CASE("a cut answer looks cut", "[integration][proxy][cut]") {
  struct row {
    std::string bytes;
    bool reset;
  };
  const row r = GENERATE(row{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", false},
                         row{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", true},
                         row{"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(200'000, 'x'), false},
                         row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n", false},
                         row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01", true},
                         row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nzz\r\n", false},
                         row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n", false});
  CAPTURE(r.bytes.substr(0, 60), r.reset);
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(r.bytes);
    if (r.reset) {
      eventually([&] { return c.peer.descriptor() >= 0; }, 1ms);
      c.reset();
    }
    return false;
  });
  for (const char* version : {"1.1", "1.0"}) {
    proxy_fixture edge;
    edge.to({server_on(a.port())});
    raw_socket client = edge.connect();
    client.send("GET / HTTP/" + std::string(version) + "\r\nHost: h\r\n\r\n");
    const answer got = read_answer(client);
    if (r.bytes.find("zz") != std::string::npos) {  // in its first bytes: nothing was begun yet
      CHECK(got.status == 502);
      continue;
    }
    CHECK_FALSE(got.complete);
    while (client.receive()) {
    }
    // Only where the framing does not show the cut: what a 1.0 client gets of a chunked answer.
    const bool shown = version == std::string("1.1") || r.bytes.find("chunked") == std::string::npos;
    CHECK(client.end() == (shown ? peer_end::fin : peer_end::reset));
    CHECK(edge.stats().retries == 0);
  }
}

TEST_CASE("an answer that ends with its connection and was reset is cut", "[integration][proxy][cut]") {
  std::atomic<bool> seen{false};
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\n\r\nsome");
    eventually([&] { return seen.load(); });
    c.reset();
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  const bool old = GENERATE(true, false);
  client.send(old ? "GET / HTTP/1.0\r\nHost: h\r\n\r\n" : get_root);
  CHECK(client.read_until("some") != "");
  seen = true;
  while (client.receive()) {
  }
  CHECK(client.received().find("0\r\n\r\n") == std::string::npos);
  CHECK(client.end() == (old ? peer_end::reset : peer_end::fin));
}

TEST_CASE("servers that die of every request: the budget ends the repeating", "[integration][proxy][retry]") {
  const auto dies = [](fake_server::connection&, recorded&) { return false; };
  fake_server one(dies), two(dies);
  proxy_fixture edge;
  edge.to({server_on(one.port()), server_on(two.port())});
  for (int i = 0; i < 100; ++i) CHECK(edge.get().status == 502);
  const std::size_t seen = one.request_count() + two.request_count();
  CHECK(seen >= 100 + 10);
  CHECK(seen <= 100 + 10 + 20);
  CHECK(edge.stats().retries == seen - 100);
  CHECK(edge.stats().retries_refused == 100 - (seen - 100));
}

TEST_CASE("an empty budget refuses no request that another server can answer", "[integration][proxy][retry]") {
  fake_server dies([](fake_server::connection&, recorded&) { return false; });
  fake_server once([](fake_server::connection& c, recorded& r) { return r.on_connection == 1 && c.peer.send(ok("once")); });
  dead_port gone;
  proxy_fixture edge;
  edge.to({server_on(dies.port())});
  for (int i = 0; i < 40; ++i) edge.get();
  REQUIRE(edge.stats().retries_refused > 0);
  // The same backend: a node has gone, and the other server ends each connection after its first answer.
  edge.to({server_on(gone.port()), server_on(once.port())});
  for (int i = 0; i < 60; ++i) CHECK(edge.get().body == "once");
}
