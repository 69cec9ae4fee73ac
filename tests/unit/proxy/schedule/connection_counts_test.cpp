#include "schedule/connection_counts.hpp"

#include "catch.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace waggle::proxy::schedule;

TEST_CASE("counts: a connection is opened, half closed, closed", "[unit][proxy][schedule]") {
  connection_counts c(2);
  c.opened(0), c.opened(0), c.opened(1);
  CHECK(c.totals() == connection_totals{3, 0});
  c.half_closed(0);
  CHECK(c.totals() == connection_totals{2, 1});
  CHECK(c.totals().all() == 3);
  c.closed_inactive(0), c.closed(1);
  CHECK(c.totals() == connection_totals{1, 0});
  c.closed(0);
  CHECK(c.totals() == connection_totals{});
}

TEST_CASE("counts: a worker sees its own at once, the others' at most a millisecond late", "[unit][proxy][schedule]") {
  const auto shared = std::make_shared<connection_counts>(3);
  counts_view one(shared, 0), two(shared, 1);
  two.opened();
  CHECK(one.at(1'000) == connection_totals{1, 0});
  two.opened(), one.opened();
  CHECK(one.at(1'000) == connection_totals{2, 0});
  CHECK(one.at(1'001) == connection_totals{3, 0});
  one.half_closed();
  CHECK(one.at(1'001) == connection_totals{2, 1});
  one.closed_inactive(), two.closed();
  CHECK(one.at(1'001) == connection_totals{2, 0});
  CHECK(one.at(1'002) == connection_totals{1, 0});
}

TEST_CASE("counts: workers count at once, nothing is lost", "[unit][proxy][schedule]") {
  constexpr std::size_t workers = 4;
  constexpr int rounds = 20'000;
  const auto shared = std::make_shared<connection_counts>(workers);
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      counts_view mine(shared, w);
      for (int i = 0; i < rounds; ++i) {
        mine.opened();
        const connection_totals t = mine.at(static_cast<std::uint64_t>(i / 8));
        if (t.all() == 0 || t.all() > 4 * rounds) wrong = true;  // it has one itself
        if (i % 2 == 0) mine.half_closed();
        if (i % 4 == 0) mine.closed_inactive();
        if (i % 4 == 1) mine.closed();
      }
    });
  for (auto& t : threads) t.join();
  CHECK_FALSE(wrong);
  CHECK(shared->totals() == connection_totals{workers * rounds / 4, workers * rounds / 4});
}
