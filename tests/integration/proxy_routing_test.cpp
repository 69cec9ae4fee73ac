// Where requests go: spread, stickiness, 404 and 503, re-publish.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <map>

using namespace waggle::test;

namespace {

/// Says its name.
fake_server::script named(const std::string& name) { return always(ok(name)); }

}  // namespace

TEST_CASE("without a cookie requests are spread evenly", "[integration][proxy][routing]") {
  fake_server a(named("a")), b(named("b")), c(named("c"));
  proxy_fixture edge;
  edge.to({server_on(a.port()), server_on(b.port()), server_on(c.port())});
  raw_socket client = edge.connect();
  std::map<std::string, int> seen;
  for (int i = 0; i < 30; ++i) {
    client.send(get_root);
    const answer r = read_answer(client);
    REQUIRE(r.status == 200);
    CHECK(r.field("Set-Cookie") == "");
    ++seen[r.body];
  }
  CHECK(seen == std::map<std::string, int>{{"a", 10}, {"b", 10}, {"c", 10}});
}

TEST_CASE("a sticky cookie is set once, kept, moved when its server is gone, replaced when it is nonsense", "[integration][proxy][affinity]") {
  fake_server a(named("a")), b(named("b"));
  proxy_fixture edge;
  edge.to({server_on(a.port()), server_on(b.port())}, true);
  const answer first = edge.get();
  REQUIRE(first.status == 200);
  const std::string url = first.body == "a" ? a.url() : b.url();
  CHECK(first.field("Set-Cookie") == "SRV=" + url + "; Path=/");
  const std::string cookie = "Cookie: x=y; SRV=" + url + "\r\n";
  for (int i = 0; i < 6; ++i) {
    const answer again = edge.get("/", cookie);
    CHECK(again.body == first.body);
    CHECK(again.field("Set-Cookie") == "");
  }
  for (const recorded& r : a.requests())
    if (r.on_connection > 1 || r.field("Cookie") != "") CHECK(r.field("Cookie") == "x=y; SRV=" + url);  // forwarded with the others

  for (const char* nonsense : {"Cookie: SRV=http://10.9.9.9:1\r\n", "Cookie: SRV=\r\n", "Cookie: SRV=%00;SRV\r\n"}) {
    const answer fresh = edge.get("/", nonsense);
    CHECK(fresh.status == 200);
    CHECK(fresh.field("Set-Cookie") == "SRV=" + (fresh.body == "a" ? a.url() : b.url()) + "; Path=/");
  }
  // The server leaves: the session moves and is told so.
  fake_server& other = first.body == "a" ? b : a;
  edge.to({server_on(other.port())}, true);
  const answer moved = edge.get("/", cookie);
  CHECK(moved.status == 200);
  CHECK(moved.field("Set-Cookie") == "SRV=" + other.url() + "; Path=/");
  const auto stats = edge.stats();
  CHECK(stats.sticky_hits == 6);
  CHECK(stats.sticky_moves == 4);
  CHECK(stats.sticky_new == 1);
}

TEST_CASE("a sticky server that refuses is left for another, and the cookie follows", "[integration][proxy][affinity][retry]") {
  fake_server alive(named("alive"));
  dead_port dead;
  proxy_fixture edge;
  edge.to({server_on(dead.port()), server_on(alive.port())}, true);
  const answer r = edge.get("/", "Cookie: SRV=http://127.0.0.1:" + std::to_string(dead.port()) + "\r\n");
  CHECK(r.status == 200);
  CHECK(r.field("Set-Cookie") == "SRV=" + alive.url() + "; Path=/");
}

TEST_CASE("before the first publish: 503, and when to come again", "[integration][proxy][routing]") {
  proxy_fixture edge;
  const answer r = edge.get();
  CHECK(r.status == 503);
  CHECK(r.field("Retry-After") == "1");
  fake_server a(named("a"));
  edge.to({server_on(a.port())});
  CHECK(edge.get().body == "a");
}

