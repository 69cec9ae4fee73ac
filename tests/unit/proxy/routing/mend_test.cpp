// A compiler that changes its last table comes to the same as one that begins anew, and its numbers stay true.
#include "table_fixture.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace waggle;
using namespace waggle::test;
namespace plan = waggle::proxy::plan;
namespace routing = waggle::proxy::routing;

namespace {

std::vector<std::string> urls(const plan::backend& b) {
  std::vector<std::string> out;
  for (const auto& s : b.servers) out.push_back(s.url.str());
  return out;
}

/// What clients could tell apart.
std::map<std::string, std::vector<std::string>> told(const routing::table& t) {
  std::map<std::string, std::vector<std::string>> out;
  for (std::size_t e = 0; e < t.entries.size(); ++e)
    for (const routing::frontend* f : t.entries[e].ordered) {
      auto& mine = out[std::to_string(e) + f->name];
      mine = urls(*f->to);
      for (const auto& p : f->error_pages)
        for (const auto& u : urls(*p.to)) mine.push_back("page " + u);
      mine.push_back(std::to_string(f->chain.steps.size()) + " steps");
    }
  return out;
}

test::configuration random_start(waggle::test::random& dice) {
  test::configuration c;
  for (char n = 'a'; n < 'h'; ++n) {
    c.backends.push_back(backend(std::string(1, n), {server_at(n - 'a' + 1), server_at(n - 'a' + 50)}));
    c.frontends.push_back(frontend(std::string("f") + n, std::string("Host:") + n, std::string(1, dice.one_in(4) ? 'a' : n), 0,
                                   dice.one_in(2) ? std::vector<std::string>{"http"} : std::vector<std::string>{"http", "admin"}));
    if (dice.one_in(3)) c.frontends[c.frontends.size() - 1].options.errors["page"] = {{"500-599"}, "b", "/{status}"};
  }
  return c;
}

void step(test::configuration& c, waggle::test::random& dice, int& next_host) {
  model::backend& b = c.backends[dice.below(c.backends.size())];
  switch (dice.below(10)) {
    case 0: b.servers.push_back(server_at(next_host++)); break;
    case 1:
      if (!b.servers.empty()) b.servers.pop_back();
      break;
    case 2: c.frontends[dice.below(c.frontends.size())].priority = static_cast<int>(dice.below(9)); break;
    case 3: b.servers.push_back(server_at(next_host++, 80, dice.one_in(2) ? -1 : 3)); break;  // -1: the backend is broken
    case 4: b.balance.emplace().stickiness.emplace(); break;
    case 5:
      if (dice.one_in(2)) b.max_conn.reset();
      else b.max_conn.emplace().amount = static_cast<int>(dice.below(3));
      break;
    default:
      if (!b.servers.empty()) b.servers[dice.below(b.servers.size())] = server_at(next_host++);
  }
}

}  // namespace

TEST_CASE("a mended table is the one that beginning anew gives", "[unit][proxy][routing][compile][property]") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    waggle::test::random dice(seed);
    compiling lasting;
    lasting.log.set_level(base::log_level::error);
    test::configuration c = random_start(dice);
    int next_host = 100;
    std::map<std::string, plan::dense_id> ids;  // of the table before
    for (int i = 0; i < 60; ++i) {
      CAPTURE(seed, i);
      const auto got = lasting(c);
      compiling anew;
      const auto wanted = anew(c);
      REQUIRE(told(*got.next) == told(*wanted.next));
      REQUIRE(got.skipped.size() == wanted.skipped.size());
      REQUIRE(got.next->generation == static_cast<std::uint64_t>(i + 1));

      std::map<std::string, plan::dense_id> now;
      std::set<plan::dense_id> taken, departed(got.next->departed_server_ids.begin(), got.next->departed_server_ids.end());
      for (const auto& b : got.next->backends)
        for (const auto& s : b->servers) now[std::string(s.key.view())] = s.id;
      for (const auto& [key, id] : now) {
        REQUIRE(taken.insert(id).second);
        if (ids.contains(key)) REQUIRE(ids[key] == id);
        else REQUIRE(std::none_of(ids.begin(), ids.end(), [id = id](const auto& e) { return e.second == id; }));
      }
      std::set<plan::dense_id> gone;
      for (const auto& [key, id] : ids)
        if (!now.contains(key)) gone.insert(id);
      REQUIRE(departed == gone);
      ids = std::move(now);
      for (std::size_t n = 1 + dice.below(2); n > 0; --n) step(c, dice, next_host);
    }
  }
}

TEST_CASE("a server that is replaced costs its backend and the frontends that lead there", "[unit][proxy][routing][compile]") {
  compiling compile;
  compile.log.set_level(base::log_level::error);
  test::configuration c{{backend("a", {server_at(1)}), backend("b", {server_at(2)})}, {frontend("fa", "Host:a", "a"), frontend("fb", "Host:b", "b")}};
  const auto one = compile(c).next;
  c.backends[1].servers[0] = server_at(3);
  const auto two = compile(c).next;
  CHECK(two->entries[0].index == one->entries[0].index);  // not made again
  CHECK(two->frontends[0] == one->frontends[0]);
  CHECK(two->frontends[1] != one->frontends[1]);
  CHECK(found(*two, get("b", "/")) == "fb");
  CHECK(two->find(0, get("b", "/")).to->to->servers[0].url == "http://10.0.0.3:80");
  CHECK(one->find(0, get("b", "/")).to->to->servers[0].url == "http://10.0.0.2:80");
}
