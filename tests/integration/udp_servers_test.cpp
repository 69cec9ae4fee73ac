// Which server a UDP session has, and what is done when it refuses or leaves.
#include "udp_fixture.hpp"

#include "catch.hpp"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

/// Which of them gets the next datagram. -1: none.
int next(std::vector<udp_peer*> all, std::string* heard = nullptr) {
  int found = -1;
  eventually([&] {
    for (std::size_t i = 0; i < all.size() && found < 0; ++i)
      if (const auto one = all[i]->receive(0ms)) {
        found = static_cast<int>(i);
        if (heard) *heard = *one;
      }
    return found >= 0;
  });
  return found;
}

model::server leaving(model::server s) {
  s.leaving = true;
  return s;
}

/// Nobody is bound there: the kernel refuses.
std::uint16_t refusing_port() {
  udp_peer gone;
  return gone.port();
}

const auto by_failover = [](model::udp_service& s) {
  s.scheduling.policy = model::scheduler::weighted_failover;
  s.servers[0].weight = 9;
};

}  // namespace

TEST_CASE("sessions are shared out in turn, whatever the number of workers, and stay", "[integration][udp][servers]") {
  udp_peer a, b;
  udp_fixture edge(udp_options(GENERATE(1u, 3u)));
  edge.to({udp_task(a.port(), 1), udp_task(b.port(), 2)});
  std::vector<udp_peer> clients;
  std::map<int, int> had;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back();
    clients.back().send(edge.port, "1");
    const int server = next({&a, &b});
    ++had[server];
    for (int again = 0; again < 3; ++again) {
      clients.back().send(edge.port, "again");
      CHECK(next({&a, &b}) == server);
    }
  }
  CHECK(had[0] == 5);
  CHECK(had[1] == 5);
}

TEST_CASE("the least busy server gets the next session", "[integration][udp][servers]") {
  udp_peer a, b;
  udp_fixture edge;
  edge.to({udp_task(a.port(), 1), udp_task(b.port(), 2)}, [](model::udp_service& s) {
    s.scheduling.policy = model::scheduler::weighted_least_connections;
    s.servers[0].weight = 3;
  });
  int to_a = 0;
  std::vector<udp_peer> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back();
    clients.back().send(edge.port, "x");
    to_a += next({&a, &b}) == 0;
  }
  CHECK(to_a == 6);
}

TEST_CASE("onePacket shares out each datagram, and hears all servers", "[integration][udp][servers]") {
  udp_peer a, b, client;
  udp_fixture edge;
  edge.to({udp_task(a.port(), 1), udp_task(b.port(), 2)}, [](model::udp_service& s) { s.one_packet = true; });
  std::string order;
  for (int i = 0; i < 6; ++i) {
    client.send(edge.port, "x");
    order += static_cast<char>('1' + next({&a, &b}));
  }
  CHECK((order == "121212" || order == "212121"));
  CHECK(edge.stats().udp_sessions == 2);  // one for each server
  a.answer("from a");
  CHECK(client.receive() == "from a");
  b.answer("from b");
  CHECK(client.receive() == "from b");
}

TEST_CASE("who refuses is passed over: the session moves, and its datagrams are sent again in their order", "[integration][udp][servers]") {
  udp_peer a;
  const std::uint16_t dead = refusing_port();
  std::atomic<int> told{0};
  udp_fixture edge(udp_options(), [&](const std::string& id, const std::string&) { told += id.ends_with(":" + std::to_string(dead)); });
  edge.to({udp_task(dead, 1), udp_task(a.port(), 2)}, by_failover);
  udp_peer client;
  for (const char* const text : {"1", "2", "3"}) client.send(edge.port, text);
  for (const char* const text : {"1", "2", "3"}) CHECK(a.receive() == text);
  CHECK(a.is_silent(20ms));
  a.answer("!");
  CHECK(client.receive() == "!");
  CHECK(told > 0);
  CHECK(edge.stats().udp_sessions == 1);
}

TEST_CASE("a server that refuses three times is left alone for a while", "[integration][udp][servers]") {
  udp_peer a;
  const std::uint16_t dead = refusing_port();
  udp_fixture edge;
  edge.to({udp_task(dead, 1), udp_task(a.port(), 2)}, by_failover);
  for (int i = 0; i < 5; ++i) {
    udp_peer client;
    REQUIRE(exchange(client, edge.port, a) == "!");
  }
  const proxy::stats now = edge.stats();
  CHECK(now.ejections == 1);
  CHECK(now.udp_refused == 3);
}

