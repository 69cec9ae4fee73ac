// Traefik 1.7 section 7.1, and what every policy owes: only usable servers, each reachable, one usable is enough.
#include "balance/round_robin.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <map>
#include <numeric>
#include <string>
#include <vector>

using namespace waggle::proxy;

namespace {

plan::backend backend_of(const std::vector<unsigned>& weights) {
  plan::backend b;
  unsigned gcd = 0;
  for (const unsigned w : weights) {
    plan::server s;
    s.weight = w;
    b.servers.push_back(std::move(s));
    gcd = std::gcd(gcd, w);
    b.weight_max = std::max(b.weight_max, w);
  }
  b.weight_gcd = gcd == 0 ? 1 : gcd;
  return b;
}

constexpr auto all = [](std::size_t) { return true; };

std::string letters(const plan::backend& b, int picks, balance::position at = {}) {
  std::string out;
  for (int i = 0; i < picks; ++i) {
    const int s = balance::pick(b, at, all);
    out += s < 0 ? '-' : static_cast<char>('a' + s);
  }
  return out;
}

}  // namespace

TEST_CASE("the order of weighted round robin is Traefik's", "[unit][proxy][balance]") {
  CHECK(letters(backend_of({3, 1, 2}), 18) == "aacabcaacabcaacabc");
  CHECK(letters(backend_of({1, 1, 1}), 7) == "abcabca");
  CHECK(letters(backend_of({1}), 3) == "aaa");
  CHECK(letters(backend_of({2, 4}), 6) == "babbab");
  CHECK(letters(backend_of({10, 10}), 4) == "abab");
  CHECK(letters(backend_of({}), 2) == "--");
}

TEST_CASE("weight 0 gets nothing (--allowminweightzero)", "[unit][proxy][balance]") {
  CHECK(letters(backend_of({0, 1, 2}), 6) == "cbccbc");
  CHECK(letters(backend_of({0, 0}), 3) == "---");
  const plan::backend b = backend_of({0, 5});
  balance::position at;
  CHECK(balance::pick(b, at, [](std::size_t s) { return s == 0; }) == -1);
}

TEST_CASE("servers that cannot be used are skipped", "[unit][proxy][balance]") {
  const plan::backend b = backend_of({3, 1, 2});
  balance::position at;
  std::map<int, int> seen;
  for (int i = 0; i < 60; ++i) ++seen[balance::pick(b, at, [](std::size_t s) { return s != 0; })];
  CHECK(seen[0] == 0);
  CHECK(seen[1] == 20);
  CHECK(seen[2] == 40);
  CHECK(balance::pick(b, at, [](std::size_t) { return false; }) == -1);
}

TEST_CASE("one usable server is always found, whatever the weights and the position", "[unit][proxy][balance][property]") {
  waggle::test::random random(21);
  const unsigned choices[] = {1, 1, 2, 3, 7, 100, 1'000'000, 2'147'483'647};
  for (int round = 0; round < 5'000; ++round) {
    std::vector<unsigned> weights(1 + random.below(20));
    for (unsigned& w : weights) w = random.of(choices);
    const plan::backend b = backend_of(weights);
    balance::position at{static_cast<std::int64_t>(random.below(30)) - 1, random.next() % 5'000};
    const std::size_t only = random.below(weights.size());
    for (int i = 0; i < 3; ++i) REQUIRE(balance::pick(b, at, [&](std::size_t s) { return s == only; }) == static_cast<int>(only));
  }
}

TEST_CASE("over one round every server gets its weight", "[unit][proxy][balance][property]") {
  waggle::test::random random(22);
  for (int round = 0; round < 200; ++round) {
    std::vector<unsigned> weights(1 + random.below(8));
    for (unsigned& w : weights) w = 1 + static_cast<unsigned>(random.below(12));
    const plan::backend b = backend_of(weights);
    const unsigned total = std::accumulate(weights.begin(), weights.end(), 0u) / b.weight_gcd;
    balance::position at;
    std::map<int, unsigned> seen;
    for (unsigned i = 0; i < total * 3; ++i) ++seen[balance::pick(b, at, all)];
    for (std::size_t s = 0; s < weights.size(); ++s) CHECK(seen[static_cast<int>(s)] == 3 * weights[s] / b.weight_gcd);
  }
}

TEST_CASE("extreme weights: the small ones starve for long, nobody loops for long", "[unit][proxy][balance]") {
  const plan::backend b = backend_of({1, 2'147'483'647});
  balance::position at;
  std::map<int, int> seen;
  for (int i = 0; i < 100'000; ++i) ++seen[balance::pick(b, at, all)];
  CHECK(seen[1] > 99'000);
}

TEST_CASE("a position beyond the end of a shorter list is put right", "[unit][proxy][balance]") {
  balance::position at{17, 0};
  CHECK(balance::pick(backend_of({1, 1}), at, all) == 0);
  CHECK(balance::pick(backend_of({1, 1}), at, all) == 1);
}

TEST_CASE("a position with a weight from before the weights were lowered is fair at once", "[unit][proxy][balance]") {
  const plan::backend before = backend_of({1'000'000, 1}), after = backend_of({1, 1});
  balance::position at;
  for (int i = 0; i < 10; ++i) balance::pick(before, at, all);
  std::map<int, int> seen;
  for (int i = 0; i < 100; ++i) ++seen[balance::pick(after, at, all)];
  CHECK(seen[0] == 50);
  CHECK(seen[1] == 50);
}
