// Names that stacks of Traefik 1 use: its variables, its sections, and what is switched off.
#include "options/parse.hpp"

#include "catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace waggle::app;
using Catch::Matchers::Contains;
using args = std::vector<std::string>;

TEST_CASE("variables of Traefik's name count where ours are not set", "[unit][app][options]") {
  const auto out = parse_options({.args = {"--docker"},
                                  .environment = {{"TRAEFIK_DOCKER_NETWORK", "theirs"},
                                                  {"TRAEFIK_DOCKER_DOMAIN", "theirs.example"},
                                                  {"WAGGLE_DOCKER_DOMAIN", "ours.example"},
                                                  {"TRAEFIK_PORT", "80"}},
                                  .search_dirs = {}});
  REQUIRE(out.has_value());
  CHECK(out->values.docker.network == "theirs");
  CHECK(out->values.docker.domain == "ours.example");
  CHECK(out->warnings == args{"Environment variable TRAEFIK_PORT is no option of waggle"});
}

TEST_CASE("what is not served may be switched off", "[unit][app][options]") {
  const auto off = parse_options({.args = {"--hostresolver=false", "--kubernetes=false", "--tracing=false"}, .environment = {}, .search_dirs = {}});
  REQUIRE(off.has_value());
  CHECK(off->warnings.empty());
  const auto on = parse_options({.args = {"--kubernetes"}, .environment = {}, .search_dirs = {}});
  REQUIRE_FALSE(on.has_value());
  CHECK_THAT(on.error().reason, Contains("--kubernetes: waggle serves Docker only"));
}

TEST_CASE("sections may be named alone, and health checks have an interval", "[unit][app][options]") {
  const auto out = parse_options({.args = {"--respondingtimeouts", "--forwardingtimeouts", "--lifecycle", "--healthcheck", "--healthcheck.interval=5",
                                           "--allowminweightzero", "--retry.attempts=2"},
                                  .environment = {},
                                  .search_dirs = {}});
  REQUIRE(out.has_value());
  CHECK(out->values.health_interval == std::chrono::seconds{5});
  CHECK(out->values.allow_zero_weight);
  CHECK(out->values.retry);
  CHECK(out->values.retry_attempts == 2);
}
