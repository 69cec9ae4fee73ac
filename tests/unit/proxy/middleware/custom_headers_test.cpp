// headers.customRequestHeaders: one value for each name, the last word counts.
#include "asked.hpp"

#include "middleware/auth.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;
using namespace waggle::proxy::middleware;

TEST_CASE("a name is set once, however it is spelled", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.headers.emplace().custom_request_headers = {
      {"X-Forwarded-Proto", "https"}, {"X-Real-Ip", ""}, {"X-User", "label"}, {"X_User", "other"}, {"Host", "no"}, {"X-Waggle-Hops", "no"}};
  const auto chain = build();
  REQUIRE(chain.has_value());
  CHECK_FALSE(chain->hides_server);
  asked from;
  from.fields = {{"x-user", "entry point"}, {"X_USER", "stranger"}, {"X-Real-Ip", "9.9.9.9"}, {"Host", "h.example"}};
  CHECK_FALSE(from.of(*chain));
  CHECK(from.values("X-User").size() == 1);  // what was said before counts no more
  CHECK(from.values("X-Real-Ip").empty());
  CHECK(from.request.fields.is_edited(http::field_id::x_real_ip));
  CHECK(from.values("X-Forwarded-Proto") == std::vector<std::string>{"https"});
  CHECK(from.values("Host") == std::vector<std::string>{"h.example"});
  CHECK(from.values("X-Waggle-Hops").empty());
}

TEST_CASE("without X-Forwarded-Server loops are counted all the same", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.headers.emplace().custom_request_headers = {{"x-forwarded-server", ""}};
  CHECK(build()->hides_server);
  build.frontend.options.headers.reset();
  model::auth a;
  a.forward = model::auth_forward{"http://10.0.0.1/", {}, false, {"X-Forwarded-Server"}};
  build.frontend.options.auth = a;
  CHECK(build()->hides_server);
}
