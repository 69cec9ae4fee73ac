// The PROXY protocol, versions 1 and 2 (haproxy/doc/proxy-protocol.txt).
#include "io/proxy_header.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::io;
using verdict = proxy_header::verdict;

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(char command, char family, const std::string& rest) {
  return signature + command + family + static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size()) + rest;
}
const std::string v4_addresses("\x0a\x00\x00\x01\x0a\x00\x00\x02\x1f\x90\x00\x50", 12);  // 10.0.0.1:8080 → 10.0.0.2:80

verdict byte_by_byte(const std::string& text, std::size_t& used) {
  for (used = 0; used <= text.size(); ++used) {
    const std::string exact(text, 0, used);
    const proxy_header h = parse_proxy_header(exact);
    if (h.state != verdict::incomplete) return h.state;
  }
  return verdict::incomplete;
}

}  // namespace

TEST_CASE("headers that tell a source", "[unit][proxy][exchange][proxy_header]") {
  std::string v6_addresses(36, '\0');
  v6_addresses[0] = '\xfd';
  v6_addresses[15] = '\x01';
  v6_addresses[33] = '\x07';
  struct row {
    std::string text, source;
  };
  const row rows[] = {
      {"PROXY TCP4 10.0.0.1 10.0.0.2 8080 80\r\n", "10.0.0.1:8080"},
      {"PROXY TCP6 fd00::1 ::1 1 65535\r\n", "[fd00::1]:1"},
      {"PROXY UNKNOWN\r\n", ""},
      {"PROXY UNKNOWN whatever is here\r\n", ""},
      {v2('\x21', '\x11', v4_addresses), "10.0.0.1:8080"},
      {v2('\x21', '\x11', v4_addresses + "TLVs follow"), "10.0.0.1:8080"},
      {v2('\x21', '\x21', v6_addresses), "[fd00::1]:7"},
      {v2('\x20', '\x00', ""), ""},
      {v2('\x20', '\x11', v4_addresses), ""},  // LOCAL
      {v2('\x20', '\xff', "whatever"), ""},    // … its family is ignored
      {"PROXY TCP4 10.0.0.1 10.0.0.2 0 0\r\n", "10.0.0.1:0"},
      {v2('\x21', '\x00', "x"), ""},
      {v2('\x21', '\x31', std::string(216, 'u')), ""},  // a UNIX socket
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const proxy_header h = parse_proxy_header(r.text + "GET / HTTP/1.1\r\n");
    CHECK(h.state == verdict::complete);
    CHECK(h.bytes == r.text.size());
    CHECK((h.source ? h.source->text() : std::string()) == r.source);
    std::size_t used = 0;
    CHECK(byte_by_byte(r.text, used) == verdict::complete);
    CHECK(used == r.text.size());
  }
}

TEST_CASE("headers that are wrong", "[unit][proxy][exchange][proxy_header]") {
  const std::string rows[] = {
      "PROXY \r\n",
      "PROXY TCP5 10.0.0.1 10.0.0.2 1 2\r\n",
      "PROXY tcp4 10.0.0.1 10.0.0.2 1 2\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 1\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 1 2 \r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 1 2 3\r\n",
      "PROXY TCP4  10.0.0.1 10.0.0.2 1 2\r\n",
      "PROXY TCP4 fd00::1 fd00::2 1 2\r\n",
      "PROXY TCP6 10.0.0.1 10.0.0.2 1 2\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.256 1 2\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 65536 2\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 -1 2\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 x 2\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 1 \r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 01 80\r\n",
      "PROXY TCP4 10.0.0.1 10.0.0.2 1 00\r\n",
      "PROXY TCP4 10.0.0.01 10.0.0.2 1 2\r\n",
      "PROXY UNKNOWNX\r\n",
      "PROXY TCP4 " + std::string(110, '1'),
      v2('\x11', '\x11', v4_addresses),
      v2('\x22', '\x11', v4_addresses),
      v2('\x21', '\x11', "short"),
      v2('\x21', '\x21', v4_addresses),
      v2('\x21', '\x11', std::string(4'000, 'x')),
      v2('\x21', '\x41', v4_addresses),
      v2('\x21', '\x13', v4_addresses),
  };
  for (const std::string& text : rows) {
    CAPTURE(text);
    CHECK(parse_proxy_header(text).state == verdict::bad);
    std::size_t used = 0;
    CHECK(byte_by_byte(text, used) == verdict::bad);
  }
}

TEST_CASE("what is no PROXY header is left alone", "[unit][proxy][exchange][proxy_header]") {
  for (const std::string& text : {std::string("GET / HTTP/1.1\r\n"), std::string("PROXX "), std::string("\r\nGET / HTTP/1.1\r\n"),
                                  std::string("\r\n\r\nGET /"), std::string("P\r\n"), std::string("PROPFIND / HTTP/1.1\r\n")}) {
    CAPTURE(text);
    CHECK(parse_proxy_header(text).state == verdict::absent);
  }
  for (const std::string& text : {std::string(), std::string("P"), std::string("PROXY"), std::string("PROXY "), std::string("\r\n"), signature})
    CHECK(parse_proxy_header(text).state == verdict::incomplete);
}
