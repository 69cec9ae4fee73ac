// What is scarce: connections, memory, descriptors. One service, or one crowd, must not take them from the others.
#include "hanging_server.hpp"
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

/// Answers /slow only once it is let go.
class slow_service {
 public:
  fake_server::script script() {
    return [this](fake_server::connection& c, recorded& r) {
      if (r.line().find("/slow") != std::string::npos) {
        ++there;
        eventually([&] { return open.load(); });
      }
      return c.peer.send(ok("x"));
    };
  }
  std::atomic<int> there{0};
  std::atomic<bool> open{false};
};

void ask(raw_socket& c, const std::string& host, const std::string& path) { c.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"); }

}  // namespace

TEST_CASE("a service that hangs takes three quarters of the connections, not all", "[integration][proxy][overload]") {
  slow_service g;
  fake_server hanging(g.script()), well;
  auto o = default_options();
  o.limits.max_connections = 4;
  proxy_fixture edge(o);
  std::vector<raw_socket> stuck;
  SECTION("beside another") {
    edge.publish({{"Host:hanging", {server_on(hanging.port())}}, {"Host:well", {server_on(well.port())}}});
    for (int i = 0; i < 3; ++i) {
      stuck.push_back(edge.connect());
      ask(stuck.back(), "hanging", "/slow");
    }
    REQUIRE(eventually([&] { return g.there == 3; }));
    raw_socket fourth = edge.connect();
    ask(fourth, "hanging", "/slow");
    const answer refused = read_answer(fourth);
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "1");
    ask(fourth, "well", "/");  // the connection goes on, and the others notice nothing
    CHECK(read_answer(fourth).status == 200);
    CHECK(g.there == 3);
    g.open = true;
    for (raw_socket& s : stuck) CHECK(read_answer(s).status == 200);
    ask(fourth, "hanging", "/slow");
    CHECK(read_answer(fourth).status == 200);
  }
  SECTION("alone it may have them all") {
    edge.publish({{"Host:hanging", {server_on(hanging.port())}}});
    for (int i = 0; i < 4; ++i) {
      stuck.push_back(edge.connect());
      ask(stuck.back(), "hanging", "/slow");
    }
    CHECK(eventually([&] { return g.there == 4; }));
    g.open = true;
    for (raw_socket& s : stuck) CHECK(read_answer(s).status == 200);
  }
}

TEST_CASE("memory that connections hold: nobody new above 80 percent", "[integration][proxy][overload][memory]") {
  fake_server a;
  auto o = default_options();
  o.limits.memory_bytes = 10 * 10 * 3 * 1024;  // the process itself takes more: a tenth is left, for ten idle connections
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> in;
  for (int i = 0; i < 8; ++i) {
    in.push_back(edge.connect());
    in.back().send(get_root);
    REQUIRE(read_answer(in.back()).status == 200);
  }
  raw_socket late = edge.connect();  // into the kernel's queue
  late.send(get_root);
  in[0].send(get_root);
  CHECK(read_answer(in[0]).status == 200);  // who is in is served
  CHECK_FALSE(late.receive(250ms));
  CHECK(edge.stats().connections_open == 8);
  in.resize(6);
  CHECK(read_answer(late).status == 200);
}

TEST_CASE("memory that connections hold: above 90 percent who waits gives way, who comes gets 503", "[integration][proxy][overload][memory]") {
  slow_service g;
  fake_server a(g.script());
  auto o = default_options();
  o.limits.memory_bytes = 10 * 10 * 3 * 1024;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> in;
  for (int i = 0; i < 7; ++i) in.push_back(edge.connect());
  REQUIRE(eventually([&] { return edge.stats().connections_open == 7; }));
  for (int i = 0; i < 6; ++i) ask(in[static_cast<std::size_t>(i)], "h", "/slow");  // 2 KiB more for each
  REQUIRE(eventually([&] { return g.there == 6; }));
  raw_socket late = edge.connect();
  const answer refused = read_answer(late);
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "1");
  CHECK(in[6].wait_end() == peer_end::fin);
  g.open = true;
  for (int i = 0; i < 6; ++i) CHECK(read_answer(in[static_cast<std::size_t>(i)]).status == 200);
  CHECK(edge.get().status == 200);
}

TEST_CASE("idle connections to servers give way to those that are needed", "[integration][proxy][overload][descriptors]") {
  fake_server a, b;
  auto o = default_options();
  o.limits.max_connections = 3;
  proxy_fixture edge(o);
  edge.publish({{"Host:a", {server_on(a.port())}}, {"Host:b", {server_on(b.port())}}});
  std::vector<raw_socket> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(edge.connect());
  for (int round = 0; round < 3; ++round)
    for (const std::string host : {"a", "b"}) {
      for (raw_socket& c : clients) ask(c, host, "/");
      for (raw_socket& c : clients) CHECK(read_answer(c).status == 200);
      CHECK(eventually([&] { return a.open_connections() + b.open_connections() <= 3; }));
    }
}

TEST_CASE("bodies are copied when there are no descriptors for pipes", "[integration][proxy][overload][descriptors]") {
  const std::string large(3'000'000, 'l');
  fake_server a(always(ok(large)));
  auto o = default_options();
  o.limits.max_connections = 1;  // four descriptors in all: client, server and nothing for a pipe
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket c = edge.connect();
  for (int i = 0; i < 3; ++i) {
    c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
    c.send(large);
    const answer r = read_answer(c);
    CHECK(r.status == 200);
    CHECK((r.body == large));
  }
  REQUIRE(a.request_count() == 3);
  CHECK((a.requests().back().body == large));
}

TEST_CASE("an idle client that gives way frees its descriptor at once: one goes for one that comes", "[integration][proxy][overload][descriptors]") {
  hanging_server dead;
  fake_server well;
  auto o = default_options();
  o.limits.max_connections = 20;
  proxy_fixture edge(o);
  edge.publish({{"Host:dead", {server_on(dead.port())}}, {"Host:well", {server_on(well.port())}}});
  // Three descriptors each: the client's, and two sockets that ask a server which does not answer.
  std::vector<raw_socket> connecting, idle;
  for (int i = 0; i < 12; ++i) {
    connecting.push_back(edge.connect());
    ask(connecting.back(), "dead", "/");
  }
  REQUIRE(eventually([&] {
    const auto s = edge.stats();
    return s.hedges == 3 * 12 && s.descriptors + 4 == s.descriptors_most;
  }));
  for (int i = 0; i < 4; ++i) {
    idle.push_back(edge.connect());
    REQUIRE(eventually([&] { return edge.stats().waiting_idle == idle.size(); }));
  }
  raw_socket fresh = edge.connect();
  ask(fresh, "well", "/");
  CHECK(read_answer(fresh).status == 200);
  const auto stats = edge.stats();
  CHECK(stats.gave_way_idle == 2);  // for the client, and for its server
  CHECK(stats.turned_away == 0);
  CHECK(idle[0].wait_end() == peer_end::fin);  // who has waited longest
  CHECK(idle[1].wait_end() == peer_end::fin);
  CHECK(stats.waiting_idle == 3);  // the other two, and who was served
}
