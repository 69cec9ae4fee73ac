// The list of middlewares that is kept from round to round is the one that sorting anew gives.
#include "translate/middleware_list.hpp"

#include <catch.hpp>

#include "random.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace waggle;
using namespace waggle::discovery;

namespace {

using piece = middleware_list::piece;
using pieces = std::vector<piece>;

piece named(const std::string& name) { return std::make_shared<const model::middleware>(model::middleware{name, model::max_conn{1, "client.ip"}}); }

std::vector<const model::middleware*> given(middleware_list& kept, const pieces& all) {
  std::vector<const piece*> refs;
  for (const piece& p : all) refs.push_back(&p);
  std::vector<const model::middleware*> out;
  for (const model::middleware& m : kept.sorted(refs)) out.push_back(&m);
  return out;
}

std::vector<const model::middleware*> sorted(const pieces& all) {
  std::vector<const model::middleware*> out;
  for (const piece& p : all) out.push_back(p.get());
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return out;
}

/// A swarm's middlewares, to which things happen; their order is not that of their names.
struct history {
  explicit history(unsigned seed) : dice(seed) {
    for (std::size_t n = dice.below(120); n > 0; --n) all.push_back(born());
  }
  piece born() { return named("auth/" + std::to_string(dice.below(1'000'000)) + "/" + std::to_string(number++)); }
  std::size_t any() { return dice.below(all.size()); }

  void step() {
    if (all.empty() || dice.one_in(4)) all.insert(all.begin() + static_cast<std::ptrdiff_t>(dice.below(all.size() + 1)), born());
    else if (dice.one_in(3)) all.erase(all.begin() + static_cast<std::ptrdiff_t>(any()));
    else if (dice.one_in(2)) {
      piece& p = all[any()];
      p = named(p->name);
    } else if (dice.one_in(2)) std::swap(all[any()], all[any()]);
    else if (dice.one_in(6)) std::reverse(all.begin(), all.end());
    else if (dice.one_in(6)) all.resize(all.size() / 2);
  }

  test::random dice;
  int number = 0;
  pieces all;
};

}  // namespace

TEST_CASE("middlewares that are kept sorted are those that sorting gives", "[unit][discovery][translate][property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    history h(seed);
    middleware_list kept;
    for (int round = 0; round < 40; ++round) {
      CAPTURE(round);
      for (std::size_t n = h.dice.below(4); n > 0; --n) h.step();
      REQUIRE(given(kept, h.all) == sorted(h.all));
    }
  }
}

TEST_CASE("of two middlewares of one name that go each in turn, the other stays", "[unit][discovery][translate]") {
  pieces all{named("auth/a/b"), named("auth/a/b")};
  for (char c = 'a'; c < 'w'; ++c) all.push_back(named("headers/" + std::string(1, c)));
  for (const std::size_t goes : {0U, 1U}) {
    middleware_list kept;
    given(kept, all);
    pieces rest = all;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(goes));
    CHECK(given(kept, rest) == sorted(rest));
  }
}
