#include "udp/session_order.hpp"

#include "catch.hpp"

#include <vector>

using namespace waggle::proxy;
using waggle::proxy::udp::order_link;
using waggle::proxy::udp::session_order;

TEST_CASE("session_order: nobody ends before its time, and everybody soon after it", "[unit][proxy][udp]") {
  session_order all;
  all.set_idle(10'000);
  order_link a, b;
  CHECK(all.next_due() == io::never);
  CHECK(all.expired(1'000'000) == nullptr);
  all.enter(a, 1'000);
  all.enter(b, 1'500);
  // A datagram within the grain is not listed, but counts.
  all.touch(a, 1'100);
  CHECK(all.expired(11'099) == nullptr);
  CHECK(all.expired(11'100) == &a);
  all.touch(a, 11'000);
  CHECK(all.expired(11'100) == nullptr);
  CHECK(all.expired(11'600) == &b);
  all.leave(b);
  CHECK(all.expired(21'099) == nullptr);
  CHECK(all.expired(21'100) == &a);
  CHECK(all.next_due() == 21'100);
  all.leave(a);
  CHECK(all.size() == 0);
  CHECK(all.oldest() == nullptr);
}

TEST_CASE("session_order: a short idle time has a finer grain", "[unit][proxy][udp]") {
  session_order all;
  all.set_idle(8);
  order_link a;
  all.enter(a, 100);
  all.touch(a, 101);
  CHECK(all.expired(108) == nullptr);
  CHECK(all.expired(109) == &a);
  all.set_idle(1);
  CHECK(all.expired(101) == &a);
}

TEST_CASE("session_order: who has been idle longest gives way, but nobody who is busy", "[unit][proxy][udp]") {
  session_order all;
  all.set_idle(60'000);
  std::vector<order_link> links(3);
  for (std::size_t i = 0; i < links.size(); ++i) all.enter(links[i], 1'000 * (i + 1));
  CHECK(all.victim(2'099) == nullptr);
  CHECK(all.victim(2'100) == &links[0]);
  all.touch(links[0], 3'500);
  CHECK(all.victim(3'500) == &links[1]);
  all.leave(links[1]);
  CHECK(all.victim(4'000) == nullptr);
  CHECK(all.victim(4'100) == &links[2]);
  CHECK(all.size() == 2);
}
