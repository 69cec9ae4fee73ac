#include "asked.hpp"

#include "middleware/extractor.hpp"
#include "middleware/token_bucket.hpp"
#include "middleware/traffic_window.hpp"

#include "catch.hpp"

using namespace waggle::test;
using namespace waggle::proxy::middleware;
namespace model = waggle::model;

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::string skipped(chain_builder& build) {
  const auto built = build();
  return built ? "" : built.error().reason;
}

chain built(chain_builder& build) {
  auto c = build();
  REQUIRE(c.has_value());
  return std::move(*c);
}

}  // namespace

TEST_CASE("token buckets: burst, refill in whole tokens, all or none", "[unit][proxy][middleware]") {
  const token_rate rates[] = {{100 * second, 2}};
  bucket_set one(rates, 0);
  CHECK(one.take(rates, 0) == 0);
  CHECK(one.take(rates, 0) == 0);
  CHECK(one.take(rates, 0) == 100 * second);
  CHECK(one.take(rates, 99 * second) == 100 * second);  // part of a token is not counted (Traefik 1.7)
  CHECK(one.take(rates, 100 * second) == 0);
  CHECK(one.take(rates, 100 * second) == 100 * second);
  CHECK(one.take(rates, 100'000 * second) == 0);
  CHECK(one.take(rates, 100'000 * second) == 0);
  CHECK(one.take(rates, 100'000 * second) == 100 * second);  // never more than the burst

  const token_rate both[] = {{second, 1}, {10 * second, 5}};
  bucket_set two(both, 0);
  CHECK(two.take(both, 0) == 0);
  CHECK(two.take(both, 0) == second);  // nothing was taken from the second bucket
  for (int i = 1; i <= 4; ++i) CHECK(two.take(both, i * second) == 0);
  CHECK(two.take(both, 5 * second) == 10 * second);
  const token_rate fast[] = {{0, 1}};
  bucket_set none(fast, 0);
  for (int i = 0; i < 5; ++i) CHECK(none.take(fast, 0) == 0);
}

TEST_CASE("rate limit: answer, keys, memory", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.rate_limit = model::rate_limit{{{"a", {100 * second, 1, 2}}}, "client.ip"};
  const auto c = built(build);
  REQUIRE(c.steps.size() == 1);
  limit& l = *c.steps[0].counts;
  CHECK_FALSE(l.admit("1.2.3.4", 1));
  CHECK_FALSE(l.admit("1.2.3.4", 1));
  const auto answer = l.admit("1.2.3.4", 1);
  REQUIRE(answer);
  CHECK(answer->status == 429);
  CHECK(answer->fields == "Retry-After: 100\r\nX-Retry-In: 1m40s\r\n");
  CHECK(answer->body == "max rate reached: retry-in 1m40s");
  CHECK_FALSE(l.admit("1.2.3.5", 1));
  for (int i = 0; i < 200'000; ++i) l.admit("k" + std::to_string(i), 2);  // others push it out
  CHECK_FALSE(l.admit("1.2.3.4", 2));
  const auto again = built(build);
  CHECK(again.steps[0].counts == c.steps[0].counts);  // a new table goes on counting
}

TEST_CASE("rate limit: what cannot be built", "[unit][proxy][middleware]") {
  chain_builder build;
  auto& r = build.frontend.options.rate_limit.emplace();
  r.extractor_func = "client.ip";
  r.rate_set["a"] = {0, 0, 1};
  CHECK(skipped(build) == "error creating rate limiter: invalid period: 0s");
  r.rate_set["a"] = {second, -1, 1};
  CHECK(skipped(build) == "error creating rate limiter: invalid average: -1");
  r.rate_set["a"] = {second, 1, 0};
  CHECK(skipped(build) == "error creating rate limiter: invalid burst: 0");
  r.rate_set["a"] = {second, 1, 1};
  r.extractor_func = "client.port";
  CHECK(skipped(build) == "error creating rate limiter: unsupported limiting variable: 'client.port'");
  r.extractor_func = "request.header.";
  CHECK(skipped(build) == "error creating rate limiter: wrong header: request.header.");
  r.extractor_func = "";
  CHECK(built(build).empty());  // section 3.4: without it no rate limit at all
}

TEST_CASE("connection limit", "[unit][proxy][middleware]") {
  chain_builder build;
  build.backend.max_conn = model::max_conn{1, "request.host"};
  const auto c = built(build);
  limit& l = *c.steps.at(0).counts;
  CHECK_FALSE(l.admit("h", 0));
  const auto answer = l.admit("h", 0);
  REQUIRE(answer);
  CHECK(answer->status == 429);
  CHECK(answer->body == "max connections reached: 1");
  CHECK_FALSE(l.admit("other", 0));
  l.finished("h", {});
  CHECK_FALSE(l.admit("h", 0));
  build.backend.max_conn->amount = 0;
  CHECK(built(build).empty());
  build.backend.max_conn->amount = -3;
  CHECK(built(build).steps.at(0).counts->admit("h", 0)->body == "max connections reached: -3");
  build.backend.max_conn->extractor_func = "x";
  CHECK(skipped(build) == "error creating connection limit: unsupported limiting variable: 'x'");
}

TEST_CASE("a limit by host counts every spelling of it as one", "[unit][proxy][middleware]") {
  const auto by_host = extractor::parse("request.host");
  REQUIRE(by_host.has_value());
  for (const char* host : {"h.example", "H.Example", "h.example.", "h.example:80", "h.example.:80"}) {
    CAPTURE(host);
    asked a;
    a.host = host;
    a.begin();
    CHECK((*by_host)(a.about()) == "h.example");
  }
}

TEST_CASE("traffic window: ratios over ten seconds, latencies over sixty", "[unit][proxy][middleware]") {
  traffic_window w;
  CHECK(w.network_error_ratio(0) == 0);
  CHECK(w.latency_at(0, 50) == 0);
  for (unsigned i = 1; i <= 100; ++i) w.record(1'000, i <= 25 ? 502 : i <= 50 ? 504 : i <= 60 ? 500 : 200, i);
  CHECK(w.network_error_ratio(1'000) == 0.5);
  CHECK(w.network_error_ratio(10'999) == 0.5);
  CHECK(w.network_error_ratio(11'000) == 0);
  CHECK(w.code_ratio(1'000, 500, 600, 0, 600) == 0.6);
  CHECK(w.code_ratio(1'000, 500, 504, 0, 600) == 0.35);
  CHECK(w.code_ratio(1'000, 500, 600, 300, 400) == 0);
  CHECK(w.latency_at(1'000, 50) == 50);
  CHECK(w.latency_at(1'000, 99) == 99);
  CHECK(w.latency_at(59'999, 100) == 100);
  CHECK(w.latency_at(60'000, 100) == 0);
  w.clear();
  for (const std::uint64_t ms : {128u, 1'000u, 30'000u, 3'000'000u, 4'000'000'000u}) {
    w.clear();
    w.record(0, 200, ms);
    const auto got = w.latency_at(0, 50);
    if (ms < 4'000'000) CHECK((got >= static_cast<std::int64_t>(ms) && got <= static_cast<std::int64_t>(ms + ms / 60)));
    else CHECK(got > 4'000'000);
  }
}
