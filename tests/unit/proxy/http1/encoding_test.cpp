// Who takes gzip: Accept-Encoding as it really comes (RFC 9110 section 12.5.3).
#include "catch.hpp"
#include "http1/head.hpp"

#include <waggle/http/encoding.hpp>

#include <string>

using namespace waggle::http;
using namespace waggle::proxy::http1;

namespace {

bool accepted(const std::string& lines) {
  request_head head;
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
  REQUIRE(parse_request(text, head).state == parse_state::complete);
  return accepts_gzip(head.fields.all());
}

}  // namespace

TEST_CASE("who takes gzip", "[unit][proxy][http1]") {
  const auto [value, yes] = GENERATE(table<std::string, bool>({
      {"gzip", true},
      {"GZIP", true},
      {"deflate, gzip, br", true},
      {"br;q=1.0, gzip;q=0.001", true},
      {"gzip ; q=1", true},
      {"gzip;Q=0.5", true},
      {"gzip;q=0", false},
      {"gzip;q=0.0", false},
      {"gzip;q=0.000", false},
      {"gzip;q=-1", false},
      {"gzip;q=", false},
      {"gzip;q=.5", false},
      {"gzip;level=9", false},
      {"x-gzip", false},
      {"gzipped", false},
      {"*", false},
      {"identity", false},
      {"", false},
      {",,,", false},
      {"gzip, gzip;q=0", false},  // the last word counts
  }));
  CAPTURE(value);
  CHECK(accepted("Accept-Encoding: " + value + "\r\n") == yes);
  CHECK(accepted("Accept-Encoding: br\r\nAccept-Encoding: " + value + "\r\n") == yes);
}

TEST_CASE("no Accept-Encoding is no wish for gzip", "[unit][proxy][http1]") { CHECK_FALSE(accepted("")); }

namespace {

bool describes(const std::string& head_text, bool identity = false) {
  const std::string text = head_text + "\r\n";  // which the head's views are into
  response_head head;
  REQUIRE(parse_response(text, head).state == parse_state::complete);
  return describes_compressed(head.status, head.fields.all(), identity);
}

}  // namespace

TEST_CASE("what HEAD and 304 describe is what GET would get", "[unit][proxy][http1]") {
  CHECK(describes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2400\r\n"));
  CHECK(describes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"));  // of a length that is not known yet
  CHECK_FALSE(describes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"));
  CHECK_FALSE(describes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"));
  CHECK_FALSE(describes("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 2400\r\n"));
  CHECK_FALSE(describes("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2400\r\n"));
  CHECK_FALSE(describes("HTTP/1.1 206 P\r\nContent-Length: 2400\r\n"));
  CHECK_FALSE(describes("HTTP/1.1 204 N\r\n"));
  CHECK(describes("HTTP/1.1 304 N\r\nETag: \"a\"\r\n"));
  CHECK(describes("HTTP/1.1 304 N\r\nETag: \"a\"\r\nContent-Length: 0\r\n"));
  CHECK_FALSE(describes("HTTP/1.1 304 N\r\nETag: \"a\"\r\n", true));
}

TEST_CASE("who asks after a copy that is not gzipped", "[unit][proxy][http1]") {
  const auto asks = [](const std::string& lines) {
    request_head head;
    const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
    REQUIRE(parse_request(text, head).state == parse_state::complete);
    return asks_for_identity(head.fields.all());
  };
  CHECK(asks("If-None-Match: \"a\"\r\n"));
  CHECK(asks("If-None-Match: \"a\", \"b\"\r\n"));
  CHECK_FALSE(asks("If-None-Match: W/\"a\"\r\n"));
  CHECK_FALSE(asks("If-None-Match: \"a\", W/\"b\"\r\n"));
  CHECK_FALSE(asks("If-None-Match: *\r\n"));
  CHECK_FALSE(asks("If-Modified-Since: x\r\n"));
  CHECK_FALSE(asks(""));
}
