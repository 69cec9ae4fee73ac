// RFC 9112 §4: status lines of servers, strict; every refusal is a 502.
#include "http1/head.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::http1;

namespace {

parse_result byte_by_byte(const std::string& text) {
  static response_head head;
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string exact(text, 0, n);
    const parse_result r = parse_response(exact, head);
    if (r.state != parse_state::incomplete) return r;
  }
  return {};
}

}  // namespace

TEST_CASE("a response head is taken apart", "[unit][proxy][http1][head]") {
  struct row { std::string text; unsigned status, minor; std::string reason; };
  const row rows[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", 200, 1, "OK"},
      {"HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n", 404, 0, "Not Found"},
      {"HTTP/1.1 200 \r\n\r\n", 200, 1, ""},
      {"HTTP/1.1 200\r\n\r\n", 200, 1, ""},  // RFC 9112 §4 wants the blank; servers leave it out
      {"HTTP/1.3 100 Continue\r\n\r\n", 100, 1, "Continue"},
      {"HTTP/1.1 599 \xc3\xa4\t?\r\n\r\n", 599, 1, "\xc3\xa4\t?"},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    response_head head;
    const parse_result whole = parse_response(r.text, head);
    CHECK(whole.state == parse_state::complete);
    CHECK(whole.bytes == r.text.size());
    CHECK(head.status == r.status);
    CHECK(head.minor == r.minor);
    CHECK(head.reason == r.reason);
    CHECK(byte_by_byte(r.text).state == parse_state::complete);
    for (std::size_t n = 0; n < r.text.size(); ++n) CHECK(parse_response(r.text.substr(0, n), head).state == parse_state::incomplete);
  }
}

TEST_CASE("what is refused in a response head", "[unit][proxy][http1][head]") {
  const std::string line = "HTTP/1.1 200 OK\r\n";
  const std::string rows[] = {
      "\r\nHTTP/1.1 200 OK\r\n\r\n",  // no empty lines before it: they would be surplus bytes of the answer before
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/0.9 200 OK\r\n\r\n",
      "HTTP/1.x 200 OK\r\n\r\n",
      "http/1.1 200 OK\r\n\r\n",
      "ICY 200 OK\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n",
      "HTTP/1.1\t200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n",
      "HTTP/1.1 600 OK\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/1.1 +20 OK\r\n\r\n",
      "HTTP/1.1 200\tOK\r\n\r\n",
      "HTTP/1.1 200\n\r\n",
      "HTTP/1.1 200 OK\n\r\n",
      "HTTP/1.1 200 O\rK\r\n\r\n",
      std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20),
      "HTTP/1.1 200 O\x7fK\r\n\r\n",
      line + "A : b\r\n\r\n",
      line + "A: b\r\n c\r\n\r\n",
      line + "A: b\n\r\n",
      line + "A: \x01\r\n\r\n",
      line + ": b\r\n\r\n",
      line + "no colon\r\n\r\n",
  };
  for (const std::string& text : rows) {
    CAPTURE(text);
    response_head head;
    const parse_result whole = parse_response(text, head);
    CHECK(whole.state == parse_state::bad);
    CHECK(whole.status == 502);
    const parse_result pieces = byte_by_byte(text);
    CHECK(pieces.state == parse_state::bad);
    CHECK(pieces.status == 502);
  }
}

TEST_CASE("a response with too many fields is refused", "[unit][proxy][http1][head]") {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < max_fields; ++i) text += "a: b\r\n";
  response_head head;
  CHECK(parse_response(text + "\r\n", head).state == parse_state::complete);
  CHECK(head.fields.size() == max_fields);
  CHECK(parse_response(text + "a: b\r\n\r\n", head).status == 502);
}
