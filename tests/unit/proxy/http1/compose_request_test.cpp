// Request → text for the next hop: what is sent of what was received, and what waggle adds.
#include "http1/compose_request.hpp"

#include "http1/make_request.hpp"

#include "catch.hpp"

#include <memory>
#include <string>

using namespace waggle;
using namespace waggle::proxy::http1;

namespace {

/// A request as it was received; the bytes that it came in are overwritten at once.
struct received {
  http::heap_arena memory;
  http::request r;
  explicit received(std::string bytes) {
    static request_head head;
    static target_scratch scratch;
    const parse_result parsed = parse_request(bytes, head);
    REQUIRE(parsed.state == parse_state::complete);
    request_facts facts;
    REQUIRE_FALSE(examine_request(head, facts));
    target where;
    REQUIRE_FALSE(parse_target(head.method, head.target, scratch, where));
    make_request(head, facts, where, std::string_view(bytes).substr(0, parsed.bytes), memory, r);
    bytes.assign(bytes.size(), '?');
    std::fill(std::begin(scratch.normal), std::begin(scratch.normal) + 100, '?');
    std::fill(std::begin(scratch.decoded), std::begin(scratch.decoded) + 100, '?');
  }
};

std::string composed(const http::request& r, const next_hop& to) {
  std::string room(4096, '\0');
  room.resize(compose_request(r, to, room));
  return room;
}

constexpr next_hop stranger{.host = "h", .from = {"192.0.2.1", false}, .hostname = "edge", .hops = {}};
constexpr next_hop trusted{.host = "h", .from = {"192.0.2.1", true}, .hostname = "edge", .hops = {}};
const std::string own =
    "X-Forwarded-For: 192.0.2.1\r\nX-Real-Ip: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n"
    "X-Forwarded-Host: h\r\nX-Forwarded-Server: edge\r\n";

}  // namespace

TEST_CASE("a request is sent on without what is for this hop or for waggle", "[unit][proxy][http1][compose]") {
  struct row {
    const char *fields, *stranger, *trusted;
  };
  const row rows[] = {
      {"", "", ""},
      {"A: 1\r\nB:2 \r\nA:\t\r\n", "A: 1\r\nB: 2\r\nA: \r\n", "A: 1\r\nB: 2\r\nA: \r\n"},
      {"Cookie: a=b\r\nDate: x\r\nMax-Forwards: 3\r\n", "Cookie: a=b\r\nDate: x\r\nMax-Forwards: 3\r\n",
       "Cookie: a=b\r\nDate: x\r\nMax-Forwards: 3\r\n"},
      {"Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 1\r\nProxy-Connection: x\r\nTrailer: a\r\nUpgrade: x\r\nTE: gzip\r\n", "", ""},
      {"Proxy: x\r\nProxy-Authorization: x\r\nHTTP2-Settings: x\r\nX-Waggle-Hops: a=1\r\nContent_Length: 3\r\nX_Forwarded_For: 1\r\n", "", ""},
      {"X-Forwarded-Prefix: /p\r\nX-Forwarded-Ssl: on\r\nForwarded: for=1\r\n", "",
       "X-Forwarded-Prefix: /p\r\nX-Forwarded-Ssl: on\r\nForwarded: for=1\r\n"},
  };
  for (const row& r : rows) {
    CAPTURE(r.fields);
    const received got("GET /a?b HTTP/1.1\r\nHost: h\r\n" + std::string(r.fields) + "\r\n");
    CHECK(composed(got.r, stranger) == "GET /a?b HTTP/1.1\r\nHost: h\r\n" + std::string(r.stranger) + own + "\r\n");
    CHECK(composed(got.r, trusted) == "GET /a?b HTTP/1.1\r\nHost: h\r\n" + std::string(r.trusted) + own + "\r\n");
  }
}

