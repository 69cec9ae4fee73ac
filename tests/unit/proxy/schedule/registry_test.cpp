// What holds for every scheduler.
#include "schedule/registry.hpp"

#include "service.hpp"

#include "catch.hpp"

#include <cmath>
#include <numeric>

using namespace waggle;
using namespace waggle::proxy;
using model::scheduler;
using schedule::test::client_at;
using schedule::test::service;

namespace {

std::vector<scheduler> all() {
  std::vector<scheduler> out;
  for (const auto& row : model::scheduler_words) out.push_back(row.policy);
  return out;
}

/// Of many clients that ask many addresses.
schedule::client any_client(std::uint32_t n) {
  schedule::client c = client_at(n * 2'654'435'761U, static_cast<std::uint16_t>(n));
  c.local = c.address;
  return c;
}

}  // namespace

TEST_CASE("every scheduler picks only who can be used, and somebody if anybody can", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(from_range(all()));
  CAPTURE(model::word_of(policy));
  service s({.policy = policy, .fallback = true}, {3, 1, 0, 2, 1});
  schedule::random dice(7);
  for (std::uint32_t round = 0; round < 5'000; ++round) {
    bool anybody = false;
    for (std::size_t i = 0; i < s.servers.size(); ++i) {
      auto& one = s.servers[i];
      one.weight = s.facts[i].weight;  // ovf is full at its weight
      one.active = static_cast<std::uint32_t>(dice.below(policy == scheduler::weighted_overflow ? one.weight + 1 : 50));
      one.inactive = static_cast<std::uint32_t>(dice.below(50));
      one.share = static_cast<std::uint32_t>(103 + dice.below(922));
      one.may = dice.below(3) == 0;
      anybody = anybody || one.usable();
    }
    const int got = s.pick(any_client(round));
    REQUIRE((got >= 0) == anybody);
    if (got >= 0) REQUIRE(s.servers[static_cast<std::size_t>(got)].usable());
  }
}

TEST_CASE("every scheduler: no servers, one server, all quiesced, a state that is not of this publish", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(from_range(all()));
  CAPTURE(model::word_of(policy));
  service none(policy, {}), one(policy, {1}), quiesced(policy, {0, 0});
  CHECK(none.pick() == -1);
  CHECK(one.picks(3) == "aaa");
  CHECK(quiesced.pick() == -1);
  one.servers.emplace_back();
  CHECK(one.pick() == -1);
  CHECK(one.made->how().policy == policy);
}

TEST_CASE("a hundred thousand short connections are shared by weight within 1 %", "[unit][proxy][schedule]") {
  struct row {
    scheduler policy;
    bool by_weight;
  };
  const auto [policy, by_weight] = GENERATE(values<row>({{scheduler::round_robin, false},
                                                         {scheduler::weighted_round_robin, true},
                                                         {scheduler::least_connections, false},
                                                         {scheduler::weighted_least_connections, true},
                                                         {scheduler::never_queue, true},
                                                         {scheduler::power_of_two, true}}));
  const auto weights = GENERATE(std::vector<std::uint32_t>{1, 1, 1}, std::vector<std::uint32_t>{3, 1, 2},
                                std::vector<std::uint32_t>{65'535, 32'768, 7'919}, std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CAPTURE(model::word_of(policy), weights);
  service s(policy, weights);
  const auto got = s.shares(100'000);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    CHECK(std::abs(got[i] - (by_weight ? weights[i] / sum : 1.0 / static_cast<double>(weights.size()))) <= 0.01);
}

TEST_CASE("a hundred thousand connections that stay are shared by weight within 1 %", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(scheduler::weighted_round_robin, scheduler::weighted_least_connections, scheduler::shortest_expected_delay,
                                    scheduler::never_queue, scheduler::power_of_two);
  CAPTURE(model::word_of(policy));
  service s(policy, {5, 1, 3, 1});
  s.opens(100'000);
  for (const auto& one : s.servers) CHECK(one.active == Approx(10'000 * one.weight).epsilon(0.01));
}
