// A body that dribbles (http-contract section 3: idle 30 s, and 128 B/s averaged over 30 s).
#include "session/body_rate.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

namespace {

/// @return ms until it is called too slow; 0: never within ten minutes.
io::time_ms called_slow_after(std::size_t bytes, io::time_ms every, io::time_ms begin = 1'000) {
  body_rate r;
  for (io::time_ms now = begin; now < begin + 600'000; now += every)
    if (!r.note(bytes, now)) return now - begin;
  return 0;
}

}  // namespace

TEST_CASE("bodies below 128 bytes a second are too slow after 30 s", "[unit][proxy][session][body_rate]") {
  CHECK(called_slow_after(1, 100) == 30'000);
  CHECK(called_slow_after(1, 29'000) == 58'000);
  CHECK(called_slow_after(64, 1'000) == 30'000);
  CHECK(called_slow_after(130, 1'000) == 0);
  CHECK(called_slow_after(3'900, 29'999) == 0);
}

TEST_CASE("each window counts for itself: a fast start buys nothing", "[unit][proxy][session][body_rate]") {
  body_rate r;
  CHECK(r.note(10'000'000, 5));
  CHECK(r.note(1, 20'000));
  CHECK(r.note(1, 30'005));
  CHECK(r.note(1, 45'000));
  CHECK_FALSE(r.note(1, 60'005));
}
