#include "schedule/client.hpp"

#include "schedule/client_hash.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy;

namespace {

io::ip_bytes ip(const std::string& text) {
  io::ip_bytes out;
  REQUIRE(io::parse_ip(text, out));
  return out;
}

std::string network(const std::string& text, unsigned v4, unsigned v6) { return io::text_of(schedule::masked(ip(text), v4, v6)); }

}  // namespace

TEST_CASE("netmasks: of IPv4, of IPv6, and a mapped IPv4 address counts as IPv4", "[unit][proxy][schedule]") {
  CHECK(network("10.1.2.3", 32, 128) == "10.1.2.3");
  CHECK(network("10.1.2.3", 24, 128) == "10.1.2.0");
  CHECK(network("10.1.2.255", 25, 0) == "10.1.2.128");
  CHECK(network("10.1.2.3", 0, 128) == "0.0.0.0");
  CHECK(network("10.1.2.3", 200, 128) == "10.1.2.3");
  CHECK(network("::ffff:10.1.2.3", 16, 64) == "10.1.0.0");
  CHECK(network("2001:db8:1:2:3:4:5:6", 8, 128) == "2001:db8:1:2:3:4:5:6");
  CHECK(network("2001:db8:1:2:3:4:5:6", 8, 64) == "2001:db8:1:2::");
  CHECK(network("2001:db8:1:ff:3:4:5:6", 8, 60) == "2001:db8:1:f0::");
  CHECK(network("2001:db8::1", 32, 0) == "::");
  CHECK(schedule::masked(ip("::ffff:10.1.2.3"), 24, 128) == schedule::masked(ip("10.1.2.77"), 24, 128));
  // ::a01:203 is no mapped address
  CHECK(network("::10.1.2.3", 0, 128) == io::text_of(ip("::10.1.2.3")));
}

TEST_CASE("the socket that a client came by does not change its hash", "[unit][proxy][schedule]") {
  const schedule::key16 key{};
  const auto hash = [&](const std::string& text, std::uint16_t port) {
    return schedule::address_hash(key, io::to_bytes(io::make_address(text, 7).value()), port);
  };
  CHECK(hash("10.0.0.1", 0) == hash("::ffff:10.0.0.1", 0));
  CHECK(hash("10.0.0.1", 0) != hash("10.0.0.2", 0));
  CHECK(hash("10.0.0.1", 1) != hash("10.0.0.1", 256));
}
