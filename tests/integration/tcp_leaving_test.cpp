// What TCP connections see when their server's task leaves, when labels change, and when waggle itself stops.
#include "tcp_fixture.hpp"

#include "catch.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

std::vector<model::server> leaving(std::vector<model::server> all, std::size_t which) {
  all[which].leaving = true;
  return all;
}

bool lives(passage& p) {
  p.client.send("?");
  if (p.server.read_exactly(1) != "?") return false;
  p.server.send("!");
  return p.client.read_exactly(1) == "!";
}

}  // namespace

TEST_CASE("a server that leaves gets nobody new, and keeps whom it has", "[integration][tcp][leaving]") {
  listening a, b;
  tcp_fixture edge;
  const std::vector<model::server> both{tcp_task(a.port(), 1, "t1"), tcp_task(b.port(), 2, "t2")};
  edge.to({both[0]});
  passage old(edge, a);
  edge.to(leaving(both, 0));
  for (int i = 0; i < 4; ++i) CHECK(passage(edge, b).server.is_open());
  CHECK(lives(old));
}

TEST_CASE("when the task is gone its clients are reset at once", "[integration][tcp][leaving]") {
  listening a, b;
  tcp_fixture edge(tcp_options(2));
  edge.to({tcp_task(a.port(), 1, "t1")});
  std::vector<passage> old;
  for (int i = 0; i < 50; ++i) old.emplace_back(edge, a);
  const auto begin = test_clock::now();
  edge.to({tcp_task(b.port(), 1, "t2")});
  for (passage& p : old) CHECK(p.client.wait_end() == peer_end::reset);
  CHECK(since(begin) < patience(200ms));
  CHECK(edge.is_quiet());
}

TEST_CASE("labels that change, or go, touch new connections only", "[integration][tcp][leaving]") {
  listening a, b;
  tcp_fixture edge;
  edge.to({tcp_task(a.port(), 1, "t1")});
  passage old(edge, a);
  SECTION("another port of the same task") {
    model::server moved = tcp_task(b.port(), 1, "t1");
    edge.to({moved});
    CHECK(passage(edge, b).server.is_open());
  }
  SECTION("options") {
    edge.to({tcp_task(a.port(), 1, "t1")}, [](model::tcp_service& s) {
      s.timeouts.idle = 1ms;
      s.proxy_protocol = 2;
    });
  }
  SECTION("all of them") {
    edge.publish({});
    CHECK(edge.connect().wait_end() == peer_end::reset);
  }
  CHECK(lives(old));
}

TEST_CASE("a drain ends connections one after the other, the client's side first", "[integration][tcp][leaving]") {
  listening a, b;
  tcp_fixture edge;
  const auto drained = [](model::tcp_service& s) { s.drain = 1'000ms; };
  const std::vector<model::server> both{tcp_task(a.port(), 1, "t1"), tcp_task(b.port(), 2, "t2")};
  edge.to({both[0]}, drained);
  std::vector<passage> old;
  for (int i = 0; i < 10; ++i) old.emplace_back(edge, a);
  const auto begin = test_clock::now();
  edge.to(leaving(both, 0), drained);
  std::vector<std::chrono::milliseconds> ended(old.size(), 0ms);
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < old.size(); ++i)
    clients.emplace_back([&, i] {
      if (old[i].client.wait_end() == peer_end::fin) ended[i] = since(begin);
      old[i].client.close();
    });
  for (std::thread& t : clients) t.join();
  std::sort(ended.begin(), ended.end());
  CHECK(ended.front() < patience(300ms));
  CHECK(ended.back() >= 700ms);
  CHECK(ended.back() < patience(1'200ms));
  int early = 0;
  for (const auto t : ended) early += t > 0ms && t < 500ms;
  CHECK(early >= 3);
  CHECK(early <= 7);
  // The server's side sees a clean end as well.
  for (passage& p : old) CHECK(p.server.wait_end() == peer_end::fin);
  CHECK(edge.is_quiet());
}

TEST_CASE("a client that does not heed the drain is reset after a second", "[integration][tcp][leaving]") {
  listening a;
  tcp_fixture edge;
  const auto drained = [](model::tcp_service& s) { s.drain = 10ms; };
  edge.to({tcp_task(a.port(), 1, "t1")}, drained);
  passage old(edge, a);
  old.server.send("last");
  CHECK(old.client.read_exactly(4) == "last");
  edge.to(leaving({tcp_task(a.port(), 1, "t1")}, 0), drained);
  CHECK(old.client.wait_end() == peer_end::fin);
  CHECK(eventually([&] { return !old.client.send("x", 10ms); }));
  CHECK(edge.is_quiet());
}

TEST_CASE("waggle's own stop ends connections one after the other, and waits for them", "[integration][tcp][leaving]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())});
  std::vector<passage> old;
  for (int i = 0; i < 4; ++i) old.emplace_back(edge, a);
  const auto begin = test_clock::now();
  std::thread clients([&] {
    for (passage& p : old) {
      p.client.wait_end();
      p.client.close();
    }
  });
  const bool clean = edge.server->drain(2'200ms);
  clients.join();
  CHECK(clean);
  CHECK(since(begin) >= 500ms);
  for (passage& p : old) CHECK(p.server.wait_end() == peer_end::fin);
}

TEST_CASE("what a stop finds is reset at its end", "[integration][tcp][leaving]") {
  listening a;
  auto edge = std::make_unique<tcp_fixture>();
  edge->to({tcp_task(a.port())});
  passage p(*edge, a);
  edge.reset();
  CHECK(p.client.wait_end() == peer_end::reset);
  CHECK(p.server.wait_end() == peer_end::reset);
}
