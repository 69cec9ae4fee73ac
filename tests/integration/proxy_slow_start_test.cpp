// waggle.backend.slowStart: who joins a running service gets its share bit by bit.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <map>

using namespace waggle::test;

namespace {

struct two_and_a_newcomer {
  fake_server a{always(ok("a"))}, b{always(ok("b"))}, fresh{always(ok("fresh"))};
  proxy_fixture edge;

  void publish(bool with_fresh, std::chrono::milliseconds slow_start, std::string method = "wrr") {
    site s{"PathPrefix:/", {task_on(a.port(), 1, "a"), task_on(b.port(), 2, "b")}, true};
    if (with_fresh) s.servers.push_back(task_on(fresh.port(), 3, "fresh"));
    s.slow_start = slow_start;
    auto c = configuration_of({s});
    c.backends[0].balance->method = std::move(method);
    const auto before = edge.stats().generation;
    edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(std::move(c))}});
    REQUIRE(eventually([&] { return edge.stats().generation > before; }));
  }
  std::map<std::string, int> ask(int n) {
    std::map<std::string, int> out;
    for (int i = 0; i < n; ++i) ++out[edge.get().body];
    return out;
  }
};

}  // namespace

TEST_CASE("slow start: a newcomer gets few requests at first, all that name it, and its full share in the end", "[integration][proxy][slow_start]") {
  const std::string method = GENERATE("wrr", "drr");
  two_and_a_newcomer t;
  t.publish(false, 1h, method);
  CHECK(t.ask(40) == std::map<std::string, int>{{"a", 20}, {"b", 20}});  // there from the start
  t.publish(true, 1h, method);
  auto got = t.ask(90);
  CHECK(got["fresh"] == 0);  // a share of 1/1024 for 3.5 s
  CHECK(std::abs(got["a"] - got["b"]) <= 1);
  const std::string named = "Cookie: SRV=http://127.0.0.1:" + std::to_string(t.fresh.port()) + "\r\n";
  for (int i = 0; i < 10; ++i) CHECK(t.edge.get("/", named).body == "fresh");
  t.publish(true, 30min, method);  // another change of the service: it is as new as it was
  CHECK(t.ask(60)["fresh"] <= 1);
  t.publish(true, 1ms, method);
  got = t.ask(90);
  CHECK(got["fresh"] == 30);
}

TEST_CASE("slow start: the newcomer takes what nobody else can take", "[integration][proxy][slow_start]") {
  two_and_a_newcomer t;
  t.publish(false, 1h);
  t.publish(true, 1h);
  t.a.stop();
  t.b.stop();
  for (int i = 0; i < 10; ++i) CHECK(t.edge.get().body == "fresh");
}

TEST_CASE("slow start: without the label nobody is held back", "[integration][proxy][slow_start]") {
  two_and_a_newcomer t;
  t.publish(false, 0ms);
  t.publish(true, 0ms);
  CHECK(t.ask(90)["fresh"] == 30);
}
