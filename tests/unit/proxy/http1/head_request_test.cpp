// RFC 9112 §2 to §5: what is a request head, what is refused, and that it does not matter in which pieces it comes.
#include "http1/head.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::http1;

namespace {

/// The verdict on the first prefix that is not incomplete, growing byte by byte; `size` of that prefix.
struct verdict {
  parse_result result;
  std::size_t size = 0;
};
verdict byte_by_byte(const std::string& text) {
  static request_head head;
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string exact(text, 0, n);  // its own allocation: a sanitizer sees a read behind the end
    const parse_result r = parse_request(exact, head);
    if (r.state != parse_state::incomplete) return {r, n};
  }
  return {{}, text.size()};
}

parse_result parse(const std::string& text) {
  static request_head head;
  return parse_request(text, head);
}

}  // namespace

TEST_CASE("a request head is taken apart", "[unit][proxy][http1][head]") {
  const std::string text = "GET /a?b HTTP/1.1\r\nHost: x\r\nX-Y:\tz \t\r\nEmpty:\r\nempty2:  \r\n\r\nrest";
  request_head head;
  const parse_result r = parse_request(text, head);
  REQUIRE(r.state == parse_state::complete);
  CHECK(r.bytes == text.size() - 4);
  CHECK(head.method == "GET");
  CHECK(head.target == "/a?b");
  CHECK(head.minor == 1);
  REQUIRE(head.fields.size() == 4);
  CHECK(head.fields[0].name == "Host");
  CHECK(head.fields[0].value == "x");
  CHECK(head.fields.id(0) == field_id::host);
  CHECK(head.fields[1].value == "z");
  CHECK(head.fields[2].value == "");
  CHECK(head.fields[3].value == "");
  CHECK(head.fields.id(3) == field_id::other);
}

TEST_CASE("what is lawful in a request head", "[unit][proxy][http1][head]") {
  struct row {
    std::string text;
    unsigned minor;
  };
  const row rows[] = {
      {"GET / HTTP/1.0\r\n\r\n", 0},
      {"GET / HTTP/1.1\r\n\r\n", 1},
      {"GET / HTTP/1.2\r\n\r\n", 1},  // RFC 9110 §2.5: a higher minor version is read as 1.1
      {"GET / HTTP/1.9\r\n\r\n", 1},
      {"\r\nGET / HTTP/1.1\r\n\r\n", 1},  // RFC 9112 §2.2
      {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1},
      {"!#$%&'*+-.^_`|~9aZ / HTTP/1.1\r\n\r\n", 1},
      {std::string(64, 'M') + " / HTTP/1.1\r\n\r\n", 1},
      {"GET / HTTP/1.1\r\nA: \xc3\xa4\xff\r\n\r\n", 1},  // obs-text
      {"GET / HTTP/1.1\r\nA: b\tc d\r\n\r\n", 1},
      {"GET / HTTP/1.1\r\nA::b\r\n\r\n", 1},
      {"GET /\xff\x80 HTTP/1.1\r\n\r\n", 1},  // the target is judged by parse_target
  };
  request_head head;
  for (const row& r : rows) {
    CAPTURE(r.text);
    const parse_result whole = parse_request(r.text, head);
    CHECK(whole.state == parse_state::complete);
    CHECK(whole.bytes == r.text.size());
    CHECK(head.minor == r.minor);
    const verdict pieces = byte_by_byte(r.text);
    CHECK(pieces.result.state == parse_state::complete);
    CHECK(pieces.size == r.text.size());
  }
}

