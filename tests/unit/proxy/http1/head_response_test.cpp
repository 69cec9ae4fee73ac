// RFC 9112 §4: heads of servers. What careless ones send is read where there is one way only; every refusal is a 502.
#include "http1/head.hpp"

#include "catch.hpp"

#include <string>
#include <utility>
#include <vector>

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
  struct row {
    std::string text;
    unsigned status, minor;
    std::string reason;
  };
  const row rows[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", 200, 1, "OK"},
      {"HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n", 404, 0, "Not Found"},
      {"HTTP/1.1 200 \r\n\r\n", 200, 1, ""},
      {"HTTP/1.1 200\r\n\r\n", 200, 1, ""},  // RFC 9112 §4 wants the blank; servers leave it out
      {"HTTP/1.3 100 Continue\r\n\r\n", 100, 1, "Continue"},
      {"HTTP/1.1 999 Own\r\n\r\n", 999, 1, "Own"},
      {"HTTP/1.1 200 OK\n\n", 200, 1, "OK"},
      {"HTTP/1.1 200\n\n", 200, 1, ""},
      {"HTTP/1.1 200 OK\r\nA: b\n\r\n", 200, 1, "OK"},
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
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/1.1 +20 OK\r\n\r\n",
      "HTTP/1.1 200\tOK\r\n\r\n",
      "HTTP/1.1 200 O\rK\r\n\r\n",
      std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20),
      "HTTP/1.1 200 O\x7fK\r\n\r\n",
      line + "A: b\r\n c\r\n\r\n",  // parse_answer() puts it together
      line + " A: b\r\n\r\n",
      line + "A b: c\r\n\r\n",
      line + "A: b\rc\r\n\r\n",
      line + "\r \n",
      line + " : b\r\n\r\n",
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
  response_head head;
  head.fields.limit = GENERATE(std::size_t{128}, default_answer_fields, max_fields);
  for (std::size_t i = 0; i < head.fields.limit; ++i) text += "a: b\r\n";
  const std::string full = text + "\r\n", too_many = text + "a: b\r\n\r\n";
  CHECK(parse_response(full, head).state == parse_state::complete);
  CHECK(head.fields.size() == head.fields.limit);
  CHECK(parse_response(too_many, head).status == 502);
}

TEST_CASE("fields as careless servers write them", "[unit][proxy][http1][head]") {
  struct row {
    std::string text;
    std::vector<std::pair<std::string, std::string>> fields;
  };
  const row rows[] = {
      {"HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length \t: 5\r\n\r\n", {{"X-A", "b"}, {"Content-Length", "5"}}},
      {"HTTP/1.0 200 OK\nA: b\nC:d\n\n", {{"A", "b"}, {"C", "d"}}},
      {"HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\nD: e\r\n\r\n", {{"A", "b  \tc"}, {"D", "e"}}},
      {"HTTP/1.1 200 OK\nA: b\n c\n  d\n\n", {{"A", "b  c   d"}}},
      {"HTTP/1.1 200 OK\r\nA:\r\n \r\nB: c\r\n\r\n", {{"A", ""}, {"B", "c"}}},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const std::string body = "\r\n folded: not\r\n x";  // is not the head's, and not touched
    std::string bytes = r.text + body;
    response_head head;
    const parse_result whole = parse_answer(bytes, head);
    REQUIRE(whole.state == parse_state::complete);
    CHECK(whole.bytes == r.text.size());
    CHECK(bytes.substr(whole.bytes) == body);
    REQUIRE(head.fields.size() == r.fields.size());
    for (std::size_t i = 0; i < r.fields.size(); ++i) {
      CHECK(head.fields[i].name == r.fields[i].first);
      CHECK(head.fields[i].value == r.fields[i].second);
    }
    // As it comes in pieces: what was put together stays so.
    std::string kept;
    for (const char c : r.text) {
      kept += c;
      const parse_result piece = parse_answer(kept, head);
      CHECK(piece.state == (kept.size() == r.text.size() ? parse_state::complete : parse_state::incomplete));
    }
    CHECK(head.fields.size() == r.fields.size());
  }
  std::string continued_status = "HTTP/1.1 200 OK\r\n A: b\r\n\r\n";
  response_head head;
  CHECK(parse_answer(continued_status, head).state == parse_state::bad);
  CHECK(head.fields.size() == 0);
}
