// Which cut answers a clean close shows.
#include "decision/cut.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

TEST_CASE("only an answer that ends with its connection needs a reset to look cut", "[unit][proxy][exchange][cut]") {
  using http1::body_kind;
  for (const body_kind kind : {body_kind::none, body_kind::length, body_kind::chunked, body_kind::until_close}) {
    http1::framing f;
    f.kind = kind;
    CHECK(shows_cut(f, true));  // chunks: the last one is missing
    CHECK(shows_cut(f, false) == (kind == body_kind::none || kind == body_kind::length));
  }
}
