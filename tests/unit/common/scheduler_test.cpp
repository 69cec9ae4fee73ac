#include <waggle/model/service/scheduler.hpp>

#include "catch.hpp"

#include <set>
#include <string>

using namespace waggle::model;

TEST_CASE("schedulers: each has one word, in any case of letters", "[unit][common][scheduler]") {
  std::set<scheduler> seen;
  for (const scheduler_word& row : scheduler_words) {
    CAPTURE(row.word);
    CHECK(seen.insert(row.policy).second);
    CHECK(find_scheduler(row.word) == row.policy);
    CHECK(word_of(row.policy) == row.word);
    CHECK(find_foreign_scheduler(row.word) == nullptr);
  }
  CHECK(seen.size() == 12);
  CHECK(find_scheduler("WLC") == scheduler::weighted_least_connections);
  for (const char* unknown : {"", "w", "wl", "wlcc", "wlc ", "least"}) {
    CAPTURE(unknown);
    CHECK_FALSE(find_scheduler(unknown));
    CHECK(find_foreign_scheduler(unknown) == nullptr);
  }
}

TEST_CASE("schedulers: words of other programs name ours and are none of ours", "[unit][common][scheduler]") {
  std::set<std::string_view> seen;
  for (const foreign_scheduler& row : foreign_schedulers) {
    CAPTURE(row.word);
    CHECK(seen.insert(row.word).second);
    CHECK_FALSE(find_scheduler(row.word));
    CHECK_FALSE(row.of.empty());
    CHECK_FALSE(word_of(row.instead).empty());
  }
  REQUIRE(find_foreign_scheduler("lblcr"));
  CHECK(find_foreign_scheduler("lblcr")->instead == scheduler::maglev_hash);
  REQUIRE(find_foreign_scheduler("LeastConn"));
  CHECK(find_foreign_scheduler("LeastConn")->instead == scheduler::weighted_least_connections);
  for (const char* asked : {"lblc", "roundrobin", "leastconn", "source", "static-rr", "first", "least_conn", "ip_hash", "hash", "random"})
    CHECK(seen.contains(asked));
}

TEST_CASE("scheduler flags: with and without the scheduler's name; they mean something where there is a hash", "[unit][common][scheduler]") {
  REQUIRE(find_scheduler_flag("fallback"));
  CHECK_FALSE(find_scheduler_flag("fallback")->of);
  REQUIRE(find_scheduler_flag("MH-port"));
  CHECK(find_scheduler_flag("MH-port")->flag == scheduler_flag::port);
  CHECK(find_scheduler_flag("MH-port")->of == scheduler::maglev_hash);
  CHECK(find_scheduler_flag("wlc-port") == nullptr);
  CHECK(find_scheduler_flag("") == nullptr);
  std::set<std::string_view> by_port, fallback;
  for (const scheduler_word& row : scheduler_words) {
    if (takes_flag(row.policy, scheduler_flag::port)) by_port.insert(row.word);
    if (takes_flag(row.policy, scheduler_flag::fallback)) fallback.insert(row.word);
  }
  CHECK(by_port == std::set<std::string_view>{"mh", "sh"});
  CHECK(fallback == std::set<std::string_view>{"dh", "mh", "sh"});
}
