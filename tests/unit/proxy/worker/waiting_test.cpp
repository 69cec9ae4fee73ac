// Who gives way when connections get scarce.
#include "worker/waiting.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

TEST_CASE("idle clients give way first, then unfinished heads, then stalled transfers", "[unit][proxy][worker][waiting]") {
  waiting_lists all;
  waiting_link idle, old_idle, head, body;
  all.enter_stalled(body, 0, 1'000);
  all.enter(old_idle, wait_kind::idle, 2'000);
  all.enter(idle, wait_kind::idle, 3'000);
  all.enter(head, wait_kind::dawdling, 1'500);
  const auto next = [&] { return all.victim(scarcity::full, 40'000); };
  CHECK(next() == &old_idle);
  all.leave(old_idle);
  CHECK(next() == &idle);
  all.leave(idle);
  CHECK(next() == &head);
  all.leave(head);
  CHECK(next() == &body);
  all.leave(body);
  CHECK(next() == nullptr);
  for (const wait_kind k : {wait_kind::idle, wait_kind::dawdling, wait_kind::stalled}) CHECK(all.size(k) == 0);
}

TEST_CASE("a stalled transfer has a moment, and more of it while there is room", "[unit][proxy][worker][waiting]") {
  waiting_lists all;
  waiting_link body;
  all.enter_stalled(body, 0, 10'000);
  CHECK(all.victim(scarcity::full, 10'500) == nullptr);
  CHECK(all.victim(scarcity::full, 11'000) == &body);
  CHECK(all.victim(scarcity::pressed, 11'000) == nullptr);
  CHECK(all.victim(scarcity::pressed, 40'000) == &body);
}

TEST_CASE("who is quiet gives way last, and only when all is taken", "[unit][proxy][worker][waiting]") {
  waiting_lists all;
  waiting_link tunnel, viewer, body;
  all.enter(viewer, wait_kind::quiet, 1'000);
  all.enter(tunnel, wait_kind::quiet, 2'000);
  all.enter_stalled(body, 0, 10'000);
  CHECK(all.victim(scarcity::full, 12'000) == &body);
  all.leave(body);
  CHECK(all.victim(scarcity::full, 10'999) == nullptr);
  CHECK(all.victim(scarcity::full, 11'000) == &viewer);
  CHECK(all.victim(scarcity::pressed, 100'000) == nullptr);
  all.leave(viewer);
  all.enter(viewer, wait_kind::quiet, 11'500);  // something was said
  CHECK(all.victim(scarcity::full, 12'000) == &tunnel);
  all.leave(tunnel);
  // A transfer that stalls is no fresher for a quiet moment between.
  all.enter_stalled(body, 0, 20'000);
  all.leave(body);
  all.enter(body, wait_kind::quiet, 20'500);
  all.leave(body);
  all.enter_stalled(body, 10, 20'600);
  CHECK(body.since == 10'000);
}

TEST_CASE("a byte now and then is no progress", "[unit][proxy][worker][waiting]") {
  waiting_lists all;
  waiting_link trickle, honest, fresh;
  all.enter_stalled(trickle, 0, 1'000);
  all.enter_stalled(honest, 0, 2'000);
  for (std::uint64_t i = 1; i < 20; ++i) {
    all.leave(trickle);
    all.enter_stalled(trickle, i, 1'000 + i * 500);
    all.leave(honest);
    all.enter_stalled(honest, i * waiting_lists::progress, 2'000 + i * 500);
  }
  all.enter_stalled(fresh, 0, 11'000);
  CHECK(all.victim(scarcity::full, 11'600) == &trickle);
  all.leave(trickle);
  CHECK(all.victim(scarcity::full, 11'600) == nullptr);  // the others have not waited for a second
  // The next request of a connection begins with a clean sheet.
  all.leave(honest);
  all.enter_stalled(honest, 10, 20'000);
  CHECK(honest.since == 20'000);
}

TEST_CASE("a newcomer is not taken for one that is idle while there are old halves of heads", "[unit][proxy][worker][waiting]") {
  waiting_lists all;
  waiting_link half, fresh;
  all.enter(half, wait_kind::dawdling, 1'000);
  all.enter(fresh, wait_kind::idle, 5'000);
  CHECK(all.victim(scarcity::full, 5'100) == &half);
  CHECK(all.victim(scarcity::full, 6'000) == &fresh);
  all.leave(half);
  CHECK(all.victim(scarcity::full, 5'100) == &fresh);
  all.leave(fresh);
}
