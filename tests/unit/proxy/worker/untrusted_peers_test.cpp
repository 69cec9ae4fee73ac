// Networks that forward without being trusted: the frequent ones stay, whatever strangers do.
#include "worker/untrusted_peers.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

namespace {

io::ip_bytes ip(const std::string& text) {
  io::ip_bytes out{};
  REQUIRE(io::parse_ip(text, out));
  return out;
}

}  // namespace

TEST_CASE("a network is told of once, as /24 or /64", "[unit][proxy][worker]") {
  untrusted_peers peers;
  CHECK(peers.note(0, ip("10.1.2.3")));
  CHECK_FALSE(peers.note(0, ip("10.1.2.200")));
  CHECK(peers.note(1, ip("10.1.2.3")));  // another entry point has other flags
  CHECK(peers.note(0, ip("10.1.3.3")));
  CHECK(peers.note(0, ip("2001:db8:1:2:3::1")));
  CHECK_FALSE(peers.note(0, ip("2001:db8:1:2:ffff::9")));
  CHECK(network_text(network_of(ip("10.1.2.3"))) == "10.1.2.0/24");
  CHECK(network_text(network_of(ip("2001:db8:1:2:3::1"))) == "2001:db8:1:2::/64");
  CHECK(peers.begin()->requests == 2);
  CHECK(peers.begin()->sample == ip("10.1.2.200"));
}

TEST_CASE("strangers cannot push a load balancer out, nor fill the log", "[unit][proxy][worker]") {
  untrusted_peers peers;
  std::size_t news = 0;
  for (int i = 0; i < 20'000; ++i) {
    news += peers.note(0, ip("10.1.2.3"));
    news += peers.note(0, ip(std::to_string(20 + i / 65536) + "." + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) + ".9"));
  }
  CHECK(news <= untrusted_peers::most_news);
  CHECK(static_cast<std::size_t>(peers.end() - peers.begin()) == untrusted_peers::most);
  const auto first = std::max_element(peers.begin(), peers.end(), [](const auto& a, const auto& b) { return a.requests < b.requests; });
  CHECK(first->network == network_of(ip("10.1.2.3")));
}
