#include "asked.hpp"

#include "middleware/buffering.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

std::string built(waggle::model::buffering b, waggle::proxy::middleware::chain* out = nullptr) {
  chain_builder build;
  build.backend.buffering = std::move(b);
  auto chain = build();
  if (!chain) return chain.error().reason;
  if (out) *out = std::move(*chain);
  return "";
}

}  // namespace

TEST_CASE("buffering: limits by label", "[unit][proxy][middleware]") {
  waggle::proxy::middleware::chain chain;
  CHECK(built({4, 3, 0, 0, ""}, &chain).empty());
  REQUIRE(chain.buffering);
  CHECK(chain.buffering->max_request == 4);
  CHECK_FALSE(chain.buffering->holds_answers());
  CHECK_FALSE(chain.buffering->wants_retry(1, 502, true, "GET"));
  CHECK(built({0, 0, 1, 0, ""}, &chain).empty());
  CHECK(chain.buffering->holds_answers());
  CHECK(built({-1, 0, 0, 0, ""}) == "error setting up buffering middleware: max bytes should be >= 0 got -1");
  CHECK(built({0, 0, 0, -7, ""}) == "error setting up buffering middleware: mem bytes should be >= 0 got -7");
  CHECK_FALSE(built({0, 0, 0, 0, "Attempts( < 2"}).empty());
  CHECK_FALSE(built({0, 0, 0, 0, "Nonsense() < 2"}).empty());
}

TEST_CASE("buffering: the retry expression", "[unit][proxy][middleware]") {
  waggle::proxy::middleware::chain chain;
  CHECK(built({0, 0, 0, 0, "IsNetworkError() && Attempts() <= 2"}, &chain).empty());
  CHECK(chain.buffering->wants_retry(2, 502, true, "GET"));
  CHECK_FALSE(chain.buffering->wants_retry(3, 502, true, "GET"));
  CHECK_FALSE(chain.buffering->wants_retry(1, 500, false, "GET"));
  CHECK(built({0, 0, 0, 0, "ResponseCode() >= 500 || RequestMethod() == \"PUT\""}, &chain).empty());
  CHECK(chain.buffering->wants_retry(1, 500, false, "GET"));
  CHECK(chain.buffering->wants_retry(10, 200, false, "PUT"));
  CHECK_FALSE(chain.buffering->wants_retry(11, 200, false, "PUT"));
  CHECK_FALSE(chain.buffering->wants_retry(1, 200, false, "GET"));
}
