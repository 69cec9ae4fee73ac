#include "schedule/persistence_table.hpp"

#include "schedule/client.hpp"
#include "service.hpp"

#include "catch.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

using namespace waggle::proxy;
using schedule::persistence_key;
using schedule::persistence_table;
using schedule::slot_id;
using schedule::test::client_at;
using schedule::test::key;

namespace {

persistence_key client(std::uint32_t n, schedule::persistence_owner owner = 1) { return {owner, client_at(n).address}; }
constexpr io::time_ms minute = 60'000;

/// A connection that begins and ends.
void visit(persistence_table& t, const persistence_key& who, slot_id slot, io::time_ms timeout, io::time_ms now) {
  t.opened(who, slot, timeout, now).end(now);
}

}  // namespace

TEST_CASE("persistence table: remembers for the timeout, begun anew by each connection", "[unit][proxy][schedule]") {
  persistence_table t(key);
  CHECK(t.find(client(1), 0) == 0);
  visit(t, client(1), 77, 10'000, 1'000);
  CHECK(t.find(client(1), 1'001) == 77);
  CHECK(t.find(client(2), 1'001) == 0);
  CHECK(t.find(client(1, 2), 1'001) == 0);
  CHECK(t.find(client(1), 10'999) == 77);
  visit(t, client(1), 77, 10'000, 10'999);
  CHECK(t.find(client(1), 20'998) == 77);  // to look is not to connect
  CHECK(t.find(client(1), 20'999) == 0);
  CHECK(t.figures().entries == 0);
}

TEST_CASE("persistence table: an open connection keeps its entry, and for a while after it", "[unit][proxy][schedule]") {
  persistence_table t(key);
  auto one = t.opened(client(1), 5, 5 * minute, minute);
  auto two = t.opened(client(1), 5, 5 * minute, minute);
  CHECK(t.find(client(1), 500 * minute) == 5);
  one.end(600 * minute);
  CHECK(t.find(client(1), 800 * minute) == 5);
  two.end(900 * minute);
  CHECK(t.find(client(1), 900 * minute + persistence_table::farewell - 1) == 5);
  CHECK(t.find(client(1), 900 * minute + persistence_table::farewell) == 0);
  // a timeout that is shorter than that
  t.opened(client(2), 5, 1'000, minute).end(2 * minute);
  CHECK(t.find(client(2), 2 * minute + 999) == 5);
  CHECK(t.find(client(2), 2 * minute + 1'000) == 0);
  // and never less than the timeout since its beginning
  t.opened(client(3), 5, 5 * minute, minute).end(minute + 10);
  CHECK(t.find(client(3), 6 * minute - 1) == 5);
  CHECK(t.find(client(3), 6 * minute) == 0);
}

TEST_CASE("persistence table: a hold is given back once, wherever it goes", "[unit][proxy][schedule]") {
  persistence_table t(key);
  auto first = t.opened(client(1), 5, 100, 1'000);
  persistence_table::hold moved = std::move(first);
  CHECK(moved);
  CHECK_FALSE(first);  // NOLINT: that is what is tested
  first.end(2'000);
  CHECK(t.find(client(1), 3'000) == 5);
  moved = t.opened(client(2), 6, 100, 3'000);  // client 1's is given back, without a time
  CHECK(t.find(client(1), 3'000) == 0);
  CHECK(t.find(client(2), 9'000) == 6);
  { const persistence_table::hold gone = std::move(moved); }
  CHECK(t.find(client(2), 9'000) == 0);
  moved.end(9'000);
}

TEST_CASE("persistence table: a client that was sent elsewhere is remembered there", "[unit][proxy][schedule]") {
  persistence_table t(key);
  auto old = t.opened(client(1), 5, minute, 0);
  visit(t, client(1), 6, minute, 10);
  CHECK(t.find(client(1), 20) == 6);
  old.end(30);
  CHECK(t.find(client(1), 40) == 6);
}

TEST_CASE("persistence table: networks, and services of one group", "[unit][proxy][schedule]") {
  persistence_table t(key);
  const auto from = [](const char* ip, schedule::persistence_owner owner) {
    io::ip_bytes bytes;
    REQUIRE(io::parse_ip(ip, bytes));
    return persistence_key{owner, schedule::masked(bytes, 24, 56)};
  };
  const auto a = schedule::owner_of(key, "docker/a", "pages"), b = schedule::owner_of(key, "docker/b", "pages"),
             alone = schedule::owner_of(key, "docker/a", "");
  CHECK(a == b);
  CHECK(alone != a);
  CHECK(schedule::owner_of(key, "x", "") != schedule::owner_of(key, "y", "x"));  // a service is no group of its name
  visit(t, from("10.0.0.7", a), 3, minute, 0);
  CHECK(t.find(from("::ffff:10.0.0.200", b), 1) == 3);
  CHECK(t.find(from("10.0.1.7", b), 1) == 0);
  CHECK(t.find(from("10.0.0.7", alone), 1) == 0);
  visit(t, from("2001:db8:0:aa01::1", alone), 4, minute, 0);
  CHECK(t.find(from("2001:db8:0:aaff::9", alone), 1) == 4);
  CHECK(t.find(from("2001:db8:0:ab00::9", alone), 1) == 0);
}

TEST_CASE("persistence table: at its limit the oldest one goes, counted; never one with an open connection", "[unit][proxy][schedule]") {
  persistence_table t(key, 1'600);  // 100 a shard
  std::vector<persistence_table::hold> open;
  for (std::uint32_t n = 0; n < 160; ++n) open.push_back(t.opened(client(n), 1, minute, 0));
  for (std::uint32_t n = 1'000; n < 11'000; ++n) visit(t, client(n), 2, minute, 1);
  auto f = t.figures();
  CHECK(f.entries == 1'600);
  CHECK(f.evicted == 160 + 10'000 - 1'600);
  CHECK(f.refused == 0);
  for (std::uint32_t n = 0; n < 160; ++n) CHECK(t.find(client(n), 2) == 1);
  for (std::uint32_t n = 1'000; n < 3'000; ++n) CHECK(t.find(client(n), 2) == 0);
  for (std::uint32_t n = 10'500; n < 11'000; ++n) CHECK(t.find(client(n), 2) == 2);
}

TEST_CASE("persistence table: full of open connections it remembers no more, and says so", "[unit][proxy][schedule]") {
  persistence_table t(key, 16);  // one a shard
  std::vector<persistence_table::hold> open;
  for (std::uint32_t n = 0; n < 1'000; ++n) open.push_back(t.opened(client(n), 1, minute, 0));
  CHECK(t.figures().entries == 16);
  CHECK(t.figures().refused == 984);
  CHECK(std::count_if(open.begin(), open.end(), [](const auto& h) { return static_cast<bool>(h); }) == 16);
  for (auto& h : open) h.end(0);
  visit(t, client(5'000), 2, minute, 1);
  CHECK(t.find(client(5'000), 2) == 2);
}

TEST_CASE("persistence table: what has run out makes room without being asked for", "[unit][proxy][schedule]") {
  persistence_table t(key, 160'000);
  for (std::uint32_t n = 0; n < 10'000; ++n) visit(t, client(n), 1, 1'000, 0);
  const std::size_t memory = t.memory();
  // longer ones stand before them in the list of idle ones: that must not keep them
  for (std::uint32_t round = 1; round < 40; ++round)
    for (std::uint32_t n = 0; n < 5'000; ++n) visit(t, client(1'000'000 * round + n), 1, 1'000, round * 2'000);
  CHECK(t.figures().entries < 15'000);
  CHECK(t.memory() < 2 * memory);
  CHECK(t.figures().evicted == 0);
}

TEST_CASE("persistence table: a million entries in 64 bytes each, and no more of them", "[unit][proxy][schedule]") {
  persistence_table t(key);
  for (std::uint32_t n = 0; n < 1'100'000; ++n) visit(t, client(n), 1, minute, 1);
  const auto f = t.figures();
  CHECK(f.entries == persistence_table::usual_limit);
  CHECK(f.evicted == 100'000);
  CHECK(t.memory() <= 64 * f.entries);
}

TEST_CASE("persistence table: a list for people", "[unit][proxy][schedule]") {
  persistence_table t(key);
  for (std::uint32_t n = 0; n < 5'000; ++n) visit(t, client(n), n + 1, n < 1'000 ? 10 : minute, 100);
  const auto open = t.opened(client(5'000), 9, 10, 100);
  const auto all = t.list(100'000, 200);
  CHECK(all.size() == 4'001);
  std::map<slot_id, int> seen;
  for (const auto& e : all) {
    ++seen[e.slot];
    if (e.key == client(5'000)) CHECK(e.open == 1);
    else CHECK((e.key == client(static_cast<std::uint32_t>(e.slot - 1)) && e.open == 0 && e.runs_out == 100 + minute));
  }
  CHECK(seen.size() == 4'001);
  CHECK(t.list(10, 200).size() == 10);
  CHECK(persistence_table(key).list(10, 0).empty());
}

namespace {

/// The table as it is meant: a map.
class naive_table {
 public:
  struct entry {
    slot_id slot;
    io::time_ms runs_out;
    unsigned open;
  };
  slot_id find(std::uint32_t n, io::time_ms now) {
    const auto it = of_.find(n);
    if (it == of_.end()) return 0;
    return it->second.open > 0 || it->second.runs_out > now ? it->second.slot : 0;
  }
  void opened(std::uint32_t n, slot_id slot, io::time_ms timeout, io::time_ms now) {
    entry& e = of_[n];
    if (e.open == 0 && e.runs_out <= now) e = {};
    e = {slot, now + timeout, e.open + 1};
  }
  void closed(std::uint32_t n, io::time_ms timeout, io::time_ms now) {
    entry& e = of_.at(n);
    if (--e.open == 0) e.runs_out = std::max(e.runs_out, now + std::min(timeout, persistence_table::farewell));
  }
  std::size_t size(io::time_ms now) const {
    return static_cast<std::size_t>(
        std::count_if(of_.begin(), of_.end(), [&](const auto& e) { return e.second.open > 0 || e.second.runs_out > now; }));
  }

 private:
  std::map<std::uint32_t, entry> of_;
};

}  // namespace

TEST_CASE("persistence table: random connections, compared with a map", "[unit][proxy][schedule]") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  schedule::random dice(seed);
  persistence_table t(key, 160'000);
  naive_table model;
  struct connection {
    std::uint32_t who;
    io::time_ms timeout;
    persistence_table::hold hold;
  };
  std::vector<connection> open;
  io::time_ms now = 1;
  for (int step = 0; step < 100'000; ++step) {
    now += dice.below(200);
    const auto who = static_cast<std::uint32_t>(dice.below(500));
    REQUIRE(t.find(client(who), now) == model.find(who, now));
    if (dice.below(2) == 0) {
      const slot_id slot = 1 + dice.below(9);
      const io::time_ms timeout = 1 + dice.below(200'000);
      open.push_back({who, timeout, t.opened(client(who), slot, timeout, now)});
      REQUIRE(open.back().hold);
      model.opened(who, slot, timeout, now);
    }
    if (!open.empty() && (dice.below(2) == 0 || open.size() > 200)) {
      std::swap(open[static_cast<std::size_t>(dice.below(open.size()))], open.back());
      open.back().hold.end(now);
      model.closed(open.back().who, open.back().timeout, now);
      open.pop_back();
    }
    if (step % 1'000 == 0) REQUIRE(t.list(1'000'000, now).size() == model.size(now));
  }
  CHECK(t.figures().evicted == 0);
}

TEST_CASE("persistence table: workers use it at once", "[unit][proxy][schedule]") {
  persistence_table t(key, 3'200);
  constexpr std::uint32_t rounds = 10'000;
  std::atomic<int> wrong{0};
  std::vector<std::thread> workers;
  for (std::uint32_t w = 0; w < 4; ++w)
    workers.emplace_back([&, w] {
      schedule::random dice(w);
      std::vector<std::pair<std::uint32_t, persistence_table::hold>> open;
      for (std::uint32_t i = 0; i < rounds; ++i) {
        // its own clients, whose slot it knows, and those of all
        const std::uint32_t own = 1'000'000 * (w + 1) + static_cast<std::uint32_t>(dice.below(50));
        if (const slot_id s = t.find(client(own), i); s != 0 && s != own) ++wrong;
        open.emplace_back(own, t.opened(client(own), own, minute, i));
        visit(t, client(static_cast<std::uint32_t>(dice.below(10'000))), 7, minute, i);
        if (t.find(client(own), i) != own && open.back().second) ++wrong;
        if (open.size() > 20) {
          std::swap(open.front(), open.back());
          open.back().second.end(i);
          open.pop_back();
        }
        if (i % 1'000 == 0) wrong += t.list(100, i).empty() || t.figures().entries == 0;
      }
    });
  for (auto& w : workers) w.join();
  CHECK(wrong == 0);
  const auto f = t.figures();
  CHECK(f.entries <= 3'200);
  CHECK(f.evicted > 0);
  CHECK(f.refused == 0);
  for (const auto& e : t.list(100'000, rounds)) CHECK(e.open == 0);
}
