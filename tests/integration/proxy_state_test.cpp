// What a change to one service leaves alone in the others: pools, position, breakers, limits. Random series of tables.
#include "proxy_fixture.hpp"

#include "random.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

struct changing {
  waggle::test::random dice;
  std::vector<std::uint16_t> spare;
  int round = 0;

  /// Backend 0 and its frontend, other in every table: tasks come and go, options change, sometimes it is not there at all.
  void vary(waggle::test::configuration& c) {
    ++round;
    auto& b = c.backends[0];
    b.servers.clear();
    for (const std::uint16_t port : spare)
      if (dice.one_in(2)) b.servers.push_back(server_on(port, dice.one_in(3) ? "new" + std::to_string(round) : "kept" + std::to_string(port)));
    if (dice.one_in(3)) b.balance = waggle::model::balance_options{"wrr", false, waggle::model::stickiness{}};
    if (dice.one_in(4)) b.balance = waggle::model::balance_options{"drr", false, {}};
    if (dice.one_in(4)) b.circuit_breaker = waggle::model::circuit_breaker{"NetworkErrorRatio() > 0." + std::to_string(1 + dice.below(8))};
    if (dice.one_in(4)) b.max_conn = waggle::model::max_conn{static_cast<std::int64_t>(1 + dice.below(5)), "request.host"};
    if (dice.one_in(5)) b.health_check = waggle::model::health_check{"", "/", 0, "1h", "", {}};
    if (dice.one_in(4)) b.hold = 1s;
    if (dice.one_in(4)) c.frontends[0].priority = static_cast<int>(dice.below(100));
    if (dice.one_in(6)) c.frontends[0].routes[0].rule = "Bogus:x";  // a mistake of that service
    if (dice.one_in(6)) {
      waggle::test::configuration others;
      for (std::size_t i = 1; i < c.frontends.size(); ++i) others.frontends.push_back(c.frontends[i]);
      for (std::size_t i = 1; i < c.backends.size(); ++i) others.backends.push_back(c.backends[i]);
      c = std::move(others);
    }
  }
};

}  // namespace

TEST_CASE("a change to one service touches nothing of another", "[integration][proxy][state]") {
  const unsigned seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  fake_server a1, a2, a3, b1(always(ok("b1"))), b2(always(ok("b2"))), b3(always(ok("b3")));
  fake_server broken([](fake_server::connection&, recorded&) { return false; }), limited(always(ok("limited")));
  auto o = default_options();
  o.timeouts.upstream_idle = std::chrono::minutes(10);
  proxy_fixture edge(o);
  changing change{waggle::test::random(seed), {a1.port(), a2.port(), a3.port()}};
  std::uint64_t published = 0;
  const auto publish = [&] {
    auto c = configuration_of({{"PathPrefix:/a", {}},
                               {"PathPrefix:/b", {server_on(b1.port()), server_on(b2.port()), server_on(b3.port())}},
                               {"PathPrefix:/broken", {server_on(broken.port())}},
                               {"PathPrefix:/limited", {server_on(limited.port())}}});
    c.backends[2].circuit_breaker = waggle::model::circuit_breaker{"NetworkErrorRatio() > 0.5"};
    c.frontends[3].options.rate_limit = waggle::model::rate_limit{{{"all", {3'600'000'000'000, 1, 2}}}, "request.host"};
    change.vary(c);
    edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(c)}});
    ++published;
    REQUIRE(eventually([&] { return edge.stats().generation >= published; }));
  };
  publish();
  std::string order;
  for (int i = 0; i < 3; ++i) order += edge.get("/b").body;
  REQUIRE(order.size() == 6);
  raw_socket kept = edge.connect();
  // Bring the breaker to open and the limit to its end.
  REQUIRE(eventually([&] {
    for (int i = 0; i < 20; ++i) edge.get("/broken");
    return edge.get("/broken").status == 503;
  }));
  const auto opened = test_clock::now();
  while (edge.get("/limited").status == 200) {
  }
  REQUIRE(edge.get("/limited").status == 429);
  const std::size_t broken_before = broken.request_count(), limited_before = limited.request_count();
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    publish();
    for (int i = 0; i < static_cast<int>(change.dice.below(3)); ++i) edge.get("/a");
    std::string now;
    for (int i = 0; i < 3; ++i) {
      kept.send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
      now += read_answer(kept).body;
    }
    CHECK(now == order);  // the balancing position goes on
    CHECK(edge.get("/limited").status == 429);
    if (test_clock::now() - opened < 8s) CHECK(edge.get("/broken").status == 503);
  }
  CHECK(b1.connections() == 1);  // the pooled connections lived through all of it
  CHECK(b2.connections() == 1);
  CHECK(b3.connections() == 1);
  CHECK(limited.request_count() == limited_before);
  if (test_clock::now() - opened < 8s) CHECK(broken.request_count() == broken_before);
  CHECK(edge.stats().exceptions == 0);
}
