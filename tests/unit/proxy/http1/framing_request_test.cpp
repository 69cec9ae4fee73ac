// RFC 9112 §6 and §9, RFC 9110 §7.6.1 and §10.1.1: what a request head means for its connection.
#include "http1/framing.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::http1;

namespace {

struct outcome {
  refusal refused;
  request_facts facts;
  const field_list* fields = nullptr;
  /// Named by Connection.
  bool named(std::size_t i) const { return (*fields)[i].origin == waggle::http::field_origin::this_hop; }
};
/// `fields` behind "POST / HTTP/1.1" and a Host.
outcome examine(const std::string& fields, const std::string& line = "POST / HTTP/1.1\r\nHost: h\r\n") {
  static std::string text;  // facts are views
  static request_head head;
  text = line + fields + "\r\n";
  REQUIRE(parse_request(text, head).state == parse_state::complete);
  outcome out;
  out.fields = &head.fields;
  out.refused = examine_request(head, out.facts);
  return out;
}

}  // namespace

TEST_CASE("Content-Length as a number", "[unit][proxy][http1][framing]") {
  struct row {
    const char* text;
    bool ok;
    std::uint64_t value;
  };
  const row rows[] = {
      {"0", true, 0},
      {"7", true, 7},
      {"007", true, 7},
      {"9223372036854775807", true, 9223372036854775807u},
      {"5, 5", true, 5},
      {"5,5,5", true, 5},
      {"5 ,\t5", true, 5},
      {"05, 5", true, 5},
      {"9223372036854775808", false, 0},
      {"18446744073709551616", false, 0},
      {"99999999999999999999999999", false, 0},
      {"", false, 0},
      {" ", false, 0},
      {",", false, 0},
      {"5,", false, 0},
      {",5", false, 0},
      {"5,,5", false, 0},
      {"5, 6", false, 0},
      {"+5", false, 0},
      {"-5", false, 0},
      {"5 5", false, 0},
      {"0x5", false, 0},
      {"5.0", false, 0},
      {"5e1", false, 0},
      {"\"5\"", false, 0},
      {"5;", false, 0},
      {"\xd9\xa5", false, 0},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    std::uint64_t n = 0;
    CHECK(parse_content_length(r.text, n) == r.ok);
    if (r.ok) CHECK(n == r.value);
  }
}

TEST_CASE("body framing of a request", "[unit][proxy][http1][framing]") {
  struct row {
    const char* fields;
    unsigned status;
    framing body;
  };
  const framing none{}, chunked{body_kind::chunked, 0};
  const auto length = [](std::uint64_t n) { return framing{body_kind::length, n}; };
  const row rows[] = {
      {"", 0, none},
      {"Content-Length: 5\r\n", 0, length(5)},
      {"Content-Length: 0\r\n", 0, length(0)},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", 0, length(5)},
      {"Content-Length: 5, 5\r\n", 0, length(5)},
      {"Content-Length: 5\r\nContent-Length: 6\r\n", 400, none},
      {"Content-Length: 5\r\nContent-Length: x\r\n", 400, none},
      {"Content-Length:\r\n", 400, none},
      {"Content-Length: +5\r\n", 400, none},
      {"Transfer-Encoding: chunked\r\n", 0, chunked},
      {"transfer-encoding: CHUNKED\r\n", 0, chunked},
      {"Transfer-Encoding: , chunked ,\r\n", 0, chunked},
      {"Transfer-Encoding: chunked, chunked\r\n", 400, none},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400, none},
      {"Transfer-Encoding: gzip, chunked\r\n", 400, none},
      {"Transfer-Encoding: chunked, gzip\r\n", 400, none},
      {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 400, none},
      {"Transfer-Encoding: identity\r\n", 400, none},
      {"Transfer-Encoding: xchunked\r\n", 400, none},
      {"Transfer-Encoding: chunked;q=1\r\n", 400, none},
      {"Transfer-Encoding: \"chunked\"\r\n", 400, none},
      {"Transfer-Encoding: \xc2\xa0 chunked\r\n", 400, none},
      {"Transfer-Encoding:\r\n", 400, none},
      {"Transfer-Encoding: ,\r\n", 400, none},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", 400, none},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400, none},
      {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400, none},
      {"Content-Length: x\r\nTransfer-Encoding: chunked\r\n", 400, none},
  };
  for (const row& r : rows) {
    CAPTURE(r.fields);
    const outcome o = examine(r.fields);
    CHECK(o.refused.status == r.status);
    if (r.status == 0) CHECK(o.facts.body == r.body);
  }
  CHECK(examine("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0\r\n").refused.status == 400);
  CHECK(examine("Content-Length: 3\r\n", "POST / HTTP/1.0\r\n").facts.body == length(3));
}

