// Who waits for a server: in which queue, and when each is woken. A loop runs for a few ticks of its timers; there are no sockets.
#include "worker/server_queues.hpp"
#include "../routing/table_fixture.hpp"
#include "io/task.hpp"

#include "catch.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::proxy;

namespace {

/// Requests that wait until they are woken, in order of their coming; when each was.
struct waiting_room {
  io::loop loop;
  server_queues queues;
  std::vector<io::time_ms> woken;  ///< by number; 0: not yet
  std::vector<std::size_t> order;

  io::task<void> wait(server_queues::queue& q, std::size_t number) {
    io::waiter waiter(loop);
    const server_queues::place place(q, waiter);
    io::waiter::wait_many_awaiter until = waiter.wait_many(loop.now() + 60'000);
    co_await until;
    woken[number] = loop.now();
    order.push_back(number);
    if (order.size() == woken.size()) loop.stop();
  }
  void begin(const plan::backend& b) {
    woken.push_back(0);
    io::spawn(wait(queues.of(b), woken.size() - 1), [](std::exception_ptr) {});
  }
  /// @return when they were woken.
  io::time_ms wake_and_run() {
    io::time_ms now = 0;
    loop.post([&] { queues.wake(now = loop.now()); });
    loop.run();
    return now;
  }
};

plan::backend named(std::string key) {
  plan::backend b;
  b.key = std::move(key);
  return b;
}

}  // namespace

TEST_CASE("of one backend 16 requests are woken every 8 ms, those that have waited longest first", "[unit][proxy][hold]") {
  waiting_room room;
  const plan::backend b = named("docker/web");
  for (int i = 0; i < 40; ++i) room.begin(b);
  CHECK(room.queues.of(b).size == 40);
  const io::time_ms now = room.wake_and_run();
  for (std::size_t i = 0; i < 40; ++i) {
    CAPTURE(i);
    CHECK(room.woken[i] >= now + i / 16 * 8);
    CHECK(room.order[i] / 16 == i / 16);
  }
  CHECK(room.queues.of(b).size == 0);
}

TEST_CASE("of many backends eight are woken in one tick", "[unit][proxy][hold]") {
  waiting_room room;
  std::deque<plan::backend> all;
  for (int i = 0; i < 17; ++i) room.begin(all.emplace_back(named("docker/b" + std::to_string(i))));
  const io::time_ms now = room.wake_and_run();
  const auto since = [&](io::time_ms at) { return std::count_if(room.woken.begin(), room.woken.end(), [&](io::time_ms w) { return w >= at; }); };
  CHECK(since(now + 8) >= 17 - 8);
  CHECK(since(now + 16) >= 17 - 16);
}

TEST_CASE("a new table tells each queue its backend, and wakes who waits", "[unit][proxy][hold]") {
  test::compiling compile;
  const auto configured = [](int host) {
    return test::configuration{.backends = {test::backend("web", {test::server_at(host)})}, .frontends = {test::frontend("f", "Path:/", "web")}};
  };
  const auto first = compile(configured(1));
  REQUIRE(first.next);
  const plan::backend& before = *first.next->backends.at(0);
  waiting_room room;
  room.begin(before);
  const plan::backend other = named("docker/gone");
  room.begin(other);
  const auto second = compile(configured(2));
  const plan::backend& after = *second.next->backends.at(0);
  REQUIRE(&before != &after);
  room.queues.renew(second.next->backends, room.loop.now());
  CHECK(room.queues.of(before).now == &after);
  CHECK(room.queues.of(other).now == nullptr);  // its service went
  room.loop.run();
  CHECK(room.order.size() == 2);
}

TEST_CASE("a queue is full with a thousand", "[unit][proxy][hold]") {
  waiting_room room;
  const plan::backend b = named("docker/web");
  for (std::size_t i = 0; i < server_queues::most; ++i) {
    REQUIRE_FALSE(room.queues.of(b).is_full());
    room.begin(b);
  }
  CHECK(server_queues::most == 1'000);
  CHECK(room.queues.of(b).is_full());
  CHECK_FALSE(room.queues.of(named("docker/other")).is_full());
  room.wake_and_run();
  CHECK_FALSE(room.queues.of(b).is_full());
}
