#include "io/address.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::io;

namespace {

ip_bytes bytes(const std::string& text) {
  ip_bytes out;
  REQUIRE(parse_ip(text, out));
  return out;
}
bool in(const std::vector<std::string>& ranges, const std::string& ip) {
  const auto r = ip_ranges::parse(ranges);
  REQUIRE(r.has_value());
  return r->contains(bytes(ip));
}

}  // namespace

TEST_CASE("addresses go to text and back", "[unit][proxy][io][address]") {
  struct row {
    const char* ip;
    std::uint16_t port;
    const char *out_ip, *text;
  };
  const row rows[] = {{"10.0.0.5", 8000, "10.0.0.5", "10.0.0.5:8000"},    {"0.0.0.0", 0, "0.0.0.0", "0.0.0.0:0"},
                      {"fd00::1", 65535, "fd00::1", "[fd00::1]:65535"},   {"FD00:0:0:0:0:0:0:1", 1, "fd00::1", "[fd00::1]:1"},
                      {"::ffff:10.0.0.1", 80, "10.0.0.1", "10.0.0.1:80"}, {"::", 80, "::", "[::]:80"}};
  for (const row& r : rows) {
    CAPTURE(r.ip);
    const auto a = make_address(r.ip, r.port);
    REQUIRE(a.has_value());
    CHECK(a->ip() == r.out_ip);
    CHECK(a->text() == r.text);
    CHECK(a->port() == r.port);
    CHECK(to_bytes(*a) == bytes(r.ip));
  }
  for (const char* bad : {"", "a", "10.0.0", "10.0.0.256", "10.0.0.1 ", "[::1]", "localhost", "::1%lo", "1.2.3.4:80"}) {
    CAPTURE(bad);
    CHECK_FALSE(make_address(bad, 80).has_value());
  }
}

TEST_CASE("where to listen", "[unit][proxy][io][address]") {
  struct row {
    const char *text, *out;
  };
  const row rows[] = {
      {":80", "[::]:80"},          {":0", "[::]:0"}, {"127.0.0.1:8080", "127.0.0.1:8080"}, {"[::1]:80", "[::1]:80"}, {"localhost:1", "127.0.0.1:1"},
      {"[::]:65535", "[::]:65535"}};
  for (const row& r : rows) {
    CAPTURE(r.text);
    const auto a = parse_listen_address(r.text);
    REQUIRE(a.has_value());
    CHECK(a->text() == r.out);
  }
  for (const char* bad : {"", "80", "127.0.0.1", ":", ":x", ":65536", ":-1", ":+1", ": 80", ":80 ", "a:80", "[::1:80", "[]:80x", "::1"}) {
    CAPTURE(bad);
    const auto a = parse_listen_address(bad);
    if (std::string(bad) != "::1") CHECK_FALSE(a.has_value());
    if (!a.has_value()) CHECK_FALSE(a.error().reason.empty());
  }
}

TEST_CASE("IPv4 and IPv6 are comparable", "[unit][proxy][io][address]") {
  CHECK(bytes("10.0.0.1") == bytes("::ffff:10.0.0.1"));
  CHECK(bytes("10.0.0.1") != bytes("::10.0.0.1"));
  ip_bytes out;
  for (const std::string bad : {"", " 10.0.0.1", "10.0.0.1 ", "unknown", "_hidden", "1", "10.0.0.1.2", "1:2", "[::1]"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_ip(bad, out));
  }
  CHECK_FALSE(parse_ip(std::string(60, '1'), out));
}

TEST_CASE("ranges contain what lies in them", "[unit][proxy][io][address]") {
  CHECK(in({"10.0.0.1"}, "10.0.0.1"));
  CHECK_FALSE(in({"10.0.0.1"}, "10.0.0.2"));
  CHECK(in({"10.0.0.0/8"}, "10.255.0.1"));
  CHECK_FALSE(in({"10.0.0.0/8"}, "11.0.0.0"));
  CHECK(in({"10.1.2.3/8"}, "10.9.9.9"));  // host bits are ignored
  CHECK(in({"10.0.0.128/25"}, "10.0.0.129"));
  CHECK_FALSE(in({"10.0.0.128/25"}, "10.0.0.127"));
  CHECK(in({"10.0.0.0/31"}, "10.0.0.1"));
  CHECK_FALSE(in({"10.0.0.0/31"}, "10.0.0.2"));
  CHECK(in({"0.0.0.0/0"}, "255.255.255.255"));
  CHECK_FALSE(in({"0.0.0.0/0"}, "fd00::1"));
  CHECK(in({"::/0"}, "fd00::1"));
  CHECK(in({"::/0"}, "10.0.0.1"));
  CHECK(in({"fd00::/8"}, "fd12::1"));
  CHECK_FALSE(in({"fd00::/8"}, "fe00::1"));
  CHECK(in({"fe80::/10"}, "febf::1"));
  CHECK_FALSE(in({"fe80::/10"}, "fec0::1"));
  CHECK(in({"::1/128"}, "::1"));
  CHECK_FALSE(in({"::1/128"}, "::2"));
  CHECK(in({"192.168.0.0/16", "10.0.0.1"}, "10.0.0.1"));
  CHECK(in({"10.0.0.0/8"}, "::ffff:10.1.1.1"));
  CHECK(in({"::ffff:10.0.0.0/104"}, "10.1.1.1"));
  CHECK_FALSE(in({}, "10.0.0.1"));
  CHECK(ip_ranges::parse({})->empty());
}

TEST_CASE("what is no range is explained", "[unit][proxy][io][address]") {
  for (const char* bad :
       {"", "/", "a", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0/8", "fd00::/129", "10.0.0.0/8/8", "*", "/8"}) {
    CAPTURE(bad);
    const auto r = ip_ranges::parse({"10.0.0.1", bad});
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().reason.find("'" + std::string(bad) + "'") == 0);
  }
}

TEST_CASE("an address with a NUL in it is none", "[unit][proxy][io][address]") {
  ip_bytes out;
  CHECK_FALSE(parse_ip(std::string("10.0.0.1\0x", 10), out));
  CHECK_FALSE(make_address(std::string("10.0.0.1\0x", 10), 80).has_value());
  CHECK_FALSE(ip_ranges::parse({std::string("10.0.0.1\0x/8", 12)}).has_value());
}
