// What a router names is found as looking up each name finds it, also when the last compile is asked first.
#include "routing/middleware_finder.hpp"

#include <catch.hpp>

#include "random.hpp"

#include <waggle/model/configuration.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace waggle;
using namespace waggle::proxy::routing;

namespace {

using list = middleware_finder::list;

std::shared_ptr<const model::middleware> named(const std::string& name) {
  return std::make_shared<const model::middleware>(model::middleware{name, model::max_conn{1, "client.ip"}});
}

/// Middlewares and routers that name some of them, compiled again and again while they change.
struct history {
  explicit history(unsigned seed) : dice(seed) {
    for (int i = 0; i < 40; ++i) change_middleware();
    for (int i = 0; i < 12; ++i) routers.push_back(named_at_random());
  }
  std::string name() { return "m" + std::to_string(dice.below(50)); }
  void change_middleware() {
    const std::string n = name();
    if (dice.one_in(3)) all.erase(n);
    else all[n] = named(n);
  }
  std::shared_ptr<const model::router> named_at_random() {
    auto r = std::make_shared<model::router>();
    r->name = "r";
    for (std::size_t n = dice.below(4); n > 0; --n) r->middlewares.push_back(name());
    return r;
  }
  void step() {
    for (std::size_t n = dice.one_in(6) ? 30 : dice.below(3); n > 0; --n) change_middleware();
    if (dice.one_in(3)) routers[dice.below(12)] = named_at_random();
    if (auto& r = routers[dice.below(12)]; dice.one_in(3)) r = std::make_shared<const model::router>(*r);  // another of the same names
  }
  list sorted() const {
    list out;
    for (const auto& [n, m] : all) out.share(m);
    return out;
  }

  test::random dice;
  std::map<std::string, std::shared_ptr<const model::middleware>> all;
  std::vector<std::shared_ptr<const model::router>> routers;
};

/// None: one of them is not there.
std::optional<middlewares> looked_up(const list& all, const model::router& r) {
  middlewares out;
  for (const std::string& name : r.middlewares) {
    const std::size_t at = model::place_of(all, name);
    if (at == all.size()) return std::nullopt;
    out.push_back(all.held(at));
  }
  return out;
}

}  // namespace

TEST_CASE("middlewares of the last compile are taken only while their names mean them", "[unit][proxy][routing][property]") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    history h(seed);
    list before;
    std::map<std::size_t, frontend> made;
    for (int round = 0; round < 30; ++round) {
      CAPTURE(round);
      const list all = h.sorted();
      middleware_finder finder(round == 0 ? nullptr : &before, all);
      std::map<std::size_t, frontend> next;
      for (std::size_t i = 0; i < h.routers.size(); ++i) {
        const model::router& r = *h.routers[i];
        const auto was = made.find(i);
        const auto found = finder.of(r, was == made.end() ? nullptr : &was->second);
        const auto wanted = looked_up(all, r);
        REQUIRE(found.has_value() == wanted.has_value());
        if (!found) continue;
        REQUIRE(**found == *wanted);
        next[i].source = h.routers[i];
        next[i].made_of = **found;
      }
      made = std::move(next);
      before = all;
      h.step();
    }
  }
}

TEST_CASE("a middleware that is not there is named, with its router", "[unit][proxy][routing]") {
  list all;
  all.share(named("auth"));
  model::router r;
  r.name = "web";
  r.middlewares = {"auth", "headers"};
  middleware_finder finder(nullptr, all);
  const auto found = finder.of(r, nullptr);
  REQUIRE(!found);
  CHECK(found.error().reason == "undefined middleware 'headers' for frontend web");
}

TEST_CASE("a router that the last compile knows takes what it was made of", "[unit][proxy][routing]") {
  list all;
  all.share(named("auth"));
  model::router web;
  web.middlewares = {"auth"};
  frontend was;
  was.source = std::make_shared<const model::router>(std::move(web));
  was.made_of = {all.held(0)};
  middleware_finder finder(&all, all);
  CHECK(*finder.of(*was.source, &was) == &was.made_of);
  list changed;
  changed.share(named("auth"));
  middleware_finder again(&all, changed);
  CHECK((*again.of(*was.source, &was))->front() == changed.held(0));
}
