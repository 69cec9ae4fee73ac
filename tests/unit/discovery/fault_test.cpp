// What is wrong between waggle and the Engine, in words that name who refuses.
#include "docker/fault.hpp"

#include "catch.hpp"

using namespace waggle::discovery;
using Catch::Matchers::Contains;

TEST_CASE("a path that a socket proxy denies is no stranger's", "[unit][discovery][docker]") {
  const auto status = GENERATE(401L, 403L);
  const auto fault = judge_status(status, "<html><body><h1>403 Forbidden</h1>\nRequest forbidden.\n", "tcp://proxy:2375", "/v1.41/tasks?filters=x");
  CHECK(fault.kind == fault_kind::engine_error);
  CHECK_THAT(fault.cause, Contains("GET /v1.41/tasks ") && Contains("tcp://proxy:2375") && Contains("denies") && !Contains("not a Docker Engine"));
  CHECK_THAT(fault.fix, Contains("/tasks"));
}

TEST_CASE("who answers otherwise is no Engine", "[unit][discovery][docker]") {
  CHECK(judge_status(404, "not here", "tcp://web:80", "/version").kind == fault_kind::not_an_engine);
  CHECK(judge_status(403, R"({"message":"authorization denied by plugin"})", "unix:///s", "/version").cause ==
        "the Engine refuses: authorization denied by plugin");
}
