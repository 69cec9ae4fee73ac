// sh, dh, mh: the same client to the same slot.
#include "schedule/dealt_buckets.hpp"
#include "schedule/maglev_hash.hpp"
#include "service.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

using namespace waggle;
using namespace waggle::proxy;
using model::scheduler;
using schedule::client;
using schedule::test::client_at;
using schedule::test::service;
using schedule::test::slot_key;

namespace {

constexpr auto mh = scheduler::maglev_hash, sh = scheduler::source_hash, dh = scheduler::destination_hash;

client with_local(client c) {
  c.local = c.address;
  return c;
}

}  // namespace

TEST_CASE("hashes: three plans, built apart and in other orders, agree on every client", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(mh, sh, dh);
  service one(policy, {3, 1, 2, 5, 1}), two(policy, {}), three(policy, {});
  for (const std::size_t i : {4U, 2U, 0U, 1U, 3U}) two.add(slot_key(i + 1), one.facts[i].weight);
  for (const std::size_t i : {3U, 4U, 1U, 2U, 0U}) three.add(slot_key(i + 1), one.facts[i].weight);
  two.publish(), three.publish();
  std::set<std::string> seen;
  for (std::uint32_t n = 0; n < 10'000; ++n) {
    const client c = with_local(client_at(n * 7'919));
    const auto slot = [&](service& s) { return s.facts[static_cast<std::size_t>(s.pick(c))].slot_key; };
    const std::string first = slot(one);
    REQUIRE(slot(two) == first);
    REQUIRE(slot(three) == first);
    REQUIRE(slot(one) == first);  // no turns
    seen.insert(first);
  }
  CHECK(seen.size() == 5);
}

TEST_CASE("hashes: the key decides, so a client cannot know its bucket", "[unit][proxy][schedule]") {
  service s(mh, {1, 1});
  schedule::key16 other = schedule::test::key;
  other[3] ^= 1;
  const auto another = schedule::plan::make(s.how, s.facts, other);
  int same = 0;
  for (std::uint32_t n = 0; n < 1'000; ++n) same += s.pick(client_at(n)) == another->pick(s.shared, s.servers, client_at(n), s.random);
  CHECK(same == Approx(500).margin(80));
}

TEST_CASE("mh: the table has a hundred buckets for each slot, as far as there are primes", "[unit][proxy][schedule]") {
  CHECK(schedule::maglev_size(0) == 4'093);
  CHECK(schedule::maglev_size(40) == 4'093);
  CHECK(schedule::maglev_size(41) == 16'381);
  CHECK(schedule::maglev_size(163) == 16'381);
  CHECK(schedule::maglev_size(164) == 65'521);
  CHECK(schedule::maglev_size(10'000) == 65'521);
}

TEST_CASE("mh: shares are the weights within 2 %", "[unit][proxy][schedule]") {
  const auto weights = GENERATE(std::vector<std::uint32_t>(10, 1), std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
                                std::vector<std::uint32_t>{100, 1}, std::vector<std::uint32_t>(163, 1));
  service s(mh, weights);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> buckets(weights.size());
  const schedule::slots slots(s.facts, schedule::test::key);
  const auto table = schedule::maglev_buckets(slots, schedule::test::key).table();
  for (const std::uint16_t slot : table) buckets[slot] += 1.0 / static_cast<double>(table.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CAPTURE(i);
    CHECK(buckets[i] == Approx(slots.weight(i) / sum).epsilon(0.02));  // of the table
  }
  // … and of clients, but for what chance does to so many
  constexpr std::uint32_t clients = 500'000;
  const auto got = s.shares(clients);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double wanted = weights[i] / sum;
    CHECK(std::abs(got[i] - wanted) <= 0.02 * wanted + 4 * std::sqrt(wanted / clients));
  }
}

TEST_CASE("mh: when one of ten slots goes, at most 2 % of the others' clients move", "[unit][proxy][schedule]") {
  const auto weights = GENERATE(std::vector<std::uint32_t>(10, 1), std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const std::size_t gone = GENERATE(range(std::size_t{0}, std::size_t{10}));
  service before(mh, weights), after(mh, {});
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (i != gone) after.add(slot_key(i + 1), weights[i]);
  after.publish();
  int others = 0, moved = 0;
  for (std::uint32_t n = 0; n < 100'000; ++n) {
    const client c = client_at(n * 2'654'435'761U);
    const auto was = static_cast<std::size_t>(before.pick(c));
    if (was == gone) continue;
    ++others;
    moved += after.facts[static_cast<std::size_t>(after.pick(c))].slot_key != before.facts[was].slot_key;
  }
  CAPTURE(gone, moved, others);
  CHECK(moved * 100 <= others * 2);
}

TEST_CASE("hashes: each slot has a bucket, however small its weight; one that is quiesced has none", "[unit][proxy][schedule]") {
  std::vector<std::uint32_t> weights(300, 1);
  weights[0] = 65'535;
  weights[1] = 0;
  const service s(sh, weights);
  const schedule::slots slots(s.facts, schedule::test::key);
  for (const auto& made : {schedule::maglev_buckets(slots, schedule::test::key), schedule::dealt_buckets(slots)}) {
    std::vector<int> of(weights.size());
    for (const std::uint16_t slot : made.table()) ++of[slot];
    for (std::size_t i = 0; i < of.size(); ++i) CHECK((of[i] > 0) == (slots.weight(i) > 0));
  }
}

TEST_CASE("sh: buckets are dealt by weight", "[unit][proxy][schedule]") {
  service s(sh, {3, 1});
  CHECK(s.shares(100'000)[0] == Approx(0.75).margin(0.01));
}

TEST_CASE("hashes: a task that takes another's slot keeps its clients; of two in one slot the newer one has them", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(mh, sh);
  service before(policy, {1, 1, 1}), after(policy, {1, 1, 1});
  after.add(slot_key(2), 1);  // start-first: slot 2 has its next task beside the old one
  after.publish();
  for (std::uint32_t n = 0; n < 1'000; ++n) {
    const int was = before.pick(client_at(n)), now = after.pick(client_at(n));
    REQUIRE(now == (was == 1 ? 3 : was));
  }
  after.servers[3].may = false;  // held down
  for (std::uint32_t n = 0; n < 1'000; ++n) REQUIRE(after.pick(client_at(n)) == before.pick(client_at(n)));
}

TEST_CASE("hashes: without fallback a slot that cannot be used refuses its clients, and no others", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(mh, sh, dh);
  service s(policy, {1, 1, 1});
  std::vector<int> was;
  for (std::uint32_t n = 0; n < 3'000; ++n) was.push_back(s.pick(with_local(client_at(n))));
  s.servers[1].may = false;
  for (std::uint32_t n = 0; n < 3'000; ++n) REQUIRE(s.pick(with_local(client_at(n))) == (was[n] == 1 ? -1 : was[n]));
}

TEST_CASE("hashes: with fallback they spread over all others, each client to the same one again", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(mh, sh, dh);
  service s({.policy = policy, .fallback = true}, {1, 1, 1, 1});
  std::vector<int> was;
  for (std::uint32_t n = 0; n < 40'000; ++n) was.push_back(s.pick(with_local(client_at(n))));
  s.servers[1].may = false;
  std::vector<int> moved(4);
  for (std::uint32_t n = 0; n < 40'000; ++n) {
    const int now = s.pick(with_local(client_at(n)));
    REQUIRE(now == s.pick(with_local(client_at(n))));
    if (was[n] != 1) REQUIRE(now == was[n]);
    else ++moved[static_cast<std::size_t>(now)];
  }
  const double each = std::accumulate(moved.begin(), moved.end(), 0.0) / 3;
  CHECK(moved[1] == 0);
  for (const std::size_t i : {0U, 2U, 3U}) CHECK(moved[i] == Approx(each).epsilon(0.15));
  s.servers[0].may = s.servers[2].may = s.servers[3].may = false;
  CHECK(s.pick(with_local(client_at(5))) == -1);
}

TEST_CASE("hashes: with fallback the last server of small weight is found, and many dead ones cost no walk through the table",
          "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(mh, sh);
  std::vector<std::uint32_t> weights(100, 1'000);
  weights[37] = weights[38] = 1;
  service s({.policy = policy, .fallback = true}, weights);
  for (auto& one : s.servers) one.may = false;
  s.servers[37].may = s.servers[38].may = true;
  std::vector<int> got(100);
  for (std::uint32_t n = 0; n < 2'000; ++n) {
    const int i = s.pick(client_at(n));
    REQUIRE((i == 37 || i == 38));
    ++got[static_cast<std::size_t>(i)];
  }
  CHECK(got[37] == Approx(1'000).margin(150));
}

TEST_CASE("hashes: flag port takes the client's port as well, dh's neither", "[unit][proxy][schedule]") {
  const scheduler policy = GENERATE(mh, sh);
  service by_address(policy, {1, 1, 1, 1}), by_port({.policy = policy, .by_port = true}, {1, 1, 1, 1}),
      local({.policy = dh, .by_port = true}, {1, 1, 1, 1});
  std::set<int> address, port, dest;
  for (std::uint16_t p = 1; p < 200; ++p) {
    address.insert(by_address.pick(client_at(7, p)));
    port.insert(by_port.pick(client_at(7, p)));
    dest.insert(local.pick(client_at(p, p)));  // many clients, one local address
  }
  CHECK(address.size() == 1);
  CHECK(port.size() == 4);
  CHECK(dest.size() == 1);
}
