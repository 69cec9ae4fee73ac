// The retry budget: at most a fifth of recent requests is sent again for want of an answer, whatever happens when.
#include "upstream/retry_budget.hpp"

#include "random.hpp"

#include "catch.hpp"

#include <utility>
#include <vector>

using waggle::proxy::upstream::retry_budget;
using enum waggle::proxy::upstream::retry_reason;

TEST_CASE("a service with few requests can retry ten times, then each fifth request", "[unit][proxy][retry]") {
  retry_budget b;
  for (int i = 0; i < 10; ++i) CHECK(b.spend(unanswered));
  CHECK_FALSE(b.spend(unanswered));
  for (int i = 0; i < 4; ++i) b.note_request();
  CHECK_FALSE(b.spend(unanswered));
  b.note_request();
  CHECK(b.spend(unanswered));
  CHECK_FALSE(b.spend(unanswered));
}

TEST_CASE("what is not saved up cannot be spent", "[unit][proxy][retry]") {
  retry_budget b;
  for (int i = 0; i < 1'000'000; ++i) b.note_request();
  int spent = 0;
  while (b.spend(unanswered)) ++spent;
  CHECK(spent == 10);
}

TEST_CASE("a request that no server had is never refused, and is paid for", "[unit][proxy][retry]") {
  retry_budget b;
  for (int i = 0; i < 100; ++i) {
    CHECK(b.spend(nothing_sent));
    CHECK(b.spend(reused_ended));
  }
  CHECK_FALSE(b.spend(unanswered));
  for (int i = 0; i < 5; ++i) b.note_request();
  CHECK(b.spend(unanswered));  // no debt is carried on
}

TEST_CASE("unanswered retries: never more than ten and a fifth of the requests, in any window", "[unit][proxy][retry]") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    waggle::test::random random(seed);
    retry_budget b;
    std::vector<std::pair<long, long>> history{{0, 0}};  // requests, retries so far
    for (int step = 0; step < 3'000; ++step) {
      auto [requests, retries] = history.back();
      const auto dice = random.below(10);
      if (dice < 3 + seed % 5) {
        b.note_request();
        ++requests;
      } else if (dice == 9) {
        CHECK(b.spend(random.below(2) == 0 ? nothing_sent : reused_ended));
      } else if (b.spend(unanswered)) {
        ++retries;
      }
      history.emplace_back(requests, retries);
    }
    bool within = true;
    for (std::size_t i = 0; i < history.size(); i += 7)
      for (std::size_t k = i; k < history.size(); k += 13)
        within = within && 5 * (history[k].second - history[i].second) <= 5 * 10 + history[k].first - history[i].first;
    CHECK(within);
  }
}