TEST_CASE("what was sent before a server failed does not speak for it", "[integration][udp][servers]") {
  udp_peer a, b, early;
  udp_fixture edge;
  edge.to({udp_task(a.port(), 1), udp_task(b.port(), 2)}, by_failover);
  early.send(edge.port, "x");
  REQUIRE(a.receive() == "x");
  const test_clock::time_point sent = test_clock::now();
  a.close();
  for (int i = 0; i < 2; ++i) {
    udp_peer client;
    REQUIRE(exchange(client, edge.port, b) == "!");
  }
  CHECK(edge.stats().ejections == 0);
  REQUIRE(eventually([&] { return since(sent) > 1'100ms; }));  // longer ago than a refusal takes
  early.send(edge.port, "y");
  CHECK(b.receive() == "y");
  CHECK(edge.stats().ejections == 1);  // the third in a row
}

TEST_CASE("a session that was answered moves as well, but nothing is sent twice", "[integration][udp][servers]") {
  udp_peer b;
  auto a = std::make_unique<udp_peer>();
  udp_fixture edge;
  edge.to({udp_task(a->port(), 1), udp_task(b.port(), 2)}, by_failover);
  udp_peer client;
  REQUIRE(exchange(client, edge.port, *a) == "!");
  a.reset();
  client.send(edge.port, "refused");
  CHECK(eventually([&] { return edge.stats().udp_refused == 1; }));
  client.send(edge.port, "moved");
  CHECK(b.receive() == "moved");
}

TEST_CASE("where there is nobody else refused datagrams are dropped, and the session lives on", "[integration][udp][servers]") {
  auto a = std::make_unique<udp_peer>();
  const std::uint16_t port = a->port();
  udp_fixture edge;
  edge.to({udp_task(port)});
  udp_peer client;
  REQUIRE(exchange(client, edge.port, *a) == "!");
  const std::uint16_t session = a->from().port();
  a.reset();
  for (std::uint64_t i = 1; i <= 5; ++i) {
    client.send(edge.port, "lost");
    REQUIRE(eventually([&] { return edge.stats().udp_refused == i; }));
  }
  CHECK(edge.stats().udp_sessions == 1);
  udp_peer again("127.0.0.1", port);
  CHECK(exchange(client, edge.port, again) == "!");
  CHECK(again.from().port() == session);
}

TEST_CASE("a session moves once: the second refusal ends the search", "[integration][udp][servers]") {
  udp_peer c;
  const std::uint16_t one = refusing_port();
  udp_fixture edge;
  std::uint16_t two = refusing_port();
  while (two == one) two = refusing_port();
  edge.to({udp_task(one, 1), udp_task(two, 2), udp_task(c.port(), 3)}, [](model::udp_service& s) {
    s.scheduling.policy = model::scheduler::weighted_failover;
    s.servers[0].weight = 9;
    s.servers[1].weight = 8;
  });
  udp_peer client;
  client.send(edge.port, "x");
  CHECK(eventually([&] { return edge.stats().udp_refused == 2; }));
  CHECK(c.is_silent(50ms));
  CHECK(edge.stats().udp_sessions == 1);
}

TEST_CASE("a session that nobody answers may move again when nothing was refused for a second", "[integration][udp][servers]") {
  const std::uint16_t dead = refusing_port();
  auto b = std::make_unique<udp_peer>();
  udp_peer c, client;
  udp_fixture edge;
  edge.to({udp_task(dead, 1, "t1"), udp_task(b->port(), 2, "t2")}, by_failover);
  client.send(edge.port, "1");
  REQUIRE(b->receive() == "1");  // it has moved
  edge.to({udp_task(b->port(), 2, "t2"), udp_task(c.port(), 3, "t3")}, by_failover);
  const auto begin = test_clock::now();
  REQUIRE(eventually([&] { return since(begin) > 1'100ms; }));
  client.send(edge.port, "2");
  REQUIRE(b->receive() == "2");
  b.reset();
  client.send(edge.port, "3");
  // What was sent within the last second goes to the next one.
  CHECK(c.receive() == "2");
  CHECK(c.receive() == "3");
}

TEST_CASE("a server that leaves gets nobody new, and keeps the dialogues that it has", "[integration][udp][servers][leaving]") {
  udp_peer a, b, old, silent;
  udp_fixture edge;
  const model::server ta = udp_task(a.port(), 1, "t1"), tb = udp_task(b.port(), 2, "t2");
  edge.to({ta});
  REQUIRE(exchange(old, edge.port, a) == "!");
  silent.send(edge.port, "log line");
  REQUIRE(a.receive() == "log line");
  edge.to({leaving(ta), tb});
  for (int i = 0; i < 3; ++i) {
    udp_peer client;
    CHECK(exchange(client, edge.port, b) == "!");
  }
  CHECK(exchange(old, edge.port, a) == "!");
  // Nobody has answered this one: it goes at once, so that nothing is lost with the task.
  silent.send(edge.port, "log line");
  CHECK(b.receive() == "log line");
}

TEST_CASE("the only server serves until it is gone", "[integration][udp][servers][leaving]") {
  udp_peer a, silent;
  udp_fixture edge;
  edge.to({udp_task(a.port(), 1, "t1")});
  silent.send(edge.port, "1");
  REQUIRE(a.receive() == "1");
  edge.to({leaving(udp_task(a.port(), 1, "t1"))});
  silent.send(edge.port, "2");
  CHECK(a.receive() == "2");
}

TEST_CASE("when the task is gone its sessions move with the next datagram, to the next one of its slot", "[integration][udp][servers][leaving]") {
  udp_peer a, b, c;
  udp_fixture edge(udp_options(2));
  edge.to({udp_task(a.port(), 1, "t1"), udp_task(b.port(), 2, "t2")});
  std::vector<udp_peer> clients;
  std::vector<int> had;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back();
    clients.back().send(edge.port, "x");
    had.push_back(next({&a, &b}));
  }
  edge.to({udp_task(c.port(), 1, "t3"), udp_task(b.port(), 2, "t2")});
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].send(edge.port, "y");
    CHECK(next({&a, &b, &c}) == (had[i] == 0 ? 2 : 1));
  }
  CHECK(edge.stats().udp_sessions == 8);
}

TEST_CASE("options that change leave sessions where they are; a service that goes ends them", "[integration][udp][servers][leaving]") {
  udp_peer a, b, client;
  udp_fixture edge;
  edge.to({udp_task(a.port(), 1, "t1"), udp_task(b.port(), 2, "t2")}, by_failover);
  REQUIRE(exchange(client, edge.port, a) == "!");
  SECTION("scheduler, weight 0") {
    edge.to({udp_task(a.port(), 1, "t1"), udp_task(b.port(), 2, "t2")}, [](model::udp_service& s) { s.servers[0].weight = 0; });
    CHECK(exchange(client, edge.port, a) == "!");
    udp_peer another;
    CHECK(exchange(another, edge.port, b) == "!");
  }
  SECTION("the service") {
    edge.publish({});
    client.send(edge.port, "lost");
    CHECK(eventually([&] { return edge.stats().udp_dropped_route == 1; }));
    CHECK(edge.stats().udp_sessions == 0);
    CHECK(a.is_silent(20ms));
  }
}

TEST_CASE("persistence and mh bring a client back to its server, from any port", "[integration][udp][servers][persistence]") {
  udp_peer a, b;
  udp_fixture edge(udp_options(2));
  const bool by_hash = GENERATE(false, true);
  edge.to({udp_task(a.port(), 1, "t1"), udp_task(b.port(), 2, "t2")}, [&](model::udp_service& s) {
    if (by_hash) s.scheduling = {model::scheduler::maglev_hash};
    else s.persistence.emplace().timeout = 60s;
  });
  std::map<int, int> had;
  for (int i = 0; i < 10; ++i) {
    udp_peer client;
    client.send(edge.port, "x");
    ++had[next({&a, &b})];
  }
  CHECK(had.size() == 1);
  CHECK(had.begin()->first >= 0);
}

TEST_CASE("a drain waits for answers that are under way, and serves whoever comes meanwhile", "[integration][udp][servers][drain]") {
  udp_peer a, client, late;
  udp_fixture edge;
  edge.to({udp_task(a.port())});
  client.send(edge.port, "?");
  REQUIRE(a.receive() == "?");
  const udp_address asked = a.from();
  std::string met;
  const auto begin = test_clock::now();
  std::thread server([&] {
    eventually([&] { return since(begin) > 100ms; });
    met = exchange(late, edge.port, a);
    a.send_to(asked, "!");
  });
  CHECK(edge.server->drain(10s));
  CHECK(since(begin) >= 100ms);
  CHECK(since(begin) < patience(900ms));
  server.join();
  CHECK(met == "!");
  CHECK(client.receive() == "!");
}

TEST_CASE("a drain does not wait for sessions that nobody asks", "[integration][udp][servers][drain]") {
  udp_peer a, client;
  udp_fixture edge;
  edge.to({udp_task(a.port())});
  REQUIRE(exchange(client, edge.port, a) == "!");
  const auto begin = test_clock::now();
  CHECK(edge.server->drain(10s));
  CHECK(since(begin) < patience(500ms));
}
