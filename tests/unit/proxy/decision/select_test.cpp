// Which server a request goes to, from facts alone.
#include "decision/select.hpp"
#include "decision/tried_servers.hpp"

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using namespace waggle::proxy;

namespace {

struct fake {
  bool up = true, proven = true, tried = false, usable = true, logged_in = false;
  std::string slot;
  std::uint32_t share = balance::full_share;
  std::uint32_t credit = 0;
};

/// Servers whose balancer goes around.
struct fakes {
  std::vector<fake> all;
  bool grows = false;
  std::size_t turn = 0;
  std::size_t asked = 0;  ///< how often anything was

  explicit fakes(std::size_t n) : all(n) {}
  std::size_t size() const { return all.size(); }
  bool up(std::size_t i) { return ++asked, all[i].up; }
  bool proven(std::size_t i) { return ++asked, all[i].proven; }
  bool tried(std::size_t i) { return ++asked, all[i].tried; }
  bool usable(std::size_t i) { return ++asked, all[i].usable; }
  std::string_view slot(std::size_t i) { return ++asked, all[i].slot; }
  bool has_logins() const {
    return std::any_of(all.begin(), all.end(), [](const fake& f) { return f.logged_in; });
  }
  bool logged_in(std::size_t i) { return all[i].logged_in; }
  bool slow_start() const { return grows; }
  std::uint32_t share(std::size_t i) { return all[i].share; }
  std::uint32_t& credit(std::size_t i) { return all[i].credit; }
  template <class May>
  int pick(May&& may) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::size_t i = turn++ % all.size();
      if (may(i)) return static_cast<int>(i);
    }
    return -1;
  }
};

int select(fakes& f, int wanted = -1, bool via_successor = false) { return select_server(f, {.server = wanted, .via_successor = via_successor}); }

}  // namespace

TEST_CASE("without a cookie the balancer goes around those that are well", "[unit][proxy][select]") {
  fakes f(4);
  f.all[1].up = false;
  f.all[2].usable = false;
  CHECK(select(f) == 0);
  CHECK(select(f) == 3);
  CHECK(select(f) == 0);
}

