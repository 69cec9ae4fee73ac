// Rates as the kernel's IPVS estimates them (net/netfilter/ipvs/ip_vs_est.c: W = 1/4, every 2 s, 10 and 5 bits behind the point).
#include "admin/rate_estimator.hpp"

#include "catch.hpp"

using namespace waggle::app::admin::ipvs;
using namespace std::chrono_literals;

namespace {

const rate_estimator::time start{};

figures times(std::uint64_t n, const figures& f) { return {n * f.connections, n * f.in_packets, n * f.out_packets, n * f.in_bytes, n * f.out_bytes}; }

}  // namespace

TEST_CASE("a quarter of the way, every two seconds", "[unit][app][ipvs]") {
  rate_estimator e(start);
  e.advance(start + 1999ms, {800, 0, 0, 0, 0});
  CHECK(e.rates() == figures{});  // not yet
  e.advance(start + 2s, {800, 80, 8, 8000, 2});
  CHECK(e.rates() == figures{100, 10, 1, 1000, 0});
  e.advance(start + 4s, {800, 80, 8, 8000, 2});   // nothing came
  CHECK(e.rates() == figures{75, 7, 1, 750, 0});  // 7.5 and 0.75: the kernel's rounding
  e.advance(start + 5s, {1600, 0, 0, 0, 0});
  CHECK(e.rates().connections == 75);
}

TEST_CASE("an even stream is estimated as what it is", "[unit][app][ipvs]") {
  const figures each{246, 2000, 1998, 3000000, 66000000000};  // in two seconds
  rate_estimator e(start, times(1000, each));
  for (unsigned i = 1; i <= 100; ++i) e.advance(start + 2s * i, times(1000 + i, each));
  CHECK(e.rates() == figures{123, 1000, 999, 1500000, 33000000000});
  for (unsigned i = 101; i <= 200; ++i) e.advance(start + 2s * i, times(1100, each));
  CHECK(e.rates() == figures{});
}

TEST_CASE("whoever looks seldom gets the same", "[unit][app][ipvs]") {
  const figures each{200, 1000, 1000, 1 << 20, 1 << 10};
  rate_estimator often(start), seldom(start);
  for (unsigned i = 1; i <= 7; ++i) often.advance(start + 2s * i, times(i, each));
  seldom.advance(start + 15s, times(7, each));  // an odd second belongs to the next one
  CHECK(often.rates() == seldom.rates());
  often.advance(start + 16s, times(8, each));
  seldom.advance(start + 16s, times(8, each));
  CHECK(often.rates() == seldom.rates());
  seldom.advance(start + 1000h, times(8, each));
  CHECK(seldom.rates() == figures{});
}

TEST_CASE("counters that were reset begin anew", "[unit][app][ipvs]") {
  rate_estimator e(start, {1000000, 0, 0, 0, 0});
  e.advance(start + 2s, {10, 0, 0, 0, 0});
  CHECK(e.rates().connections == 0);
  e.advance(start + 4s, {18, 0, 0, 0, 0});
  CHECK(e.rates().connections == 1);
}
