// Waits of coroutines and their deadlines.
#include "io/loop.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"

#include "catch.hpp"

namespace io = waggle::proxy::io;

namespace {

/// Waits for nothing but a deadline; says when it woke.
struct sleeper {
  io::loop& loop;
  io::stream nothing{loop};
  io::waiter wait{loop};
  io::time_ms woke = 0;

  explicit sleeper(io::loop& l) : loop(l) {}
  static io::task<void> sleep(sleeper& s, io::time_ms due) {
    co_await s.wait.wait(s.nothing, io::readable, due);
    s.woke = s.loop.now();
    s.loop.stop();
  }
  void start(io::time_ms due) {
    io::spawn(sleep(*this, due), [](std::exception_ptr) {});
  }
};

}  // namespace

TEST_CASE("waking somebody never puts a deadline off", "[integration][proxy][io]") {
  constexpr io::time_ms soon = 50, late = 3'000;
  io::loop loop;
  sleeper s(loop);
  const io::time_ms begun = loop.now();
  SECTION("a wake that is later than the deadline") {
    s.start(begun + soon);
    s.wait.expire_at(begun + late);
  }
  SECTION("wakes again and again, each later") {
    s.start(begun + soon);
    for (io::time_ms i = 0; i <= late; i += 10) s.wait.expire_at(begun + i + soon);
  }
  SECTION("one that is earlier brings it forward, and a later one does not put it back") {
    s.start(begun + late);
    s.wait.expire_at(begun + soon);
    s.wait.expire_at(begun + late);
  }
  SECTION("without a deadline the wake is it") {
    s.start(io::never);
    s.wait.expire_at(begun + soon);
    s.wait.expire_at(begun + late);
  }
  loop.run();
  CHECK(s.woke >= begun + soon);
  CHECK(s.woke < begun + late);
}
