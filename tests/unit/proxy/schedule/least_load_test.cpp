// lc, wlc, sed, nq, fo, ovf, twos: what they compare.
#include "service.hpp"

#include "catch.hpp"

#include <algorithm>

using namespace waggle;
using namespace waggle::proxy;
using model::scheduler;
using schedule::test::service;

TEST_CASE("lc: the fewest connections; 256 half closed ones count as one", "[unit][proxy][schedule]") {
  service s(scheduler::least_connections, {1, 100});
  s.servers[0].active = 3;
  s.servers[1].active = 2;
  CHECK(s.picks(3) == "bbb");
  s.servers[1].inactive = 255;
  CHECK(s.pick() == 1);
  s.servers[1].inactive = 257;
  CHECK(s.pick() == 0);
}

TEST_CASE("wlc: for its weight, exactly", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_least_connections, {3, 1});
  s.servers[0].active = 299'999;
  s.servers[1].active = 100'000;
  CHECK(s.pick() == 0);
  s.servers[0].active = 300'001;
  CHECK(s.pick() == 1);
  service stay(scheduler::weighted_least_connections, {3, 1});
  const std::string got = stay.opens(400);
  CHECK(std::count(got.begin(), got.end(), 'a') == 300);
}

TEST_CASE("wlc, lc, sed: counts as high as they go do not overflow", "[unit][proxy][schedule]") {
  for (const scheduler policy : {scheduler::weighted_least_connections, scheduler::least_connections, scheduler::shortest_expected_delay}) {
    service s(policy, {65'535, 65'535});
    s.servers[0].active = 1U << 28U;
    s.servers[1].active = (1U << 28U) - 1;
    CHECK(s.pick() == 1);
  }
}

TEST_CASE("sed: counts the connection that is to come, so that a strong idle server is not passed over", "[unit][proxy][schedule]") {
  service s(scheduler::shortest_expected_delay, {3, 1});
  CHECK(s.opens(2) == "aa");
  s.servers[0].active = 3;  // 4/3 against 1/1
  CHECK(s.pick() == 1);
  s.servers[1].inactive = 1'000;  // of no account
  CHECK(s.pick() == 1);
}

TEST_CASE("nq: an idle server first, then sed", "[unit][proxy][schedule]") {
  service s(scheduler::never_queue, {100, 1});
  s.servers[0].active = 1;
  CHECK(s.pick() == 1);
  s.servers[1].active = 1;  // 2/100 against 2/1
  CHECK(s.pick() == 0);
  s.servers[1].active = 0;
  s.servers[1].inactive = 9;
  CHECK(s.pick() == 1);
}

TEST_CASE("fo: the highest weight that can be used", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_failover, {1, 3, 2});
  CHECK(s.opens(5) == "bbbbb");
  s.servers[1].may = false;
  CHECK(s.picks(3) == "ccc");
  s.servers[2].weight = 0;
  CHECK(s.picks(2) == "aa");
}

TEST_CASE("ovf: beyond its weight the next one; beyond all weights nobody, as in the kernel", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_overflow, {1, 3, 2});
  CHECK(s.opens(10) == "bbbbcccaa-");
  s.servers[1].active = 3;
  CHECK(s.pick() == 1);
}

TEST_CASE("twos: the less loaded of two that differ, so never the worst one", "[unit][proxy][schedule]") {
  service s(scheduler::power_of_two, {1, 1, 1});
  s.servers[1].active = 10;
  for (int i = 0; i < 1'000; ++i) CHECK(s.pick() != 1);
  s.servers[0].may = s.servers[2].may = false;
  CHECK(s.picks(3) == "bbb");
  service stay(scheduler::power_of_two, {4, 2, 1, 1});
  const std::string got = stay.opens(80'000);
  CHECK(std::count(got.begin(), got.end(), 'a') == Approx(40'000).margin(100));
  CHECK(std::count(got.begin(), got.end(), 'd') == Approx(10'000).margin(100));
}

TEST_CASE("ten thousand open connections spread over what lc, wlc, sed, nq and twos believe", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(scheduler::least_connections, scheduler::weighted_least_connections, scheduler::shortest_expected_delay,
                                    scheduler::never_queue, scheduler::power_of_two);
  CAPTURE(model::word_of(policy));
  service s(policy, {2, 1, 1});
  s.servers[2].active = 1'000;  // was busy before
  s.opens(9'000);
  const double whole = policy == scheduler::least_connections ? 3 : 4;
  for (std::size_t i = 0; i < 3; ++i) {
    const double weight = policy == scheduler::least_connections ? 1 : s.servers[i].weight;
    CHECK(s.servers[i].active == Approx(10'000 * weight / whole).epsilon(0.01));
  }
}
