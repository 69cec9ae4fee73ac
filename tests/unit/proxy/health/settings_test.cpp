#include "health/settings.hpp"

#include "health/prober.hpp"

#include "catch.hpp"

using namespace waggle;
namespace health = waggle::proxy::health;
using std::chrono::milliseconds;

namespace {

model::server server() {
  model::server s;
  s.host = "10.0.0.5";
  s.port = 8000;
  s.url = "http://10.0.0.5:8000";
  return s;
}

model::health_check check(std::string path) {
  model::health_check c;
  c.path = std::move(path);
  return c;
}

}  // namespace

TEST_CASE("interval of a health check", "[unit][proxy][health]") {
  const auto of = [](std::string text) {
    auto c = check("/");
    c.interval = std::move(text);
    return c;
  };
  CHECK(health::interval_of(of(""), milliseconds(30'000)) == milliseconds(30'000));
  CHECK(health::interval_of(of("1m30s"), milliseconds(30'000)) == milliseconds(90'000));
  CHECK(health::interval_of(of("10"), milliseconds(30'000)) == milliseconds(30'000));  // a bare number has no unit
  CHECK(health::interval_of(of("-1s"), milliseconds(30'000)) == milliseconds(30'000));
  CHECK(health::interval_of(of(""), milliseconds(7'000)) == milliseconds(7'000));
  CHECK(health::interval_of(of("1ns"), milliseconds(30'000)) == milliseconds(100));
  CHECK(health::interval_complaint(of("soon"), "b") == "Illegal health check interval for backend 'b': time: invalid duration \"soon\"");
  CHECK(health::interval_complaint(of("0s"), "b") == "Health check interval smaller than zero for backend 'b'");
  CHECK(health::interval_complaint(of("5s"), "b").empty());
}

TEST_CASE("what a server is asked", "[unit][proxy][health]") {
  auto c = check("health?x=1");
  auto plain = health::probe_of(c, server(), milliseconds(30'000));
  REQUIRE(plain.has_value());
  CHECK(plain->to.text() == "10.0.0.5:8000");
  CHECK(plain->host == "10.0.0.5:8000");
  CHECK(plain->target == "/health?x=1");
  c.port = 9000;
  c.hostname = "h.example";
  c.headers = {{"X-A", "1"}, {"Content-Length", "5"}};
  auto other = health::probe_of(c, server(), milliseconds(30'000));
  REQUIRE(other.has_value());
  CHECK(other->to.text() == "10.0.0.5:9000");
  CHECK(other->host == "h.example");
  CHECK(other->fields == "X-A: 1\r\n");
  CHECK(health::probe_target("/a b\r\nX: 1#f") == "/a%20b%0D%0AX:%201");

  c.headers = {{"X-A", "1\r\nX-B: 2"}};
  CHECK_FALSE(health::probe_of(c, server(), milliseconds(30'000)).has_value());
  c = check("/");
  c.hostname = "a\nb";
  CHECK_FALSE(health::probe_of(c, server(), milliseconds(30'000)).has_value());
  c = check("/");
  c.port = 70000;
  CHECK_FALSE(health::probe_of(c, server(), milliseconds(30'000)).has_value());
  c = check("/");
  c.scheme = "https";
  CHECK_FALSE(health::probe_of(c, server(), milliseconds(30'000)).has_value());
}

TEST_CASE("200 to 399 is healthy; redirects are followed on the same server", "[unit][proxy][health]") {
  CHECK(health::healthy(200));
  CHECK(health::healthy(399));
  CHECK_FALSE(health::healthy(400));
  CHECK_FALSE(health::healthy(503));
  const auto p = *health::probe_of(check("/"), server(), milliseconds(30'000));
  CHECK(health::redirect_target(p, "/b") == "/b");
  CHECK(health::redirect_target(p, "http://10.0.0.5:8000/c?d") == "/c?d");
  CHECK(health::redirect_target(p, "http://10.0.0.5:80001/c").empty());
  CHECK(health::redirect_target(p, "//evil.example/").empty());
  CHECK(health::redirect_target(p, "https://10.0.0.5:8000/").empty());
}