TEST_CASE("persistence of a client connection", "[unit][proxy][http1][framing]") {
  struct row {
    const char *line, *fields;
    bool keep;
  };
  const row rows[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n", "", true},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "Connection: close\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "Connection: CLOSE\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "Connection: keep-alive, close\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "Connection: x\r\nConnection: close\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "Connection: closed\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "Proxy-Connection: close\r\n", true},
      {"GET / HTTP/1.0\r\n", "", false},
      {"GET / HTTP/1.0\r\n", "Connection: Keep-Alive\r\n", true},
      {"GET / HTTP/1.0\r\n", "Connection: keep-alive, close\r\n", false},
  };
  for (const row& r : rows) {
    CAPTURE(r.line, r.fields);
    CHECK(examine(r.fields, r.line).facts.keep_alive == r.keep);
  }
}

TEST_CASE("Connection names fields that end here", "[unit][proxy][http1][framing]") {
  // Indexes count from Host, which is field 0.
  const outcome o = examine("Connection: x-a, X-B ,,close\r\nX-A: 1\r\nX-C: 2\r\nx-b: 3\r\nX-A: 4\r\n");
  REQUIRE_FALSE(o.refused);
  CHECK_FALSE(o.named(0));
  CHECK(o.named(2));
  CHECK_FALSE(o.named(3));
  CHECK(o.named(4));
  CHECK(o.named(5));
  for (const char* name : {"host", "Host", "CONTENT-LENGTH", "Transfer-Encoding"}) {
    CAPTURE(name);
    CHECK(examine("Connection: " + std::string(name) + "\r\n").refused.status == 400);
    CHECK(examine("Connection: close, " + std::string(name) + "\r\n").refused.status == 400);
  }
  std::string many = "Connection: ";
  for (int i = 0; i < 100; ++i) many += "a,";
  CHECK_FALSE(examine(many + "\r\n").refused);
  CHECK(examine(many + "a\r\n").refused.status == 400);
  CHECK(examine(many + "\r\nConnection: b\r\n").refused.status == 400);
}

TEST_CASE("Host is needed once and must be one", "[unit][proxy][http1][framing]") {
  const std::string line = "GET / HTTP/1.1\r\n";
  CHECK(examine("", line).refused.status == 400);
  CHECK_FALSE(examine("", "GET / HTTP/1.0\r\n").refused);
  CHECK_FALSE(examine("", "GET / HTTP/1.0\r\n").facts.has_host);
  CHECK(examine("Host: a\r\nHost: a\r\n", line).refused.status == 400);
  CHECK(examine("Host: a\r\nHost: b\r\n", "GET / HTTP/1.0\r\n").refused.status == 400);
  CHECK(examine("Host: a, b\r\n", line).refused.status == 400);
  const outcome empty = examine("Host:\r\n", line);
  CHECK_FALSE(empty.refused);
  CHECK(empty.facts.has_host);
  const outcome one = examine("Host: Example.com:80\r\n", line);
  CHECK(one.facts.host == "Example.com:80");
}

TEST_CASE("only 100-continue can be expected", "[unit][proxy][http1][framing]") {
  const std::string body = "Content-Length: 1\r\n";
  CHECK(examine("Expect: 100-continue\r\n" + body).facts.expect_continue);
  CHECK(examine("expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n").facts.expect_continue);
  CHECK_FALSE(examine("Expect: 100-continue\r\n").facts.expect_continue);  // nothing to wait for
  CHECK(examine("Expect: 200-ok\r\n" + body).refused.status == 417);
  // Libraries switch the expectation off with an empty field.
  CHECK_FALSE(examine("Expect:\r\n" + body).refused);
  CHECK_FALSE(examine("Expect:\r\n" + body).facts.expect_continue);
  CHECK(examine("Expect: 100-continue, x\r\n" + body).refused.status == 417);
  CHECK(examine("Expect: x\r\nExpect: 100-continue\r\n" + body).refused.status == 417);
  CHECK(examine("Expect: 100-continue\r\nExpect: 100-continue\r\n" + body).facts.expect_continue);
  CHECK(examine("Expect: 100-continue, 100-continue\r\n" + body).facts.expect_continue);
  const outcome old = examine("Expect: 100-continue\r\n" + body, "POST / HTTP/1.0\r\n");  // RFC 9110 §10.1.1: ignored
  CHECK_FALSE(old.refused);
  CHECK_FALSE(old.facts.expect_continue);
  CHECK_FALSE(examine("Expect: y\r\n" + body, "POST / HTTP/1.0\r\n").refused);
}

