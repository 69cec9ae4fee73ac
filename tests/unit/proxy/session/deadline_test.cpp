// Limits that may be none, and the defaults: who is slow is not dead (docs/decisions/0006).
#include "session/deadline.hpp"

#include <waggle/proxy/options.hpp>

#include "catch.hpp"

using namespace waggle::proxy;
using namespace std::chrono_literals;

TEST_CASE("zero is no limit", "[unit][proxy][session][deadline]") {
  CHECK(due_after(1'000, 0ms) == io::never);
  CHECK(due_after(1'000, 1ms) == 1'001);
  CHECK(due_after(0, 24h) == 86'400'000);
}

TEST_CASE("no default limit takes slow for dead: silence, slow bodies and slow readers are Traefik's", "[unit][proxy][session][deadline]") {
  const timeouts t;
  CHECK(t.keep_alive == 180s);
  CHECK(t.request_head == 10s);  // stays: no user takes that long for a head
  for (const milliseconds none : {t.request_body, t.response_head, t.response_body, t.client_write, t.tunnel}) CHECK(none == 0ms);
}
