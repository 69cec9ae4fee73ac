// RFC 9112 §6.3 for responses, and the Host grammar.
#include "http1/framing.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::http1;

namespace {

struct outcome {
  refusal refused;
  response_facts facts;
  const field_list* fields = nullptr;
};
outcome examine(const std::string& text, bool to_head = false) {
  static std::string kept;
  static response_head head;
  kept = text + "\r\n";
  REQUIRE(parse_response(kept, head).state == parse_state::complete);
  outcome out;
  out.fields = &head.fields;
  out.refused = examine_response(head, to_head, out.facts);
  return out;
}

}  // namespace

TEST_CASE("body framing of a response", "[unit][proxy][http1][framing]") {
  struct row {
    const char* text;
    bool to_head;
    unsigned status;
    framing body;
  };
  const framing none{}, chunked{body_kind::chunked, 0}, close{body_kind::until_close, 0};
  const auto length = [](std::uint64_t n) { return framing{body_kind::length, n}; };
  const row rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", false, 0, length(5)},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", false, 0, length(0)},
      {"HTTP/1.1 200 OK\r\n", false, 0, close},
      {"HTTP/1.0 200 OK\r\n", false, 0, close},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n", false, 0, chunked},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", true, 0, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", true, 0, none},
      {"HTTP/1.1 204 No\r\n", false, 0, none},
      {"HTTP/1.1 304 No\r\nContent-Length: 77\r\n", false, 0, none},
      {"HTTP/1.1 100 C\r\n", false, 0, none},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n", false, 0, length(5)},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", false, 502, none},
      {"HTTP/1.1 304 No\r\nContent-Length: x\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n", false, 502, none},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n", false, 0, length(5)},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", false, 0, chunked},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n", false, 502, none},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", false, 0, chunked},
      {"HTTP/1.1 799 Own\r\nContent-Length: 5\r\n", false, 0, length(5)},
  };
  for (const row& r : rows) {
    CAPTURE(r.text, r.to_head);
    const outcome o = examine(r.text, r.to_head);
    CHECK(o.refused.status == r.status);
    if (r.status == 0) CHECK(o.facts.body == r.body);
  }
}

TEST_CASE("persistence of a server connection", "[unit][proxy][http1][framing]") {
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", zero = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n";
  CHECK(examine(one).facts.keep_alive);
  CHECK_FALSE(examine(one + "Connection: close\r\n").facts.keep_alive);
  CHECK_FALSE(examine("HTTP/1.1 200 OK\r\n").facts.keep_alive);
  CHECK_FALSE(examine(zero).facts.keep_alive);
  CHECK(examine(zero + "Connection: keep-alive\r\n").facts.keep_alive);
  // Where the head contradicts itself, nothing of the connection is believed afterwards.
  CHECK_FALSE(examine("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n").facts.keep_alive);
  CHECK_FALSE(examine("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n").facts.keep_alive);
  CHECK_FALSE(examine(one + "Transfer-Encoding: identity\r\n").facts.keep_alive);
  CHECK((*examine(one + "Connection: x-secret\r\nX-Secret: 1\r\n").fields)[2].origin == waggle::http::field_origin::this_hop);
}

TEST_CASE("the protocol of a 101 or a 426 is what it names once", "[unit][proxy][http1][framing][upgrade]") {
  const std::string line = "HTTP/1.1 101 S\r\n", up = "Connection: upgrade\r\n";
  CHECK(examine(line + up + "Upgrade: websocket\r\n").facts.upgrade == "websocket");
  CHECK(examine(line + up + "Upgrade: tcp\r\n").facts.upgrade == "tcp");
  CHECK(examine(line + "Upgrade: websocket\r\n").facts.upgrade.empty());
  CHECK(examine(line + up).facts.upgrade.empty());
  CHECK(examine(line + up + "Upgrade: tcp\r\nUpgrade: tcp\r\n").facts.upgrade.empty());
  CHECK(examine("HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2,h2c\r\n").facts.upgrade.empty());
  CHECK(examine("HTTP/1.1 426 U\r\nUpgrade: TLS/1.0, HTTP/1.1\r\nContent-Length: 0\r\n").facts.upgrade == "TLS/1.0, HTTP/1.1");
  CHECK(examine("HTTP/1.1 426 U\r\nUpgrade: a\"b\r\nContent-Length: 0\r\n").facts.upgrade.empty());
}