TEST_CASE("a WebSocket handshake is complete or an ordinary request", "[unit][proxy][http1][framing]") {
  const std::string line = "GET / HTTP/1.1\r\nHost: h\r\n", key = "Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n";
  const std::string up = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  CHECK(examine(up + key, line).facts.websocket);
  CHECK(examine(up + key + "Content-Length: 0\r\n", line).facts.websocket);
  struct row {
    std::string line, fields;
  };
  const row rows[] = {
      {line, up},
      {line, up + "Sec-WebSocket-Key: k\r\n"},
      {line, "Upgrade: websocket\r\n" + key},
      {line, "Connection: Upgrade\r\n" + key},
      {line, "Connection: Upgrade\r\nUpgrade: h2c\r\n" + key},
      {line, "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" + key},
      {line, up + "Upgrade: websocket\r\n" + key},
      {line, up + key + "Content-Length: 5\r\n"},
      {line, up + key + "Transfer-Encoding: chunked\r\n"},
      {"POST / HTTP/1.1\r\nHost: h\r\n", up + key},
      {"GET / HTTP/1.0\r\nHost: h\r\n", up + key},
  };
  for (const row& r : rows) {
    CAPTURE(r.line, r.fields);
    const outcome o = examine(r.fields, r.line);
    CHECK_FALSE(o.refused);
    CHECK_FALSE(o.facts.websocket);
  }
}

TEST_CASE("which wishes for another protocol are passed on", "[unit][proxy][http1][framing][upgrade]") {
  const std::string post = "POST /exec/1/start HTTP/1.1\r\nHost: h\r\n", ask = "Connection: Upgrade\r\nUpgrade: ";
  struct row {
    std::string line, fields, passed;
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n", key = "Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n";
  const row rows[] = {
      {post, ask + "tcp\r\nContent-Length: 5\r\n", "tcp"},
      {post, ask + "tcp\r\nTransfer-Encoding: chunked\r\n", "tcp"},
      {post, "connection: close, UPGRADE\r\nUpgrade: SPDY/3.1\r\n", "SPDY/3.1"},
      {get, ask + "IRC/6.9, RTA/x11\r\n", "IRC/6.9, RTA/x11"},
      {get, ask + "websocket\r\n" + key, "websocket"},
      {get, ask + "WebSocket\r\n" + key, "WebSocket"},
      {get, ask + "websocket\r\n", ""},  // half a handshake
      {post, ask + "websocket\r\n" + key, ""},
      {get, ask + "tcp, websocket\r\n", ""},
      {get, ask + "h2c\r\n", ""},  // requests hidden from who checks HTTP/1
      {get, ask + "H2C\r\n", ""},
      {get, ask + "tcp, h2c\r\n", ""},
      {get, ask + "h2c/14\r\n", ""},
      {get, ask + "HTTP/2.0\r\n", ""},
      {get, ask + "http/1.1\r\n", ""},
      {get, ask + "TLS/1.0\r\n", ""},
      {get, "Upgrade: tcp\r\n", ""},  // not in Connection: it belongs to nobody
      {get, ask + "tcp\r\nUpgrade: tcp\r\n", ""},
      {get, ask + "tcp\r\nUpgrade: h2c\r\n", ""},
      {get, ask + "t cp\r\n", ""},
      {get, ask + "/2\r\n", ""},
      {get, ask + "tcp/1/2\r\n", ""},
      {get, ask + "t\"cp\r\n", ""},
      {get, ask + "\r\n", ""},
      {"GET / HTTP/1.0\r\nHost: h\r\n", ask + "tcp\r\n", ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.line, r.fields);
    const outcome o = examine(r.fields, r.line);
    CHECK_FALSE(o.refused);
    CHECK(o.facts.upgrade == r.passed);
  }
  CHECK(asked_for("tcp", "TCP"));
  CHECK(asked_for("IRC/6.9, RTA/x11", "rta/x11"));
  CHECK_FALSE(asked_for("IRC/6.9, RTA/x11", "rta"));
  CHECK_FALSE(asked_for("tcp", ""));
  CHECK_FALSE(asked_for("", ""));
  CHECK_FALSE(asked_for("", "tcp"));
}

TEST_CASE("TE: trailers is noticed", "[unit][proxy][http1][framing]") {
  CHECK(examine("TE: trailers\r\n").facts.te_trailers);
  CHECK(examine("TE: gzip, Trailers\r\n").facts.te_trailers);
  CHECK_FALSE(examine("TE: gzip\r\n").facts.te_trailers);
}
