// One wait for several readinesses that are no sockets, as streams have them that share a connection.
#include "catch.hpp"
#include "io/loop.hpp"
#include "io/task.hpp"
#include "io/waiter.hpp"

namespace io = waggle::proxy::io;

namespace {

/// Waits once for the client to be readable or broken, or for the server to be readable; says how often it was woken.
struct waiting {
  io::loop loop;
  io::waiter wait{loop};
  io::readiness client, server;
  int ended = 0;
  bool ready = false;

  waiting() { client.bits = server.bits = io::writable; }
  static io::task<void> run(waiting& w) {
    w.ready = co_await w.wait.wait(w.client, io::readable | io::broken, w.server, io::readable, io::never);
    ++w.ended;
  }
  void start() {
    io::spawn(run(*this), [](std::exception_ptr) {});
  }
};

}  // namespace

TEST_CASE("a wait ends with the first readiness that has what it is for", "[unit][proxy][io][waiter]") {
  waiting w;
  w.start();
  REQUIRE(w.ended == 0);
  w.server.report(io::writable | io::peer_closed | io::broken);  // not what is awaited of this one
  w.client.report(io::writable | io::peer_closed);
  CHECK(w.ended == 0);
  SECTION("the one") { w.client.report(io::broken); }
  SECTION("the other") { w.server.report(io::readable); }
  CHECK(w.ended == 1);
  CHECK(w.ready);
  CHECK(w.client.owner == nullptr);
  CHECK(w.server.owner == nullptr);
  w.client.report(io::readable);  // nobody waits
  CHECK(w.ended == 1);
}

TEST_CASE("what is ready is not waited for", "[unit][proxy][io][waiter]") {
  waiting w;
  w.server.report(io::readable);
  w.start();
  CHECK(w.ended == 1);
  CHECK(w.ready);
}

TEST_CASE("a wait that is interrupted has found nothing ready", "[unit][proxy][io][waiter]") {
  waiting w;
  w.start();
  w.wait.interrupt();
  CHECK(w.ended == 1);
  CHECK_FALSE(w.ready);
  w.wait.interrupt();
  CHECK(w.ended == 1);
}

TEST_CASE("a readiness is open until it is closed on this side", "[unit][proxy][io][waiter]") {
  io::readiness r;
  CHECK_FALSE(r.is_open());  // nothing is behind it yet
  r.bits = 0;
  CHECK(r.is_open());
  r.report(io::broken | io::peer_closed);
  CHECK(r.is_open());
  r.bits = io::closed;
  CHECK_FALSE(r.is_open());
  CHECK_FALSE(r.is_ready(io::readable | io::writable | io::peer_closed | io::broken));
}