TEST_CASE("how long a server keeps an idle connection, if it says so", "[unit][proxy][http1][framing]") {
  struct row {
    const char* fields;
    std::uint32_t seconds;
  };
  const row rows[] = {{"Keep-Alive: timeout=5\r\n", 5},
                      {"Keep-Alive: max=100, Timeout = 2\r\n", 2},
                      {"keep-alive: timeout=999999999\r\n", 86'400},
                      {"Keep-Alive: timeout=x\r\n", 0},
                      {"Keep-Alive: timeout\r\n", 0},
                      {"Keep-Alive: timeout=-1\r\n", 0},
                      {"Keep-Alive: max=5\r\n", 0},
                      {"X: timeout=5\r\n", 0}};
  for (const row& r : rows) {
    CAPTURE(r.fields);
    CHECK(examine(std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n") + r.fields).facts.keeps_idle_s == r.seconds);
  }
}

TEST_CASE("an announced trailer is noticed", "[unit][proxy][http1][framing]") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
  CHECK(examine(chunked + "Trailer: X\r\n").facts.has_trailer);
  CHECK_FALSE(examine(chunked).facts.has_trailer);
}

TEST_CASE("which Host values are hosts", "[unit][proxy][http1][framing][host]") {
  const char* good[] = {"a",       "example.com",       "Example.COM.", "a:80",        "a:",    "a:0",
                        "a:65535", "10.0.0.1:8080",     "a_b-c~d",      "!$&'()*+,;=", "[::1]", "[::1]:80",
                        "[::1]:",  "[fe80::1:2.3.4.5]", "xn--a",        "a.",          "a.:80", ".a"};
  for (const char* h : good) {
    CAPTURE(h);
    CHECK(valid_host(h));
  }
  const std::string bad[] = {"",
                             ":80",
                             "a:65536",
                             "a:99999",
                             "a:100000",
                             "a:000080",
                             "a:8x",
                             "a:-1",
                             "a:80:80",
                             "a b",
                             "a/b",
                             "a?b",
                             "a#b",
                             "a@b",
                             "user:pw@a",
                             "a\\b",
                             "a%41",
                             "a\"",
                             "a<b>",
                             "a\x7f",
                             "\xc3\xa4",
                             "[",
                             "[]",
                             "[:]",
                             "[::1",
                             "::1",
                             "[::1]80",
                             "[::1]x",
                             "[::1]:x",
                             "[::1]:65536",
                             "[v1.a]",
                             "[fe80::1%25eth0]",
                             "a]",
                             "[::1]:80:80",
                             ".",
                             "..",
                             "a..",
                             "a..b",
                             ".:80",
                             "a..:80",
                             std::string(256, 'a'),
                             std::string("a\0b", 3)};
  for (const std::string& h : bad) {
    CAPTURE(h);
    CHECK_FALSE(valid_host(h));
  }
  CHECK(valid_host(std::string(255, 'a') + ":80"));
}

TEST_CASE("a host in brackets is no longer than an address", "[unit][proxy][http1][framing][host]") {
  // Once such a host was written past the end of the room for lower-cased ones.
  CHECK_FALSE(valid_host("[" + std::string(300, 'A') + "]"));
  CHECK_FALSE(valid_host("[" + std::string(60'000, 'A') + "]:80"));
}

TEST_CASE("a host is compared without port and without the dot of an absolute name", "[unit][proxy][http1][framing][host]") {
  CHECK(host_name("a:80") == "a");
  CHECK(host_name("a.") == "a");
  CHECK(host_name("a.:1") == "a");
  CHECK(host_name("a.b.") == "a.b");
  CHECK(host_name("A.b") == "A.b");
  CHECK(host_name("[::1]:80") == "[::1]");
  CHECK(host_name("[::1]") == "[::1]");
  CHECK(host_name("") == "");
  CHECK(same_authority("A.b", "a.B."));
  CHECK(same_authority("a.:80", "a:80"));
  CHECK(same_authority("[::1]:80", "[::1]:80"));
  CHECK_FALSE(same_authority("a:80", "a"));
  CHECK_FALSE(same_authority("a", "b"));
}
