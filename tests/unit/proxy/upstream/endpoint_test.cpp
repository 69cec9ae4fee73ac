// Passive health of one server as one worker sees it: hold-down, half-open probe, whose fault a failed connect is.
#include "upstream/endpoint.hpp"

#include "catch.hpp"

#include <cerrno>

using namespace waggle::proxy;
using upstream::endpoint;

namespace {

struct one_endpoint {
  io::loop loop;
  plan::server server;
  endpoint e{loop, server};
};

}  // namespace

TEST_CASE("three failures in a row hold a server down, longer each time", "[unit][proxy][health]") {
  one_endpoint o;
  endpoint& e = o.e;
  io::time_ms now = 1'000'000;
  CHECK_FALSE(e.note_connect_failure(now));
  CHECK_FALSE(e.note_connect_failure(now));
  CHECK(e.usable(now));
  CHECK(e.note_connect_failure(now));  // said once
  CHECK_FALSE(e.usable(now));
  for (const io::time_ms hold : {1'000u, 2'000u, 4'000u, 8'000u, 16'000u, 32'000u, 60'000u, 60'000u, 60'000u}) {
    CAPTURE(hold);
    CHECK_FALSE(e.usable(now + hold - 1));
    CHECK(e.usable(now + hold));
    now += hold;
    CHECK_FALSE(e.note_connect_failure(now));
  }
  for (int i = 0; i < 100; ++i) e.note_connect_failure(now);  // no overflow
  CHECK_FALSE(e.usable(now + 59'999));
  CHECK(e.usable(now + 60'000));
  e.note_success();
  CHECK(e.usable(now));
  CHECK_FALSE(e.note_connect_failure(now));
  CHECK(e.usable(now));  // it counts anew
}

TEST_CASE("a burst of failures is one: attempts that were under way do not prolong the hold-down", "[unit][proxy][health]") {
  one_endpoint o;
  endpoint& e = o.e;
  const io::time_ms now = 1'000'000;
  int told = 0;
  for (unsigned i = 0; i < 50; ++i) told += e.note_connect_failure(now + i) ? 1 : 0;
  CHECK(told == 1);
  CHECK_FALSE(e.usable(now + 999));
  CHECK(e.usable(now + 1'010));
}

TEST_CASE("after the hold-down one request a second probes", "[unit][proxy][health]") {
  one_endpoint o;
  endpoint& e = o.e;
  const io::time_ms now = 1'000'000;
  e.note_pick(now);
  CHECK(e.usable(now));  // a well server is for everybody
  for (int i = 0; i < 3; ++i) e.note_connect_failure(now);
  e.note_pick(now + 500);  // the last one left is asked although it is held down: no shorter hold-down
  CHECK_FALSE(e.usable(now + 1'000));
  CHECK(e.usable(now + 1'500));
  e.note_pick(now + 1'500);  // the probe is under way
  CHECK_FALSE(e.usable(now + 1'501));
  CHECK_FALSE(e.usable(now + 2'499));
  CHECK(e.usable(now + 2'500));  // its client left, say: the next one may
  e.note_pick(now + 2'500);
  e.note_connect_failure(now + 2'600);
  CHECK_FALSE(e.usable(now + 4'599));
  CHECK(e.usable(now + 4'600));
  e.note_pick(now + 4'600);
  e.note_success();
  CHECK(e.usable(now + 4'600));
}

TEST_CASE("a failed connect is the server's fault or ours", "[unit][proxy][health]") {
  for (const int theirs : {ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET}) CHECK(endpoint::is_its_fault(theirs));
  for (const int ours : {EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN}) CHECK_FALSE(endpoint::is_its_fault(ours));
}
