#include "udp/refusal.hpp"

#include "catch.hpp"

using waggle::proxy::udp::is_of_bundle;
using waggle::proxy::udp::judge;

TEST_CASE("refusal: a session moves once, and only what was never answered is repeated", "[unit][proxy][udp]") {
  const auto first = judge(ECONNREFUSED, {});
  CHECK((first.server_failed && first.moves && first.repeats && first.again));
  const auto answered = judge(ECONNREFUSED, {.answered = true});
  CHECK((answered.server_failed && answered.moves && !answered.repeats && answered.again));
  for (const bool a : {false, true}) {
    const auto second = judge(ECONNREFUSED, {.answered = a, .moved = true});
    CHECK((second.server_failed && !second.moves && !second.repeats));
  }
}

TEST_CASE("refusal: too large, or our own wants: that datagram is lost, nothing else", "[unit][proxy][udp]") {
  for (const int error : {EMSGSIZE, EAGAIN, ENOBUFS, ENOMEM, EPERM}) {
    CAPTURE(error);
    const auto v = judge(error, {});
    CHECK_FALSE((v.server_failed || v.moves || v.repeats || v.again));
  }
}

TEST_CASE("refusal: whatever else the network tells counts against the server", "[unit][proxy][udp]") {
  for (const int error : {EHOSTUNREACH, ENETUNREACH, EPROTO, EHOSTDOWN}) {
    CAPTURE(error);
    const auto v = judge(error, {});
    CHECK(v.server_failed);
    CHECK_FALSE((v.moves || v.repeats));
  }
}

TEST_CASE("refusal: what fails as a bundle may go one by one", "[unit][proxy][udp]") {
  for (const int error : {EMSGSIZE, EINVAL, EIO}) CHECK(is_of_bundle(error));
  for (const int error : {ECONNREFUSED, EAGAIN, ENOBUFS, EHOSTUNREACH}) CHECK_FALSE(is_of_bundle(error));
}