TEST_CASE("no route: 404; a route without servers: 503; a skipped frontend: 404", "[integration][proxy][routing]") {
  fake_server a(named("a"));
  proxy_fixture edge;
  edge.publish({{"Host:a", {server_on(a.port())}, false, true}, {"Host:empty", {}, false, true}, {"Bogus:x", {server_on(a.port())}, false, true}});
  REQUIRE(edge.skipped.size() == 1);
  CHECK(edge.skipped[0].router.name == "frontend-2");
  raw_socket client = edge.connect();
  const auto ask = [&](const std::string& host) {
    client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return read_answer(client);
  };
  CHECK(ask("A").body == "a");
  CHECK(ask("nobody").status == 404);
  const answer empty = ask("empty");
  CHECK(empty.status == 503);
  CHECK(empty.field("Retry-After") == "1");
  CHECK(ask("a:1234").status == 200);  // all on one connection
}

TEST_CASE("the path is the normal one, for the rule and for the server", "[integration][proxy][routing]") {
  fake_server open(named("open")), admin(named("admin"));
  proxy_fixture edge;
  edge.publish({{"PathPrefix:/", {server_on(open.port())}, false, true}, {"PathPrefix:/admin", {server_on(admin.port())}, false, true}});
  CHECK(edge.get("/x/../admin").body == "admin");
  CHECK(edge.get("/%61dmin").body == "admin");
  CHECK(edge.get("/x/%2e%2E/admin/./y?z=/../").body == "admin");
  CHECK(edge.get("/x%2F..%2Fadmin").body == "open");
  std::vector<std::string> lines;
  for (const recorded& r : admin.requests()) lines.push_back(r.line());
  CHECK(lines == std::vector<std::string>{"GET /admin HTTP/1.1", "GET /%61dmin HTTP/1.1", "GET /admin/y?z=/../ HTTP/1.1"});
}

TEST_CASE("what the server gets: Host, forwarding fields, nothing that ends here", "[integration][proxy][routing]") {
  fake_server a(named("a"));
  proxy_fixture edge;
  edge.publish({{"Host:passed", {server_on(a.port())}, false, true}, {"Host:own", {server_on(a.port())}, false, false}});
  const std::string hostile =
      "X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nX-Real-Ip: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nProxy: evil\r\nKeep-Alive: 5\r\n"
      "Connection: x-mine, X-Forwarded-Proto, close\r\nX-Mine: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nProxy-Connection: "
      "x\r\nX-Kept: yes\r\n";
  raw_socket client = edge.connect();
  client.send("GET /p?q HTTP/1.1\r\nHost: Passed:81\r\n" + hostile + "\r\n");
  REQUIRE(read_answer(client).status == 200);
  const recorded r = a.requests().at(0);
  CHECK(r.line() == "GET /p?q HTTP/1.1");
  CHECK(r.field("Host") == "Passed:81");
  CHECK(r.field("X-Forwarded-For") == "127.0.0.1");
  CHECK(r.field("X-Real-Ip") == "127.0.0.1");
  CHECK(r.field("X-Forwarded-Proto") == "http");
  CHECK(r.field("X-Forwarded-Port") == "81");
  CHECK(r.field("X-Forwarded-Host") == "Passed:81");
  CHECK(r.field("X-Forwarded-Server") == "edge");
  CHECK(r.field("X-Kept") == "yes");
  for (const char* gone : {"X_Forwarded_For", "Forwarded", "Proxy", "Keep-Alive", "Connection", "X-Mine", "Upgrade", "HTTP2-Settings",
                           "Proxy-Connection", "Transfer-Encoding", "Content-Length"}) {
    CAPTURE(gone);
    CHECK(r.field(gone) == "");
  }
  raw_socket second = edge.connect();
  second.send("GET / HTTP/1.1\r\nHost: own\r\n\r\n");
  CHECK(read_answer(second).status == 200);
  CHECK(a.requests().at(1).field("Host") == "127.0.0.1:" + std::to_string(a.port()));
  CHECK(a.requests().at(1).field("X-Forwarded-Host") == "own");
}

// Once it was written over the counters and the endpoint registry of the worker.
TEST_CASE("a Host without end does not reach memory behind its buffer", "[integration][proxy][routing]") {
  fake_server a(named("a"));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: [" + std::string(12'000, 'A') + "]\r\n\r\n");
  CHECK(read_answer(client).status == 400);
  CHECK(edge.get().body == "a");
}
