#include "balance/registry.hpp"

#include "catch.hpp"

#include <numeric>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::proxy;

namespace {

plan::backend backend_of(const std::vector<unsigned>& weights, model::balance_policy policy) {
  plan::backend b;
  unsigned gcd = 0;
  for (const unsigned w : weights) {
    plan::server s;
    s.weight = w;
    b.servers.push_back(std::move(s));
    gcd = std::gcd(gcd, w);
    b.weight_max = std::max(b.weight_max, w);
  }
  b.weight_gcd = gcd;
  b.balance = policy;
  b.source = std::make_shared<const model::load_balancer>();
  return b;
}

bool all(std::size_t) { return true; }

std::string picks(balance::balancer& by, const plan::backend& b, int how_many) {
  std::string out;
  for (int i = 0; i < how_many; ++i) out += static_cast<char>('a' + by.pick(b, all));
  return out;
}

constexpr auto wrr = model::balance_policy::weighted_round_robin, drr = model::balance_policy::dynamic_round_robin;

}  // namespace

TEST_CASE("methods are known by their word in any case; what is not known is the first", "[unit][proxy][balance]") {
  for (const model::balance_method& m : model::balance_methods) {
    CHECK(model::find_balance_policy(m.word) == m.policy);
    CHECK(model::word_of(m.policy) == m.word);
  }
  CHECK(model::find_balance_policy("DrR") == drr);
  for (const char* unknown : {"", "wr", "wrrr", "leastconn"}) CHECK_FALSE(model::find_balance_policy(unknown));
  model::balance_options odd;
  odd.method = "leastconn";
  CHECK(model::policy_of(odd) == wrr);
}

TEST_CASE("every method has a balancer: it picks only who may, somebody if anybody may", "[unit][proxy][balance]") {
  for (const model::balance_method& m : model::balance_methods) {
    CAPTURE(m.word);
    const plan::backend b = backend_of({3, 1, 2}, m.policy);
    balance::balancer one;
    CHECK(one.pick(b, all) == -1);  // it does not follow anything yet
    one.follow(b, 0);
    for (int only = 0; only < 3; ++only)
      for (int i = 0; i < 5; ++i) CHECK(one.pick(b, [only](std::size_t s) { return static_cast<int>(s) == only; }) == only);
    CHECK(one.pick(b, [](std::size_t) { return false; }) == -1);
    const plan::backend fewer = backend_of({1}, m.policy), none = backend_of({}, m.policy);
    one.follow(fewer, 0);  // what it has kept may lie beyond the end
    CHECK(one.pick(fewer, all) == 0);
    one.follow(none, 0);
    CHECK(one.pick(none, all) == -1);
  }
}

TEST_CASE("without errors wrr and drr go by the weights, and go on where they were", "[unit][proxy][balance]") {
  for (const model::balance_policy policy : {wrr, drr}) {
    const plan::backend b = backend_of({3, 1, 2}, policy);
    balance::balancer one;
    one.follow(b, 0);
    CHECK(picks(one, b, 6) == "aacabc");
    one.follow(b, 0);
    CHECK(picks(one, b, 2) == "aa");
  }
}

TEST_CASE("workers begin at different servers", "[unit][proxy][balance]") {
  const plan::backend b = backend_of({1, 1, 1}, wrr);
  for (unsigned worker = 0; worker < 6; ++worker) {
    balance::balancer one;
    one.follow(b, worker);
    CHECK(one.pick(b, all) == static_cast<int>(worker % 3));
  }
}

TEST_CASE("only drr learns from answers, and forgets with the method", "[unit][proxy][balance]") {
  const auto share_of_failing = [](balance::balancer& by, const plan::backend& b) {
    int hits = 0;
    for (int i = 0; i < 1'000; ++i) hits += by.pick(b, all);
    return hits;
  };
  const plan::backend fixed = backend_of({1, 1}, wrr), dynamic = backend_of({1, 1}, drr);
  balance::balancer by;
  for (const plan::backend* b : {&fixed, &dynamic}) {
    by.follow(*b, 0);
    by.pick(*b, all);
    for (io::time_ms now = 0; now < 120'000; now += 100) {
      by.note_response(*b, 0, 200, now);
      by.note_response(*b, 1, 500, now);
    }
    if (b == &fixed) CHECK(share_of_failing(by, *b) == 500);
    else CHECK(share_of_failing(by, *b) < 200);
  }
  by.follow(fixed, 0);
  CHECK(share_of_failing(by, fixed) == 500);
}
