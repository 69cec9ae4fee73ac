#include "udp/port_range.hpp"

#include "catch.hpp"

#include <vector>

using waggle::proxy::udp::local_ports;
using waggle::proxy::udp::port_range;

TEST_CASE("port_range: scarce from nine tenths on", "[unit][proxy][udp]") {
  port_range all(20);
  std::vector<port_range::lease> held;
  for (int i = 0; i < 17; ++i) held.emplace_back(all);
  CHECK_FALSE(all.is_scarce());
  held.emplace_back(all);
  CHECK(all.is_scarce());
  CHECK(all.taken() == 18);
  held[3] = {};
  CHECK_FALSE(all.is_scarce());
  port_range::lease moved(std::move(held[4]));
  CHECK(all.taken() == 17);
  held.clear();
  CHECK(all.taken() == 1);
}

TEST_CASE("port_range: what cannot be read is what the kernel usually has", "[unit][proxy][udp]") { CHECK(local_ports("/nowhere") == 28'232); }
