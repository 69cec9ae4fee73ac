// When it is looked whether a peer is there, and what the kernel is told.
#include "io/peer_watch.hpp"

#include "catch.hpp"

using namespace waggle::proxy::io;
using between = peer_watch::between;

namespace {

constexpr unsigned limit = 15'000;

}  // namespace

TEST_CASE("it is looked a second after something was sent, and as long as it has not arrived", "[unit][proxy][io]") {
  peer_watch w(GENERATE(between::on, between::off));
  CHECK(w.look_at == never);
  w.note_sent(100);
  w.note_sent(600);
  CHECK(w.look_at == 1'100);
  CHECK_FALSE(w.next(sending::moving, 1'100, limit).dead);
  CHECK(w.look_at == 2'100);
  CHECK_FALSE(w.next(sending::done, 2'100, limit).dead);
  CHECK(w.look_at == never);
  w.note_sent(5'000);
  CHECK(w.next(sending::dead, 6'000, limit).dead);
}

TEST_CASE("the limit is put off while a peer does not read, and comes back", "[unit][proxy][io]") {
  peer_watch w;
  CHECK_FALSE(w.next(sending::moving, 0, limit).sets);  // it is on
  for (time_ms now = 1'000; now < 100'000; now += 1'000) {
    const peer_watch::action a = w.next(sending::held_up, now, limit);
    CHECK(a.sets);
    CHECK(a.limit_ms >= now - 1'000 + limit);
    CHECK(w.put_off());
  }
  const peer_watch::action back = w.next(sending::moving, 100'000, limit);
  CHECK(back.sets);
  CHECK(back.limit_ms == limit);
  CHECK_FALSE(w.put_off());
  CHECK_FALSE(w.next(sending::done, 101'000, limit).sets);
}

TEST_CASE("a connection that is idle is ended by no lost probe, where it is so wanted", "[unit][proxy][io]") {
  peer_watch w(between::off);
  const peer_watch::action on = w.next(sending::moving, 0, limit);
  CHECK(on.sets);
  CHECK(on.limit_ms == limit);
  CHECK_FALSE(w.next(sending::moving, 1'000, limit).sets);
  SECTION("all has arrived") {
    const peer_watch::action off = w.next(sending::done, 2'000, limit);
    CHECK(off.sets);
    CHECK(off.limit_ms == 0);
    CHECK_FALSE(w.next(sending::done, 3'000, limit).sets);
  }
  SECTION("it was held up before") {
    CHECK(w.next(sending::held_up, 2'000, limit).sets);
    const peer_watch::action off = w.next(sending::done, 3'000, limit);
    CHECK(off.sets);
    CHECK(off.limit_ms == 0);
  }
}
