#include "admin/health_figures.hpp"

#include "catch.hpp"

using namespace waggle::app::admin;
using namespace std::chrono_literals;

TEST_CASE("answers of the last second", "[unit][app][admin]") {
  status_rates rates;
  waggle::base::mono_time now{};
  CHECK(rates.per_second({{200, 100}}, now).empty());
  CHECK(rates.per_second({{200, 150}}, now + 500ms).empty());  // too soon to tell
  CHECK(rates.per_second({{200, 200}, {404, 0}}, now + 1s) == status_counts{{200, 100}});
  CHECK(rates.per_second({{200, 900}}, now + 1900ms) == status_counts{{200, 100}});
  CHECK(rates.per_second({{200, 200}, {502, 5}}, now + 3s) == status_counts{{502, 3}});
  CHECK(rates.per_second({{200, 200}, {502, 5}}, now + 4s).empty());
}

TEST_CASE("durations as Go writes them", "[unit][app][admin]") {
  using ns = std::chrono::nanoseconds;
  const auto [d, text] = GENERATE(table<ns, const char*>({{0ns, "0s"},
                                                          {1ns, "1ns"},
                                                          {1500ns, "1.5\u00b5s"},
                                                          {2ms, "2ms"},
                                                          {1500us, "1.5ms"},
                                                          {1s, "1s"},
                                                          {90s, "1m30s"},
                                                          {3600s, "1h0m0s"},
                                                          {3661s + 500ms, "1h1m1.5s"},
                                                          {1s + 1ns, "1.000000001s"},
                                                          {-1s, "-1s"}}));
  CHECK(go_duration(d) == text);
}
