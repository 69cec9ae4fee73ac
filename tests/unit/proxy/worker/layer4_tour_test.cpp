// A tour of relayed connections that come and go meanwhile.
#include "worker/layer4_tour.hpp"

#include "io/loop.hpp"

#include "catch.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::proxy;

namespace {

struct fake_link final : upstream::client_link {
  void server_gone() noexcept override {}
  void end_at(io::time_ms) noexcept override {}
  void count_traffic(bool) noexcept override {}
  std::size_t describe(layer4_connection&) const override { return 0; }
};

/// Three servers: with five connections, without any, never asked for TCP; and two more connections at the last one.
struct place {
  place() {
    for (unsigned i = 0; i < 4; ++i) {
      plan::server s;
      s.id = i;
      s.key = "server" + std::to_string(i);
      servers.push_back(new upstream::endpoint(loop, s));
      if (i != 2) servers[i]->layer4 = std::make_unique<upstream::layer4_state>(std::make_shared<schedule::connection_counts>(1), 0);
    }
    servers.push_back(nullptr);
    for (unsigned i = 0; i < 7; ++i) servers[i < 5 ? 0 : 3]->layer4->enter(links[i]);
  }
  ~place() {
    for (fake_link* c : left()) (c < &links[5] ? servers[0] : servers[3])->layer4->leave(*c);
    for (upstream::endpoint* e : servers)
      if (e) e->depart();
  }
  std::vector<fake_link*> left() {
    std::vector<fake_link*> out;
    for (fake_link& c : links)
      if (c.previous_link) out.push_back(&c);
    return out;
  }

  io::loop loop;
  fake_link links[7];
  std::vector<upstream::endpoint*> servers;
};

std::vector<upstream::client_link*> all_of(layer4_tour& tour, place& p, std::size_t most) {
  std::vector<upstream::client_link*> out;
  const auto see = [&](upstream::client_link& c) { out.push_back(&c); };
  while (tour.next(p.servers, see, most)) {
  }
  return out;
}

}  // namespace

TEST_CASE("each connection is visited once, whatever fits into a turn", "[unit][proxy][worker]") {
  place p;
  const std::size_t most = GENERATE(1, 2, 5, 7, 1'000);
  layer4_tour tour;
  const auto seen = all_of(tour, p, most);
  CHECK(seen.size() == 7);
  for (fake_link& c : p.links) CHECK(std::count(seen.begin(), seen.end(), &c) == 1);
}

TEST_CASE("who ends or begins between two turns does not lead the tour astray", "[unit][proxy][worker]") {
  place p;
  layer4_tour tour;
  std::vector<upstream::client_link*> seen;
  const auto see = [&](upstream::client_link& c) { seen.push_back(&c); };
  CHECK(tour.next(p.servers, see, 2));  // the newest come first
  CHECK(seen == std::vector<upstream::client_link*>{&p.links[4], &p.links[3]});
  SECTION("the next one ends") {
    p.servers[0]->layer4->leave(p.links[2]);
    CHECK(all_of(tour, p, 2).size() == 4);
  }
  SECTION("all of its server end") {
    for (int i : {2, 4, 0, 1, 3}) p.servers[0]->layer4->leave(p.links[i]);
    CHECK(all_of(tour, p, 2) == std::vector<upstream::client_link*>{&p.links[6], &p.links[5]});
  }
  SECTION("its server goes, and another has its number") {
    for (int i : {2, 4, 0, 1, 3}) p.servers[0]->layer4->leave(p.links[i]);
    p.servers[0]->depart();
    p.servers[0] = nullptr;
    CHECK(all_of(tour, p, 2).size() == 2);
  }
  SECTION("one begins") {
    p.servers[0]->layer4->leave(p.links[4]);
    p.servers[0]->layer4->enter(p.links[4]);
    CHECK(all_of(tour, p, 2).size() == 5);
  }
}

TEST_CASE("a tour that was given up does not hinder the next", "[unit][proxy][worker]") {
  place p;
  layer4_tour first;
  CHECK(first.next(
      p.servers, [](upstream::client_link&) {}, 3));
  layer4_tour second;
  CHECK(all_of(second, p, 100).size() == 7);
}