TEST_CASE("what is refused in a request head, and with which status", "[unit][proxy][http1][head]") {
  struct row {
    std::string text;
    unsigned status;
  };
  const std::string line = "GET / HTTP/1.1\r\n";
  const row rows[] = {
      {"\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400},
      {"\nGET / HTTP/1.1\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\n\r\n", 400},
      {"GET\t/ HTTP/1.1\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {std::string(65, 'M') + " / HTTP/1.1\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\n\r\n", 400},
      {"GET / a HTTP/1.1\r\n\r\n", 400},
      {"GET /\t HTTP/1.1\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\n\r\n", 400},
      {"GET /\x7f HTTP/1.1\r\n\r\n", 400},
      {"GET / http/1.1\r\n\r\n", 400},
      {"GET / HTTQ/1.1\r\n\r\n", 400},
      {"GET / HTTP/x.1\r\n\r\n", 400},
      {"GET / HTTP/1,1\r\n\r\n", 400},
      {"GET / HTTP/1.x\r\n\r\n", 400},
      {"GET / HTTP/1.10\r\n\r\n", 400},
      {"GET / HTTP/1.1\n\r\n", 400},
      {"GET / HTTP/1.1\rX\r\n", 400},
      {"GET / HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/0.9\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {line + "A : b\r\n\r\n", 400},  // RFC 9112 §5.1
      {line + ": b\r\n\r\n", 400},
      {line + "A\r\n\r\n", 400},
      {line + "A b: c\r\n\r\n", 400},
      {line + "(a): b\r\n\r\n", 400},
      {line + "\xc3\xa4: b\r\n\r\n", 400},
      {line + " A: b\r\n\r\n", 400},
      {line + "A: b\r\n c\r\n\r\n", 400},  // obs-fold, RFC 9112 §5.2
      {line + "A: b\r\n\tc\r\n\r\n", 400},
      {line + "A: b\nC: d\r\n\r\n", 400},
      {line + "A: b\rc\r\n\r\n", 400},
      {line + std::string("A: b\0c\r\n\r\n", 10), 400},
      {line + "A: \x1f\r\n\r\n", 400},
      {line + "A: 12345678\x7f\r\n\r\n", 400},
      {line + "\n", 400},
      {line + "\rX", 400},
      {"\x16\x03\x01\x02", 400},  // a TLS ClientHello
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const parse_result whole = parse(r.text);
    CHECK(whole.state == parse_state::bad);
    CHECK(whole.status == r.status);
    CHECK(std::string(whole.reason) != "");
    const verdict pieces = byte_by_byte(r.text);
    CHECK(pieces.result.state == parse_state::bad);
    CHECK(pieces.result.status == r.status);
  }
}

TEST_CASE("the request line has a limit and says 414", "[unit][proxy][http1][head]") {
  const std::string fits = "GET /" + std::string(default_request_line - 5, 'a') + " HTTP/1.1\r\n\r\n";
  CHECK(parse(fits).state == parse_state::complete);
  const std::string over = "GET /" + std::string(default_request_line - 4, 'a');
  CHECK(parse(over).status == 414);
  CHECK(parse(over + " HTTP/1.1\r\n\r\n").status == 414);
  CHECK(parse(over.substr(0, default_request_line)).state == parse_state::incomplete);
  CHECK(parse(std::string(65, 'M')).status == 400);
}

TEST_CASE("the number of fields has a limit and says 431", "[unit][proxy][http1][head]") {
  std::string text = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i < default_request_fields; ++i) text += "a: b\r\n";
  CHECK(parse(text + "\r\n").state == parse_state::complete);
  CHECK(parse(text + "a: b\r\n\r\n").status == 431);
}

TEST_CASE("every control character is found wherever it stands in a value", "[unit][proxy][http1][head]") {
  // The scan looks at eight bytes a step: each lane and the remainder must see each of the 33 bytes.
  for (std::size_t at = 0; at < 19; ++at) {
    for (unsigned c = 0; c < 256; ++c) {
      std::string value(19, 'v');
      value[at] = static_cast<char>(c);
      const parse_result r = parse("GET / HTTP/1.1\r\nA: " + value + "\r\n\r\n");
      const bool control = (c < 0x20 && c != '\t') || c == 0x7F;
      CAPTURE(at, c);
      REQUIRE((r.state == parse_state::bad) == control);
    }
  }
}

TEST_CASE("each byte outside a token is refused in a name and in a method", "[unit][proxy][http1][head]") {
  const std::string tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (unsigned c = 0; c < 256; ++c) {
    const std::string byte(1, static_cast<char>(c));
    const bool ok = c != 0 && tokens.find(byte[0]) != std::string::npos;
    CAPTURE(c);
    if (c != ':') REQUIRE((parse("GET / HTTP/1.1\r\nA" + byte + "B: x\r\n\r\n").state == parse_state::complete) == ok);
    if (c != ' ') REQUIRE((parse("G" + byte + "T / HTTP/1.1\r\n\r\n").state == parse_state::complete) == ok);
  }
}

TEST_CASE("a head in pieces gets the verdict of the whole: versions", "[unit][proxy][http1][head]") {
  for (const std::string version : {"2", "2.", "2x", "2.0x", "1", "1.", "1.1x", "x", "0.9", "9.9\rx", "1.1\rx"}) {
    const std::string text = "GET / HTTP/" + version + "\r\n\r\n";
    CAPTURE(text);
    CHECK(parse(text).state == parse_state::bad);
    CHECK(byte_by_byte(text).result.status == parse(text).status);
  }
}
