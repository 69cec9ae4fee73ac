#include "schedule/slow_start.hpp"

#include "service.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::proxy;
using model::scheduler;
using schedule::full_share;
using schedule::share_of;
using schedule::test::service;

TEST_CASE("slow start: from a tenth to all", "[unit][proxy][schedule]") {
  CHECK(share_of(0, 10'000) == schedule::least_share);
  CHECK(share_of(500, 10'000) == schedule::least_share);
  CHECK(share_of(2'500, 10'000) == full_share / 4);
  CHECK(share_of(5'000, 10'000) == full_share / 2);
  CHECK(share_of(10'000, 10'000) == full_share);
  CHECK(share_of(io::never - 1, 10'000) == full_share);
  CHECK(share_of(0, 0) == full_share);
  CHECK(share_of(5, io::never) == schedule::least_share);
  for (io::time_ms age = 1; age < 10'000; ++age) REQUIRE(share_of(age, 10'000) >= share_of(age - 1, 10'000));
}

TEST_CASE("slow start: a newcomer gets its share of short connections", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(scheduler::round_robin, scheduler::weighted_round_robin, scheduler::least_connections,
                                    scheduler::weighted_least_connections, scheduler::never_queue, scheduler::power_of_two);
  CAPTURE(model::word_of(policy));
  service s(policy, {1, 1, 1});
  s.servers[2].share = full_share / 4;
  const auto got = s.shares(90'000);
  CHECK(got[2] == Approx(0.25 / 2.25).margin(0.005));
  CHECK(got[0] == Approx(got[1]).margin(0.01));
}

TEST_CASE("slow start: a newcomer does not get every connection until it has as many as the others", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(scheduler::least_connections, scheduler::weighted_least_connections, scheduler::shortest_expected_delay);
  CAPTURE(model::word_of(policy));
  service s(policy, {2, 2, 2});
  s.servers[0].active = s.servers[1].active = 1'000;
  s.servers[2].share = share_of(0, 10'000);
  s.opens(400);
  CHECK(s.servers[2].active >= 100);
  CHECK(s.servers[2].active <= 130);  // a tenth of what the others have by then
  s.servers[2].share = full_share;
  s.opens(700);
  CHECK(s.servers[2].active >= 800);
}

TEST_CASE("slow start: hashes keep their clients", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(scheduler::maglev_hash, scheduler::source_hash);
  service s(policy, {1, 1, 1}), slow(policy, {1, 1, 1});
  slow.servers[1].share = schedule::least_share;
  for (std::uint32_t n = 0; n < 1'000; ++n) REQUIRE(s.pick(schedule::test::client_at(n)) == slow.pick(schedule::test::client_at(n)));
}
