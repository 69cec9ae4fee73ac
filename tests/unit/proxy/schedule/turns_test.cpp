// rr, wrr, and how ties are broken.
#include "schedule/weighted_round_robin.hpp"
#include "schedule/weighted_turns.hpp"
#include "service.hpp"

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <thread>

using namespace waggle;
using namespace waggle::proxy;
using model::scheduler;
using schedule::test::service;

TEST_CASE("rr: four connections go 1 2 1 2; weights say only who is quiesced", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 1});
  CHECK(s.picks(4) == "abab");
  service weighted(scheduler::round_robin, {5, 0, 1});
  CHECK(weighted.picks(4) == "acac");
}

TEST_CASE("rr: the turn of one that cannot be used is shared by all others", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 1, 1, 1});
  s.servers[1].may = false;
  CHECK(s.picks(6) == "acdacd");
  s.servers[1].may = true;
  CHECK(s.picks(6).find('b') != std::string::npos);
}

TEST_CASE("rr: one counter for all workers", "[unit][proxy][schedule]") {
  service s(scheduler::round_robin, {1, 1, 1});
  std::array<std::array<int, 3>, 4> got{};
  std::vector<std::thread> workers;
  for (auto& mine : got)
    workers.emplace_back([&s, &mine] {
      schedule::random r(1);
      for (int i = 0; i < 3'000; ++i) ++mine[static_cast<std::size_t>(s.made->pick(s.shared, s.servers, {}, r))];
    });
  for (auto& w : workers) w.join();
  for (std::size_t i = 0; i < 3; ++i) {
    int all = 0;
    for (const auto& mine : got) all += mine[i];
    CHECK(all == 4'000);
  }
}

TEST_CASE("wrr: interleaved as Traefik and IPVS do it", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_round_robin, {3, 1, 2});
  CHECK(s.picks(12) == "aacabcaacabc");
  service tens(scheduler::weighted_round_robin, {30, 10, 20});  // the greatest common divisor is taken out
  CHECK(tens.picks(6) == "aacabc");
  service equal(scheduler::weighted_round_robin, {7, 7, 7});
  CHECK(equal.picks(6) == "abcabc");
  service quiesced(scheduler::weighted_round_robin, {1, 0, 1});
  CHECK(quiesced.picks(4) == "acac");
}

TEST_CASE("wrr: a sequence is as long as the sum of the weights, or there is none", "[unit][proxy][schedule]") {
  using schedule::interleaved;
  const std::uint64_t longest = schedule::weighted_round_robin::longest;
  CHECK(interleaved(std::vector<std::uint32_t>{4'095, 1}, longest).size() == 4'096);
  CHECK(interleaved(std::vector<std::uint32_t>{4'096, 1}, longest).empty());
  CHECK(interleaved(std::vector<std::uint32_t>{65'534, 2}, longest).empty());
  CHECK(interleaved(std::vector<std::uint32_t>{65'535, 65'535}, longest).size() == 2);
  CHECK(interleaved(std::vector<std::uint32_t>{0, 0}, longest).empty());
  CHECK(interleaved({}, longest).empty());
}

TEST_CASE("wrr: long sequences are smooth: nobody waits much longer than its weight says", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_round_robin, {9'973, 4'999, 1'009});
  const std::string got = s.picks(20'000);
  for (std::size_t i = 0; i < 3; ++i) {
    const double every = (9'973.0 + 4'999 + 1'009) / s.servers[i].weight;
    std::size_t last = 0, longest = 0;
    for (std::size_t at = 0; at < got.size(); ++at)
      if (got[at] == static_cast<char>('a' + i)) {
        longest = std::max(longest, at - last);
        last = at;
      }
    CAPTURE(i, longest, every);
    CHECK(static_cast<double>(longest) <= 3 * every + 1);
    CHECK(static_cast<double>(std::count(got.begin(), got.end(), static_cast<char>('a' + i))) == Approx(20'000 / every).margin(4));
  }
}

TEST_CASE("wrr: the turns of one that cannot be used go to the others by weight, not to its neighbour", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_round_robin, {1, 1, 1, 3});
  s.servers[0].may = false;
  const std::string got = s.picks(6'000);
  CHECK(std::count(got.begin(), got.end(), 'b') == Approx(1'200).margin(6));
  CHECK(std::count(got.begin(), got.end(), 'c') == Approx(1'200).margin(6));
  CHECK(std::count(got.begin(), got.end(), 'd') == Approx(3'600).margin(6));
}

TEST_CASE("wrr: a weight that was changed since the publish counts at once", "[unit][proxy][schedule]") {
  service s(scheduler::weighted_round_robin, {1, 1});
  s.servers[0].weight = 3;
  CHECK(s.shares(40'000)[0] == Approx(0.75).margin(0.001));
}

TEST_CASE("ties: in turn where they count the same, else by weight", "[unit][proxy][schedule]") {
  CHECK(service(scheduler::least_connections, {1, 1, 1}).picks(6) == "abcabc");
  CHECK(service(scheduler::least_connections, {9, 1, 5}).picks(6) == "abcabc");
  CHECK(service(scheduler::weighted_least_connections, {1, 1, 1}).picks(6) == "abcabc");
  CHECK(service(scheduler::shortest_expected_delay, {1, 1}).picks(4) == "abab");
  CHECK(service(scheduler::never_queue, {1, 1}).picks(4) == "abab");
  CHECK(service(scheduler::weighted_failover, {1, 2, 2}).picks(4) == "bcbc");
  CHECK(service(scheduler::weighted_overflow, {1, 2, 2}).picks(4) == "bcbc");
  service short_connections(scheduler::weighted_least_connections, {3, 1});
  CHECK(short_connections.shares(10'000)[0] == Approx(0.75).margin(0.001));
}

TEST_CASE("weighted turns: any number of them is shared by weight but for two", "[unit][proxy][schedule]") {
  const std::vector<std::uint32_t> weights{5, 0, 1, 17, 100, 3};
  schedule::weighted_turns turns(weights);
  std::vector<double> got(weights.size());
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::uint32_t n = 1; n <= 1'000; ++n) {
    ++got[turns.next()];
    if (n < 200) continue;  // each had its first one at once
    for (std::size_t i = 0; i < weights.size(); ++i) CHECK(std::abs(got[i] - n * weights[i] / sum) <= 2);
  }
  CHECK(got[1] == 0);
  CHECK(schedule::weighted_turns(std::vector<std::uint32_t>{0, 0}).empty());
}