TEST_CASE("of many servers no more are asked than needed", "[unit][proxy][select]") {
  fakes f(10'000);
  select(f);
  select(f, 7'000);
  CHECK(f.asked < 20);
}

TEST_CASE("whoever names a server gets it, even if no check of it is known yet", "[unit][proxy][select]") {
  fakes f(3);
  f.all[2].proven = false;
  CHECK(select(f, 2) == 2);
  SECTION("not if it is down, held down or was tried") {
    for (bool fake::*fact : {&fake::up, &fake::usable}) {
      f.all[2].*fact = false;
      CHECK(select(f, 2) != 2);
      f.all[2].*fact = true;
    }
    f.all[2].tried = true;
    CHECK(select(f, 2) != 2);
  }
  SECTION("a successor has to be proven") {
    CHECK(select(f, 2, true) != 2);
    f.all[2].proven = true;
    CHECK(select(f, 2, true) == 2);
  }
}

TEST_CASE("if the named one is not well, the next task of its slot", "[unit][proxy][select]") {
  fakes f(4);
  f.all[1].slot = f.all[3].slot = "web.1";
  f.all[1].usable = false;
  CHECK(select(f, 1) == 3);
  f.all[3].proven = false;
  CHECK(select(f, 1) == 0);
  f.all[1].slot = f.all[3].slot = "";  // without slots nobody takes another's place
  f.all[3].proven = true;
  f.turn = 2;
  CHECK(select(f, 1) == 2);  // the balancer's next, not the first without a slot
}

TEST_CASE("a client goes where it has logged in, behind its cookie", "[unit][proxy][select]") {
  fakes f(4);
  f.all[2].logged_in = true;
  CHECK(select(f) == 2);
  CHECK(select(f, 3) == 3);
  f.all[2].proven = false;  // it has proven itself to this client
  CHECK(select(f) == 2);
  f.all[2].usable = false;
  CHECK(select(f) != 2);
}

TEST_CASE("who is not proven is asked only if nobody is", "[unit][proxy][select]") {
  fakes f(3);
  f.all[0].proven = f.all[2].proven = false;
  for (int i = 0; i < 5; ++i) CHECK(select(f) == 1);
  f.all[1].proven = false;
  CHECK(select(f) >= 0);
  f.all[0].usable = f.all[2].usable = false;
  for (int i = 0; i < 5; ++i) CHECK(select(f) == 1);  // … before those that are held down
  f.all[0].usable = f.all[2].usable = true;
  f.all[1].proven = true;
  f.all[1].tried = true;
  CHECK(select(f) != 1);
}

TEST_CASE("all held down: somebody is asked, first of all whom the cookie names", "[unit][proxy][select]") {
  fakes f(3);
  for (fake& s : f.all) s.usable = false;
  CHECK(select(f, 2) == 2);
  CHECK(select(f) == 0);
  f.all[2].tried = true;
  CHECK(select(f, 2) != 2);
}

TEST_CASE("held down, and not asked by this request, comes before tried", "[unit][proxy][select]") {
  fakes f(3);
  f.all[0].tried = f.all[2].tried = true;
  f.all[1].usable = false;
  for (int i = 0; i < 5; ++i) CHECK(select(f) == 1);
}

TEST_CASE("all tried: one that is up is asked again; down is down", "[unit][proxy][select]") {
  fakes f(3);
  for (fake& s : f.all) s.tried = true;
  f.all[0].up = f.all[1].up = false;
  CHECK(select(f) == 2);
  f.all[2].up = false;
  CHECK(select(f) == -1);
  fakes none(0);
  CHECK(select(none) == -1);
}

TEST_CASE("a newcomer takes its share of the turns", "[unit][proxy][select]") {
  fakes f(2);
  f.grows = true;
  f.all[1].share = balance::full_share / 4;
  std::array<int, 2> got{};
  for (int i = 0; i < 100; ++i) ++got[static_cast<std::size_t>(select(f))];
  CHECK(got[1] == 20);  // one of five: a quarter of the other one's
  SECTION("among newcomers only what lies between them counts") {
    f.all[0].share = f.all[1].share;
    got = {};
    for (int i = 0; i < 100; ++i) ++got[static_cast<std::size_t>(select(f))];
    CHECK(got[0] == 50);
  }
  SECTION("only those that are well get turns, and count") {
    f.all.resize(3);
    f.all[2].share = balance::full_share / 4;
    for (bool fake::*fact : {&fake::up, &fake::proven, &fake::usable}) {
      f.all[0].*fact = false;  // of the full share
      f.all[1].credit = f.all[2].credit = 0;
      for (int i = 0; i < 20; ++i) CHECK(select(f) != 0);
      CHECK(f.all[1].credit == 0);  // those that are left have the same share: no turn is passed over
      f.all[2].share = balance::full_share / 2;
      got = {};
      for (int i = 0; i < 90; ++i) ++got[static_cast<std::size_t>(select(f)) - 1];
      CHECK(got[0] == 30);  // a half of the other one's, whoever is away
      f.all[2].share = balance::full_share / 4;
      f.all[0].*fact = true;
    }
  }
  SECTION("not of those whom a cookie names") { CHECK(select(f, 1) == 1); }
}

TEST_CASE("tried servers: the first 64, by index, and renumbered when the table changes", "[unit][proxy][select]") {
  tried_servers t;
  for (const int i : {0, 5, 63, 64, 1'000}) t.mark(i);
  t.mark(-1);
  for (const int i : {0, 5, 63}) CHECK(t.has(i));
  for (const int i : {-1, 1, 62, 64, 1'000}) CHECK_FALSE(t.has(i));
  t.renumber([](int i) { return i == 5 ? -1 : i == 0 ? 7 : 64; });
  CHECK(t.has(7));
  for (const int i : {0, 5, 63, 64}) CHECK_FALSE(t.has(i));
}
