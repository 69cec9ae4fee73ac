#include "worker/client_network_estimate.hpp"

#include "catch.hpp"

using waggle::proxy::client_network_estimate;
namespace io = waggle::proxy::io;

namespace {

void come(client_network_estimate& v, const char* from, int times) {
  io::ip_bytes ip{};
  REQUIRE(io::parse_ip(from, ip));
  for (int i = 0; i < times; ++i) v.note(ip);
}

}  // namespace

TEST_CASE("nearly all clients from one network are noticed", "[unit][proxy][peers]") {
  client_network_estimate v;
  come(v, "10.0.0.2", 60);
  come(v, "192.0.2.1", 2);
  come(v, "10.0.0.3", 38);
  CHECK(io::text_of(v.network) == "10.0.0.0");
  CHECK(v.total == 100);
  CHECK(v.share() == Approx(0.98));
}

TEST_CASE("clients of all kinds are no network", "[unit][proxy][peers]") {
  client_network_estimate v;
  for (int i = 0; i < 100; ++i) come(v, ("10.1." + std::to_string(i) + ".7").c_str(), 1);
  CHECK(v.share() < 0.6);
  CHECK(client_network_estimate{}.share() == 0);
}

TEST_CASE("workers' votes are put together", "[unit][proxy][peers]") {
  client_network_estimate all, one, two;
  come(one, "10.0.0.2", 30);
  come(two, "fd00::1", 10);
  all.add(two);
  all.add(one);
  CHECK(io::text_of(all.network) == "10.0.0.0");
  CHECK(all.total == 40);
  CHECK(all.share() == Approx(0.75));
  all.add(one);
  CHECK(all.total == 70);
}
