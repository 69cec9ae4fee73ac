#include "middleware/circuit_breaker.hpp"

#include "asked.hpp"
#include "catch.hpp"

using namespace waggle::proxy::middleware;
using waggle::test::chain_builder;

namespace {

std::string why(const std::string& text) {
  const auto p = predicate::parse(text, breaker_functions());
  return p ? "" : p.error().reason;
}

circuit_breaker breaker(const std::string& text) { return circuit_breaker(*predicate::parse(text, breaker_functions())); }

void answered(circuit_breaker& b, unsigned status, waggle::proxy::io::time_ms now, int times = 1) {
  for (int i = 0; i < times; ++i) b.finished("", {status, false, now, 5});
}

/// All functions give what is written here.
struct fixed final : predicate::source {
  double ratio = 0;
  std::int64_t latency = 0;
  predicate_value value(std::size_t function, std::span<const predicate_value>) const override {
    if (function == 2) return latency;
    return ratio;
  }
};

}  // namespace

TEST_CASE("breaker expressions: what parses", "[unit][proxy][middleware]") {
  for (const char* good :
       {"NetworkErrorRatio() > 0.5", "NetworkErrorRatio()>.5", "LatencyAtQuantileMS(50.0) > 100", "ResponseCodeRatio(500, 600, 0, 600) >= 1e-1",
        "(NetworkErrorRatio() > 0.5)", "NetworkErrorRatio() > 0.5 && LatencyAtQuantileMS(99.9) != 1 || ResponseCodeRatio(1,2,3,4,) == 0.0"})
    CHECK(why(good) == "");
}

TEST_CASE("breaker expressions: what does not, in Traefik's words", "[unit][proxy][middleware]") {
  CHECK(why("NetworkErrors > 1") == "unsupported *ast.Ident");
  CHECK(why("NetworkErrorRatio() > 1") == "expected float64, got int");
  CHECK(why("LatencyAtQuantileMS(50.0) > 1.0") == "expected int, got float64");
  CHECK(why("LatencyAtQuantileMS(50) > 1") == "LatencyAtQuantileMS: using int as type float64");
  CHECK(why("") == "expected operand, found 'EOF'");
  for (const char* bad : {"NetworkErrorRatio()",
                          "0.5",
                          "0.5 < NetworkErrorRatio()",
                          "NetworkErrorRatio() > -0.5",
                          "NetworkErrorRatio() > 0.5 &&",
                          "&& NetworkErrorRatio() > 0.5",
                          "(NetworkErrorRatio() > 0.5",
                          "NetworkErrorRatio() > 0.5)",
                          "NetworkErrorRatio(",
                          "NetworkErrorRatio(1) > 0.5",
                          "Nope() > 0.5",
                          "a.b() > 0.5",
                          "NetworkErrorRatio() > 0.5 NetworkErrorRatio() > 0.5",
                          "NetworkErrorRatio() > 0.1 > 0.2",
                          "NetworkErrorRatio() > \"a\"",
                          "NetworkErrorRatio() > \"a",
                          "NetworkErrorRatio() = 0.5",
                          "NetworkErrorRatio() > 0x10",
                          "NetworkErrorRatio() > 1.2.3",
                          "NetworkErrorRatio() > 99999999999999999999",
                          "ResponseCodeRatio(1,2,3) > 0.5",
                          "ResponseCodeRatio(1 2,3,4) > 0.5",
                          "!NetworkErrorRatio() > 0.5",
                          "NetworkErrorRatio() > NetworkErrorRatio()",
                          "NetworkErrorRatio() > 0.5 | 1",
                          "\xff",
                          "ResponseCodeRatio(NetworkErrorRatio(),2,3,4) > 0.5"}) {
    INFO(bad);
    CHECK_FALSE(why(bad).empty());
  }
  CHECK_FALSE(why(std::string(2000, '(')).empty());
  CHECK_FALSE(why(std::string(100'000, '(')).empty());

  chain_builder build;
  build.backend.circuit_breaker = waggle::model::circuit_breaker{"NetworkErrors > 1"};
  const auto built = build();
  REQUIRE_FALSE(built.has_value());
  CHECK(built.error().reason == "error creating circuit breaker: unsupported *ast.Ident");
}

TEST_CASE("breaker expressions: && binds before ||", "[unit][proxy][middleware]") {
  const auto p =
      predicate::parse("LatencyAtQuantileMS(50.0) == 1 || LatencyAtQuantileMS(50.0) == 2 && NetworkErrorRatio() < 0.5", breaker_functions());
  REQUIRE(p.has_value());
  fixed f;
  f.latency = 1;
  f.ratio = 0.9;
  CHECK(p->holds(f));
  f.latency = 2;
  CHECK_FALSE(p->holds(f));
  f.ratio = 0.1;
  CHECK(p->holds(f));
  CHECK(p->uses(2));
  CHECK_FALSE(p->uses(1));
}

TEST_CASE("circuit breaker: trips, recovers with a growing share, closes", "[unit][proxy][middleware]") {
  circuit_breaker b = breaker("NetworkErrorRatio() > 0.5");
  answered(b, 200, 1'000);
  CHECK_FALSE(b.admit("", 1'000));
  answered(b, 502, 1'050, 5);  // looked at every 100 ms only
  CHECK_FALSE(b.admit("", 1'050));
  answered(b, 504, 1'100);
  const auto answer = b.admit("", 1'100);
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->body == "Service Unavailable");
  CHECK(b.admit("", 11'099));

  unsigned early = 0, late = 0;
  for (unsigned i = 0; i < 100; ++i) early += b.admit("", 11'100 + i * 10) ? 0 : 1;  // first second of recovery
  for (unsigned i = 0; i < 100; ++i) late += b.admit("", 20'000 + i * 10) ? 0 : 1;   // last one
  CHECK(early < 6);
  CHECK(late > 60);  // the share over all of recovery comes to nearly one half
  CHECK_FALSE(b.admit("", 21'101));
  answered(b, 200, 21'200);
  CHECK_FALSE(b.admit("", 21'200));
}

TEST_CASE("circuit breaker: trips again while it recovers", "[unit][proxy][middleware]") {
  circuit_breaker b = breaker("NetworkErrorRatio() > 0.5");
  answered(b, 502, 1'000);
  CHECK(b.admit("", 1'001));
  CHECK(b.admit("", 11'001));        // recovering, share 0
  CHECK(b.admit("", 20'000));        // one of two would be more than 45 %
  CHECK_FALSE(b.admit("", 20'000));  // one of three is less
  answered(b, 502, 20'000);
  CHECK(b.admit("", 21'500));
  CHECK(b.admit("", 29'999));
}
