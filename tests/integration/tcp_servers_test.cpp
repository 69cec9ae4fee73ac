// Which server a TCP connection gets, and what is done when one cannot be had.
#include "hanging_server.hpp"
#include "tcp_fixture.hpp"

#include "catch.hpp"

#include <atomic>
#include <map>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

/// Which of them gets a new connection; both ends stay in `open`. -1: none.
int next(const tcp_fixture& edge, std::vector<listening*> all, std::vector<raw_socket>& open) {
  open.push_back(edge.connect());
  int found = -1;
  eventually([&] {
    for (std::size_t i = 0; i < all.size() && found < 0; ++i)
      if (all[i]->has_guest(0ms)) found = static_cast<int>(i);
    return found >= 0;
  });
  if (found >= 0) open.push_back(all[static_cast<std::size_t>(found)]->accept());
  return found;
}

}  // namespace

TEST_CASE("four connections one after the other go 1 2 1 2, whatever the number of workers", "[integration][tcp][servers]") {
  listening a, b;
  tcp_fixture edge(tcp_options(GENERATE(1u, 3u)));
  edge.to({tcp_task(a.port(), 1), tcp_task(b.port(), 2)},
          [](model::tcp_service& s) { s.scheduling.policy = GENERATE(model::scheduler::round_robin, model::scheduler::weighted_least_connections); });
  std::string order;
  for (int i = 0; i < 4; ++i) {
    std::vector<raw_socket> open;  // closed at the end: short connections are nothing but ties
    order += static_cast<char>('1' + next(edge, {&a, &b}, open));
    open.clear();
    REQUIRE(edge.is_quiet());
  }
  CHECK((order == "1212" || order == "2121"));
}

TEST_CASE("the least busy server gets the next connection", "[integration][tcp][servers]") {
  listening a, b;
  tcp_fixture edge(tcp_options(2));
  edge.to({tcp_task(a.port(), 1), tcp_task(b.port(), 2)}, [](model::tcp_service& s) {
    s.scheduling.policy = model::scheduler::weighted_least_connections;
    s.servers[0].weight = 3;
  });
  std::vector<raw_socket> open;
  int to_a = 0;
  for (int i = 0; i < 8; ++i) {
    to_a += next(edge, {&a, &b}, open) == 0;
    std::this_thread::sleep_for(2ms);  // workers look at each other's counts once a millisecond
  }
  CHECK(to_a == 6);
}

TEST_CASE("who refuses is passed over, and is left alone after three times", "[integration][tcp][servers]") {
  listening a;
  dead_port dead;
  std::atomic<int> told{0};
  tcp_fixture edge(tcp_options(), [&](const std::string& id, const std::string&) { told += id.ends_with(":" + std::to_string(dead.port())); });
  edge.to({tcp_task(dead.port(), 1), tcp_task(a.port(), 2)});
  for (int i = 0; i < 6; ++i) {
    passage p(edge, a);
    REQUIRE(p.server.is_open());
    p.client.send("x");
    REQUIRE(p.server.read_exactly(1) == "x");
  }
  CHECK(edge.stats().ejections == 1);
  CHECK(told > 0);
}

TEST_CASE("when all refuse the client sees a reset, never a clean end", "[integration][tcp][servers]") {
  dead_port one, two;
  tcp_fixture edge;
  const bool nobody = GENERATE(true, false);
  edge.to(nobody ? std::vector<model::server>{} : std::vector<model::server>{tcp_task(one.port(), 1), tcp_task(two.port(), 2)});
  raw_socket client = edge.connect();
  CHECK(client.wait_end() == peer_end::reset);
  CHECK(edge.is_quiet());
  CHECK(edge.stats().tcp_refused_no_server == 1);
  CHECK(edge.stats().tcp_checks == 0);
}

TEST_CASE("a server that is silent is waited for 100 ms, then another is asked", "[integration][tcp][servers]") {
  hanging_server silent;
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(silent.port(), 1), tcp_task(a.port(), 2)}, [](model::tcp_service& s) {
    s.scheduling.policy = model::scheduler::weighted_failover;
    s.servers[0].weight = 9;
  });
  const auto begin = test_clock::now();
  passage p(edge, a);
  REQUIRE(p.server.is_open());
  CHECK(since(begin) >= 90ms);
  CHECK(since(begin) < patience(900ms));
  p.server.send("x");
  CHECK(p.client.read_exactly(1) == "x");
  CHECK(edge.stats().hedges_won == 1);
}

