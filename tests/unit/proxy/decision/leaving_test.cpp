// What becomes of a request whose client has left (docs/decisions/0006).
#include "decision/leaving.hpp"
#include "stream/client_output.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

namespace {

/// A client that is gone: its request came at 1,000, its end `later`.
leaving gone(io::time_ms later, bool safe, bool begun = false, bool sent = false) {
  leaving l;
  l.safe = safe;
  l.begun = begun;
  l.sent = sent;
  l.last_byte = 1'000;
  l.left_at = 1'000 + later;
  l.gone = true;
  return l;
}

}  // namespace

TEST_CASE("whoever gave up waiting: nothing is begun, and what was begun ends", "[unit][proxy][exchange][leaving]") {
  for (const bool safe : {false, true}) {
    CHECK_FALSE(gone(300, safe).goes_on());              // still with an auth server, or held
    CHECK_FALSE(gone(300, safe, true, true).goes_on());  // a server works on it
  }
  CHECK_FALSE(gone(300, true, true, false).goes_on());
  CHECK(gone(300, false, true, false).goes_on());  // half a request is not all that a server gets of what arrived whole
}

TEST_CASE("whoever sent all and hung up at once asked for the effect: it is given", "[unit][proxy][exchange][leaving]") {
  for (const io::time_ms later : {io::time_ms{0}, leaving::same_time}) {
    CHECK(gone(later, false).goes_on());
    CHECK(gone(later, false, true, false).goes_on());
    CHECK(gone(later, false, true, true).goes_on());
    CHECK_FALSE(gone(later, true).goes_on());  // a GET has no effect to wait for
    CHECK_FALSE(gone(later, true, true, true).goes_on());
  }
  CHECK_FALSE(gone(leaving::same_time + 1, false, true, true).goes_on());
}

TEST_CASE("a service that asks for it finishes what it has begun, no more", "[unit][proxy][exchange][leaving]") {
  for (const bool safe : {false, true}) {
    leaving l = gone(300, safe, true, true);
    l.aborts = false;
    CHECK(l.goes_on());
    l.begun = false;
    CHECK_FALSE(l.goes_on());
  }
}

TEST_CASE("nothing is repeated for nobody", "[unit][proxy][exchange][leaving]") {
  CHECK(gone(0, false, false).may_repeat());  // no server has had it
  CHECK_FALSE(gone(0, false, true).may_repeat());
  leaving there;
  there.begun = true;
  CHECK(there.may_repeat());
}

TEST_CASE("the first look comes at once, later ones more and more rarely", "[unit][proxy][exchange][leaving]") {
  CHECK(look_after(0) <= 50);
  for (unsigned i = 1; look_after(i) != io::never; ++i) CHECK(look_after(i) > look_after(i - 1));
  CHECK(look_after(client_output::opening.size()) == io::never);  // never more bytes than there are
}
