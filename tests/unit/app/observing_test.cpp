// Options of the access log and the metrics, in Traefik 1.7's spelling.
#include "options/parse.hpp"
#include "startup/resolve.hpp"

#include "temporary_dir.hpp"

#include "catch.hpp"

#include <algorithm>

using namespace waggle::app;
using namespace waggle;
using args = std::vector<std::string>;
using proxy::field_mode;

namespace {

parsed_options parsed(const args& a) {
  auto out = parse_options({.args = a, .environment = {}, .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  return *out;
}

std::string refused(const args& a) {
  const auto out = parse_options({.args = a, .environment = {}, .search_dirs = {}});
  return out ? "" : out.error().reason;
}

}  // namespace

TEST_CASE("access log flags", "[unit][app][options]") {
  const settings s =
      parsed({"--accessLog.format=json", "--accesslog.filepath=/log", "--accesslog.bufferingsize=100", "--accesslog.filters.statuscodes=200,300-302",
              "--accesslog.filters.retryattempts", "--accesslog.filters.minduration=10ms", "--accesslog.fields.defaultmode=drop",
              "--accesslog.fields.names=Username=drop RequestPath=keep", "--accesslog.fields.headers.defaultmode=redact",
              "--accesslog.fields.headers.names=User-Agent=keep,X-Token=drop"})
          .values;
  CHECK(s.access.enabled);
  CHECK(s.access.file == "/log");
  CHECK(s.access.how.format == proxy::access_format::json);
  CHECK(s.access.how.statuses == std::vector<std::pair<unsigned, unsigned>>{{200, 200}, {300, 302}});
  CHECK(s.access.how.retried);
  CHECK(s.access.how.longer_than == milliseconds{10});
  CHECK(s.access.how.fields == field_mode::drop);
  CHECK(s.access.how.by_name.at("RequestPath") == field_mode::keep);
  CHECK(s.access.how.headers == field_mode::redact);
  CHECK(s.access.how.by_header.at("X-Token") == field_mode::drop);
  CHECK(parsed({"--accesslogsfile=/old"}).values.access.file == "/old");
}

TEST_CASE("access log and metrics in TOML", "[unit][app][options]") {
  const temporary_dir dir;
  const std::string file = dir.write("traefik.toml", R"(
[accessLog]
format = "json"
  [accessLog.filters]
  statusCodes = ["200", "300-302"]
  [accessLog.fields]
  defaultMode = "keep"
    [accessLog.fields.names]
    "ClientUsername" = "drop"
    [accessLog.fields.headers]
      [accessLog.fields.headers.names]
      "User-Agent" = "redact"
[metrics]
  [metrics.prometheus]
  buckets = [0.1, 0.5]
)");
  const settings s = parsed({"-c", file}).values;
  CHECK(s.access.enabled);
  CHECK(s.access.how.statuses.size() == 2);
  CHECK(s.access.how.by_name.at("ClientUsername") == field_mode::drop);
  CHECK(s.access.how.by_header.at("User-Agent") == field_mode::redact);
  CHECK(s.metrics.prometheus);
  CHECK(s.metrics.buckets == std::vector<double>{0.1, 0.5});
}

TEST_CASE("wrong values of the access log and the metrics are told", "[unit][app][options]") {
  const auto [flag, part] = GENERATE(table<std::string, std::string>({
      {"--accesslog.filters.statuscodes=20x", "status codes"},
      {"--accesslog.filters.statuscodes=300-200", "status codes"},
      {"--accesslog.fields.names=Username", "Name=keep"},
      {"--accesslog.fields.defaultmode=redact", "keep or drop"},
      {"--accesslog.fields.headers.names=A=b", "keep, drop or redact"},
      {"--accesslog.format=xml", "common or json"},
      {"--metrics.prometheus.buckets=5,1", "rising numbers"},
      {"--metrics.prometheus.buckets=a", "rising numbers"},
      {"--metrics.prometheus.buckets=", "numbers of seconds"},
  }));
  CAPTURE(flag);
  CHECK(refused({flag}).find(part) != std::string::npos);
}

TEST_CASE("metrics make the entry point traefik by themselves", "[unit][app][resolve]") {
  const machine here{.cpus = 1, .hostname = "h"};
  auto plan = resolve(parsed({"--docker.swarmmode", "--metrics"}).values, here);
  REQUIRE(plan.has_value());
  REQUIRE(find_operators(*plan));
  CHECK(find_operators(*plan)->address == ":8080");
  CHECK(plan->metrics);
  CHECK_FALSE(plan->api);
  CHECK_FALSE(plan->dashboard);
  CHECK(plan->proxy.duration_bounds.front() == 0.001);  // most answers take less than Traefik's first bound
  for (const double traefik : {0.1, 0.3, 1.2, 5.0})
    CHECK(std::count(plan->proxy.duration_bounds.begin(), plan->proxy.duration_bounds.end(), traefik) == 1);
  CHECK(resolve(parsed({"--docker.swarmmode", "--metrics", "--metrics.prometheus.buckets=0.1,0.3,1.2,5"}).values, here)->proxy.duration_bounds ==
        std::vector<double>{0.1, 0.3, 1.2, 5});
  CHECK(resolve(parsed({"--docker.swarmmode", "--metrics", "--compat=traefik1"}).values, here)->proxy.duration_bounds ==
        std::vector<double>{0.1, 0.3, 1.2, 5});
  CHECK_FALSE(resolve(parsed({"--docker.swarmmode", "--metrics.statsd.address=x:1"}).values, here)->metrics);
  plan = resolve(parsed({"--docker.swarmmode", "--web", "--web.metrics.prometheus"}).values, here);
  REQUIRE(plan.has_value());
  CHECK(plan->metrics);
  CHECK(plan->dashboard);
  CHECK_FALSE(resolve(parsed({"--docker.swarmmode", "--web", "--web.metrics.prometheus=false"}).values, here)->metrics);
  plan = resolve(parsed({"--docker.swarmmode", "--api", "--metrics.prometheus.entrypoint=http"}).values, here);
  REQUIRE(plan.has_value());
  const auto beside = std::count_if(plan->internal.begin(), plan->internal.end(), [](const internal_part& p) { return p.entry_point == "http"; });
  CHECK(beside == 1);  // the services
  CHECK_FALSE(resolve(parsed({"--docker.swarmmode", "--api", "--api.dashboard=false"}).values, here)->dashboard);
}