TEST_CASE("a server with a full queue that makes room is connected to when the kernel asks again", "[integration][tcp][servers]") {
  hanging_server full;
  tcp_fixture edge;
  edge.to({tcp_task(full.port())});
  raw_socket client = edge.connect();
  CHECK(client.wait_end(300ms) == peer_end::none);
  full.let_go();
  REQUIRE(full.wait(patience(5s)));
  raw_socket server = full.accept();
  server.send("x");
  CHECK(client.read_exactly(1) == "x");
}

TEST_CASE("a service with hold waits for a task", "[integration][tcp][servers][hold]") {
  listening a;
  dead_port dead;
  tcp_fixture edge;
  const auto held = [](model::tcp_service& s) { s.hold = 20s; };
  const bool refusing = GENERATE(false, true);
  edge.to(refusing ? std::vector<model::server>{tcp_task(dead.port(), 1, "old")} : std::vector<model::server>{}, held);
  raw_socket client = edge.connect();
  client.send("early");
  CHECK(client.wait_end(300ms) == peer_end::none);
  edge.to({tcp_task(a.port(), 1, "new")}, held);
  raw_socket server = a.accept();
  REQUIRE(server.is_open());
  CHECK(server.read_exactly(5) == "early");
}

TEST_CASE("a hold has an end, and a client that leaves ends it", "[integration][tcp][servers][hold]") {
  tcp_fixture edge;
  edge.to({}, [](model::tcp_service& s) { s.hold = 400ms; });
  raw_socket client = edge.connect();
  SECTION("time") {
    const auto begin = test_clock::now();
    CHECK(client.wait_end() == peer_end::reset);
    CHECK(since(begin) >= 350ms);
  }
  SECTION("the client") {
    CHECK(eventually([&] { return edge.stats().connections_open == 1; }));
    client.reset();
  }
  CHECK(edge.is_quiet());
}

TEST_CASE("persistence brings a client back to its server", "[integration][tcp][servers][persistence]") {
  listening a, b;
  tcp_fixture edge(tcp_options(2));
  const auto persistent = [](model::tcp_service& s) { s.persistence.emplace().timeout = 60s; };
  edge.to({tcp_task(a.port(), 1, "t1"), tcp_task(b.port(), 2, "t2")}, persistent);
  std::vector<raw_socket> open;
  const int first = next(edge, {&a, &b}, open);
  for (int i = 0; i < 5; ++i) CHECK(next(edge, {&a, &b}, open) == first);
  SECTION("its weight is set to 0: it stays") {
    edge.to({tcp_task(a.port(), 1, "t1"), tcp_task(b.port(), 2, "t2")}, [&](model::tcp_service& s) {
      persistent(s);
      s.servers[static_cast<std::size_t>(first)].weight = 0;
    });
    CHECK(next(edge, {&a, &b}, open) == first);
  }
  SECTION("its task leaves: the slot's next one") {
    listening c;
    std::vector<model::server> now{tcp_task(a.port(), 1, "t1"), tcp_task(b.port(), 2, "t2")};
    now[static_cast<std::size_t>(first)] = tcp_task(c.port(), static_cast<std::uint64_t>(first) + 1, "t3");
    edge.to(now, persistent);
    for (int i = 0; i < 3; ++i) CHECK(next(edge, {&a, &b, &c}, open) == 2);
  }
  SECTION("it refuses: another one, for this once") {
    (first == 0 ? a : b).close();
    CHECK(next(edge, {first == 0 ? &b : &a}, open) == 0);
  }
}

TEST_CASE("a server has as many connections as it may, and gets new ones when it has become emptier", "[integration][tcp][servers]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())}, [](model::tcp_service& s) {
    s.max_conn = 4;
    s.max_conn_resume = 2;
  });
  std::vector<passage> open;
  for (int i = 0; i < 4; ++i) {
    open.emplace_back(edge, a);
    REQUIRE(open.back().server.is_open());
  }
  const auto refused = [&] { return edge.connect().wait_end() == peer_end::reset; };
  CHECK(refused());
  open.pop_back();
  open.pop_back();
  CHECK(eventually([&] { return edge.stats().connections_open == 2; }));
  CHECK(refused());  // not fewer than two
  open.pop_back();
  CHECK(eventually([&] { return edge.stats().connections_open == 1; }));
  passage again(edge, a);
  CHECK(again.server.is_open());
}
