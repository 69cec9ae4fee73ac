// The header that a server is sent, read by the parser of those that clients send.
#include "tcp/proxy_header_out.hpp"

#include "io/proxy_header.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy;
using tcp::proxy_header_out;

namespace {

io::ip_bytes ip(const char* text) {
  io::ip_bytes out{};
  REQUIRE(io::parse_ip(text, out));
  return out;
}

}  // namespace

TEST_CASE("version 1 as a line of text", "[unit][proxy][tcp][proxy_header]") {
  CHECK(proxy_header_out(1, ip("192.0.2.1"), 40'000, ip("10.0.0.1"), 5432).bytes() == "PROXY TCP4 192.0.2.1 10.0.0.1 40000 5432\r\n");
  CHECK(proxy_header_out(1, ip("2001:db8::7"), 1, ip("2001:db8::1"), 65'535).bytes() == "PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n");
  // Over an IPv6 socket, and mixed (HAProxy's issue 2963).
  CHECK(proxy_header_out(1, ip("::ffff:192.0.2.1"), 1, ip("10.0.0.1"), 2).bytes() == "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n");
  CHECK(proxy_header_out(1, ip("192.0.2.1"), 1, ip("2001:db8::1"), 2).bytes() == "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 1 2\r\n");
}

TEST_CASE("version 2 byte by byte", "[unit][proxy][tcp][proxy_header]") {
  const std::string v4("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\x0a\0\0\x01\x9c\x40\x15\x38", 28);
  CHECK(proxy_header_out(2, ip("192.0.2.1"), 40'000, ip("10.0.0.1"), 5432).bytes() == v4);
  CHECK(proxy_header_out(2, ip("2001:db8::7"), 1, ip("2001:db8::1"), 2).bytes().substr(12, 4) == std::string_view("\x21\x21\0\x24", 4));
}

TEST_CASE("what is written is what is read", "[unit][proxy][tcp][proxy_header]") {
  const unsigned version = GENERATE(1u, 2u);
  const auto [from, to] =
      GENERATE(table<const char*, const char*>({{"192.0.2.1", "10.0.0.1"},
                                                {"255.255.255.255", "255.255.255.255"},
                                                {"2001:db8:1111:2222:3333:4444:5555:6666", "fd00:aaaa:bbbb:cccc:dddd:eeee:ffff:1"}}));
  const proxy_header_out out(version, ip(from), 65'535, ip(to), 65'534);
  const io::proxy_header in = io::parse_proxy_header(out.bytes());
  REQUIRE(in.state == io::proxy_header::verdict::complete);
  CHECK(in.bytes == out.bytes().size());
  REQUIRE(in.source.has_value());
  REQUIRE(in.destination.has_value());
  CHECK(in.source->ip() == from);
  CHECK(in.source->port() == 65'535);
  CHECK(in.destination->ip() == to);
  CHECK(in.destination->port() == 65'534);
}
