#include "balance/slow_start.hpp"

#include "balance/dynamic_weights.hpp"
#include "balance/round_robin.hpp"

#include "catch.hpp"

#include <numeric>

using namespace waggle;
using namespace waggle::proxy;
using balance::full_share;

namespace {

constexpr io::time_ms ramp = 10'000, joined = 1'000'000;

struct service {
  plan::backend b;
  std::vector<std::uint32_t> credits;
  balance::position at;

  explicit service(const std::vector<unsigned>& weights) : credits(weights.size()) {
    unsigned gcd = 0;
    for (const unsigned w : weights) {
      b.servers.emplace_back().weight = w;
      gcd = std::gcd(gcd, w);
      b.weight_max = std::max(b.weight_max, w);
    }
    b.weight_gcd = gcd;
    b.source = std::make_shared<const model::load_balancer>();
  }
  /// As a session does it. @return picks of each server out of `n`.
  template <class Weights>
  std::vector<unsigned> picks(const Weights& weights, unsigned n, io::time_ms now) {
    std::vector<unsigned> out(b.servers.size());
    std::uint32_t most = 0;
    for (const auto& s : b.servers) most = std::max(most, balance::share_of(s, now, ramp));
    for (unsigned i = 0; i < n; ++i) {
      const int got = balance::pick_by(
          weights, at, [&](std::size_t k) { return balance::takes_turn(credits[k], balance::share_of(b.servers[k], now, ramp), most); });
      REQUIRE(got >= 0);
      ++out[static_cast<std::size_t>(got)];
    }
    return out;
  }
};

}  // namespace

TEST_CASE("slow start: the share grows linearly, from something to all", "[unit][proxy][balance]") {
  CHECK(balance::share_of(io::time_ms{0}, ramp) == 1);
  CHECK(balance::share_of(ramp / 4, ramp) == full_share / 4);
  CHECK(balance::share_of(ramp / 2, ramp) == full_share / 2);
  CHECK(balance::share_of(ramp, ramp) == full_share);
  CHECK(balance::share_of(100 * ramp, ramp) == full_share);
  CHECK(balance::share_of(io::time_ms{7}, io::time_ms{1}) == full_share);
  std::uint32_t before = 0;
  for (io::time_ms age = 0; age <= ramp; age += 10) {
    const auto now = balance::share_of(age, ramp);
    CHECK(now >= before);
    before = now;
  }
}

TEST_CASE("slow start: who was there from the start is not new; who comes back from a failed check is", "[unit][proxy][balance]") {
  plan::server s;
  CHECK(balance::share_of(s, 5, ramp) == full_share);
  s.joined_at = joined;
  CHECK(balance::share_of(s, joined + ramp / 2, ramp) == full_share / 2);
  CHECK(balance::share_of(s, joined - 3, ramp) == 1);  // a table compiled by another thread, a moment ahead
  s.health = std::make_shared<plan::server_health>(plan::health_verdict::unproven);
  s.health->set(true, joined + ramp / 2);  // the first good check: only now requests come
  CHECK(balance::share_of(s, joined + ramp, ramp) == full_share / 2);
  s.health->set(true, joined + ramp);
  CHECK(s.health->up_since() == joined + ramp / 2);
  s.health->set(false, joined + 2 * ramp);
  s.health->set(true, joined + 3 * ramp);
  CHECK(balance::share_of(s, joined + 3 * ramp, ramp) == 1);
}

TEST_CASE("slow start: of its turns a newcomer takes its share, by weight, under wrr and drr", "[unit][proxy][balance]") {
  const bool dynamic = GENERATE(false, true);
  const io::time_ms percent = GENERATE(10u, 25u, 50u, 90u);
  CAPTURE(dynamic, percent);
  service s({2, 2, 4});
  s.b.servers[2].joined_at = joined;
  const io::time_ms now = joined + ramp * percent / 100;
  const balance::dynamic_weights drr(s.b);
  const auto got = dynamic ? s.picks(drr, 4'000, now) : s.picks(balance::fixed_weights{s.b}, 4'000, now);
  const double part = 2.0 * static_cast<double>(percent) / 100;  // beside 1 and 1
  CHECK(got[2] == Approx(4'000 * part / (2 + part)).epsilon(0.02));
  CHECK(got[0] == Approx(got[1]).epsilon(0.02));
  const auto later = dynamic ? s.picks(drr, 4'000, joined + ramp) : s.picks(balance::fixed_weights{s.b}, 4'000, joined + ramp);
  CHECK(later[2] == Approx(2'000).margin(2));
}

TEST_CASE("slow start: if all are new, somebody is found at once, and the older ones get more", "[unit][proxy][balance]") {
  service s({1, 1, 1});
  for (auto& one : s.b.servers) one.joined_at = joined;
  const auto same = s.picks(balance::fixed_weights{s.b}, 300, joined);
  CHECK(same == std::vector<unsigned>{100, 100, 100});
  s.b.servers[0].joined_at = joined - ramp / 2;
  const auto got = s.picks(balance::fixed_weights{s.b}, 3'000, joined + ramp / 4);  // shares 3/4, 1/4, 1/4
  CHECK(got[0] == Approx(1'800).epsilon(0.02));
  CHECK(got[1] == Approx(got[2]).epsilon(0.02));
}
