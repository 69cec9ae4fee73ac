// Which cut answers a clean close shows.
#include "decision/cut.hpp"

#include "catch.hpp"

using namespace waggle::proxy;

TEST_CASE("only an answer that ends with its connection needs a reset to look cut", "[unit][proxy][exchange][cut]") {
  using waggle::http::body_kind;
  for (const body_kind kind : {body_kind::none, body_kind::sized, body_kind::streamed}) {
    CHECK(shows_cut(kind, true));  // chunks: the last one is missing
    CHECK(shows_cut(kind, false) == (kind != body_kind::streamed));
  }
}