TEST_CASE("target, body, trailers, upgrade and expectation are written anew", "[unit][proxy][http1][compose]") {
  struct row {
    const char *sent, *line, *behind;
  };
  const row rows[] = {
      {"GET http://h/x/../%7Ey?q HTTP/1.1\r\nHost: other\r\n\r\n", "GET /~y?q HTTP/1.1", ""},
      {"GET http://h? HTTP/1.1\r\nHost: h\r\n\r\n", "GET /? HTTP/1.1", ""},
      {"GET / HTTP/1.0\r\nHost: h\r\n\r\n", "GET / HTTP/1.1", ""},
      {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\n", "PUT / HTTP/1.1", "Content-Length: 5\r\n"},
      {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "PUT / HTTP/1.1", "Content-Length: 0\r\n"},
      {"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "PUT / HTTP/1.1", "Transfer-Encoding: chunked\r\n"},
      {"GET / HTTP/1.1\r\nHost: h\r\nTE: gzip, trailers\r\nConnection: te\r\n\r\n", "GET / HTTP/1.1", "Te: trailers\r\n"},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x/1\r\n\r\n", "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: x/1\r\n"},
  };
  for (const row& r : rows) {
    CAPTURE(r.sent);
    CHECK(composed(received(r.sent).r, stranger) == std::string(r.line) + "\r\nHost: h\r\n" + own + r.behind + "\r\n");
  }
  received waits("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(composed(waits.r, stranger).find("\r\nExpect: 100-continue\r\n") != std::string::npos);
  waits.r.expect_continue = false;
  waits.r.body = http::body_kind::none;
  CHECK(composed(waits.r, stranger) == "PUT / HTTP/1.1\r\nHost: h\r\n" + own + "\r\n");
}

TEST_CASE("the way so far is continued for trusted peers, and what is set here wins", "[unit][proxy][http1][compose]") {
  received got(
      "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: o\r\nX-Real-Ip: 9.9.9.9\r\n"
      "X-Forwarded-Port: 1\r\nX-Forwarded-Server: s\r\n\r\n");
  CHECK(composed(got.r, stranger) == "GET / HTTP/1.1\r\nHost: h\r\n" + own + "\r\n");
  CHECK(
      composed(got.r, trusted) ==
      "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9, 192.0.2.1\r\nX-Real-Ip: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n"
      "X-Forwarded-Host: o\r\nX-Forwarded-Server: edge\r\n\r\n");
  got.r.fields.set("X-Forwarded-Proto", "wss");
  got.r.fields.remove("X_Real_Ip");
  got.r.fields.add("X-Forwarded-Prefix", "/p");
  CHECK(composed(got.r, stranger) ==
        "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Port: 443\r\n"
        "X-Forwarded-Host: h\r\nX-Forwarded-Server: edge\r\nX-Forwarded-Proto: wss\r\nX-Forwarded-Prefix: /p\r\n\r\n");
  next_hop counted = stranger;
  counted.hops = "ab=2";
  counted.host = "10.0.0.5:80";
  CHECK(composed(received("GET / HTTP/1.0\r\n\r\n").r, counted) ==
        "GET / HTTP/1.1\r\nHost: 10.0.0.5:80\r\nX-Forwarded-For: 192.0.2.1\r\nX-Real-Ip: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: "
        "80\r\n"
        "X-Forwarded-Server: edge\r\nX-Waggle-Hops: ab=2\r\n\r\n");
}

TEST_CASE("a head that does not fit is not sent in part", "[unit][proxy][http1][compose]") {
  const received got("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n");
  const std::string whole = composed(got.r, stranger);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    std::string room(n, '\0');
    CHECK(compose_request(got.r, stranger, room) == 0);
  }
}

TEST_CASE("the request for a page", "[unit][proxy][http1][compose]") {
  received got(
      "POST /x HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\nContent-Length: 3\r\nContent-Type: x/y\r\nX-A: 1\r\nRange: bytes=0-1\r\nExpect: 100-continue\r\n"
      "If-None-Match: \"1\"\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\nUpgrade: foo\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n");
  got.r.fields.set("X-User", "ann");
  next_hop to = stranger;
  to.host = "0.0.0.0";
  CHECK(compose_page_request(got.r, to, "/404") ==
        "GET /404 HTTP/1.1\r\nHost: 0.0.0.0\r\nConnection: close\r\nCookie: a=b\r\nX-A: 1\r\n" + own + "X-User: ann\r\n\r\n");
}
