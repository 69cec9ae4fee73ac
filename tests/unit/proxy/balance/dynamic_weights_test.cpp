#include "balance/dynamic_weights.hpp"

#include "balance/round_robin.hpp"

#include "catch.hpp"

#include <numeric>

using namespace waggle;
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
  b.weight_gcd = gcd;
  b.source = std::make_shared<const model::load_balancer>();
  return b;
}

/// One answer of each server in every second of [from, to).
void seconds(balance::dynamic_weights& w, io::time_ms from, io::time_ms to, const std::vector<unsigned>& statuses) {
  for (io::time_ms s = from; s < to; ++s)
    for (std::size_t i = 0; i < statuses.size(); ++i) w.note(i, statuses[i], s * 1000 + i);
}

std::vector<unsigned> weights(const balance::dynamic_weights& w) {
  std::vector<unsigned> out;
  for (std::size_t i = 0; i < w.size(); ++i) out.push_back(w.weight(i));
  return out;
}

using list = std::vector<unsigned>;

}  // namespace

TEST_CASE("drr: without errors weights are what the labels say", "[unit][proxy][balance]") {
  balance::dynamic_weights w(backend_of({3, 1, 2}));
  seconds(w, 1000, 1060, {200, 404, 505});
  CHECK(weights(w) == list{3, 1, 2});
  balance::position at;
  std::string picks;
  for (int i = 0; i < 6; ++i) picks += static_cast<char>('a' + balance::pick_by(w, at, [](std::size_t) { return true; }));
  CHECK(picks == "aacabc");
}

TEST_CASE("drr: a server with errors gets less, and its share back when it is well", "[unit][proxy][balance]") {
  balance::dynamic_weights w(backend_of({1, 1}));
  seconds(w, 1000, 1009, {200, 500});
  CHECK(weights(w) == list{1, 1});  // too little is known
  seconds(w, 1009, 1012, {200, 500});
  CHECK(weights(w) == list{4, 1});
  CHECK(w.max() == 4);
  seconds(w, 1012, 1019, {200, 500});
  CHECK(weights(w) == list{4, 1});  // not twice within ten seconds
  seconds(w, 1019, 1024, {200, 500});
  CHECK(weights(w) == list{16, 1});
  seconds(w, 1024, 1200, {200, 500});
  CHECK(weights(w) == list{4096, 1});
  balance::position at{0, 1};
  int second = 0;
  for (int i = 0; i < 1000; ++i) second += balance::pick_by(w, at, [](std::size_t) { return true; });
  CHECK(second <= 1);
  seconds(w, 1200, 1400, {200, 200});
  CHECK(weights(w) == list{1, 1});
}

TEST_CASE("drr: all alike bad changes nothing; one server neither", "[unit][proxy][balance]") {
  balance::dynamic_weights all(backend_of({1, 1, 1}));
  seconds(all, 1000, 1060, {502, 502, 502});
  CHECK(weights(all) == list{1, 1, 1});
  balance::dynamic_weights one(backend_of({2}));
  seconds(one, 1000, 1060, {503});
  CHECK(weights(one) == list{2});
  balance::dynamic_weights three(backend_of({1, 1, 2}));
  seconds(three, 1000, 1012, {200, 500, 200});
  CHECK(weights(three) == list{4, 1, 8});
  three.note(7, 500, 1'100'000);
  const auto b = backend_of({1});
  CHECK(balance::dynamic_weights(b).is_for(b));
  CHECK_FALSE(balance::dynamic_weights(b).is_for(backend_of({1})));
}
