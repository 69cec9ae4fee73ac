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
  set_field(from.edits, "x-user", "entry point");  // what was said before counts no more
  CHECK_FALSE(from.of(*chain));
  std::vector<std::pair<std::string, std::string>> users;
  for (const auto& s : from.edits.set) {
    CHECK(s.first != "Host");
    CHECK(s.first != "X-Waggle-Hops");
    if (s.first != "X-Forwarded-Proto") users.push_back(s);
  }
  CHECK(users.size() == 1);
  CHECK(from.edits.remove == std::vector<std::string>{"X-Real-Ip"});
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
