// Servers that cannot be reached and servers that are checked: who is asked how often, what is kept across tables.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <dirent.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <set>

using namespace waggle::test;

namespace {

/// Sockets of this process that are connected to a port.
std::vector<int> sockets_to(std::uint16_t port) {
  std::vector<int> out;
  DIR* const all = ::opendir("/proc/self/fd");
  while (const dirent* const e = ::readdir(all)) {
    sockaddr_in to{};
    socklen_t size = sizeof to;
    const int fd = std::atoi(e->d_name);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&to), &size) == 0 && to.sin_family == AF_INET && ntohs(to.sin_port) == port) out.push_back(fd);
  }
  ::closedir(all);
  return out;
}

}  // namespace

TEST_CASE("a dead server is left alone, probed, and taken back", "[integration][proxy][health]") {
  std::uint16_t port = 0;
  {
    dead_port free;
    port = free.port();
  }
  fake_server well(always(ok("well")));
  proxy_fixture edge;
  edge.to({server_on(port), server_on(well.port())});
  const auto begin = test_clock::now();
  for (int i = 0; i < 200; ++i) CHECK(edge.get().body == "well");
  const auto seconds = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(test_clock::now() - begin).count());
  const auto stats = edge.stats();
  CHECK(stats.ejections == 1);
  CHECK(edge.figures_of(port).connect_failures >= 3);
  CHECK(edge.figures_of(port).connect_failures <= 3 + 1 + seconds);  // held down 1 s, then single probes
  fake_server back(always(ok("back")), true, port);
  CHECK(eventually([&] { return edge.get().body == "back"; }, patience(20s)));
  int backs = 0;
  for (int i = 0; i < 20; ++i) backs += edge.get().body == "back";
  CHECK(backs == 10);  // its full share
}

TEST_CASE("the last server is never ejected", "[integration][proxy][health]") {
  std::uint16_t port = 0;
  {
    dead_port free;
    port = free.port();
  }
  proxy_fixture edge;
  edge.to({server_on(port)});
  for (int i = 0; i < 20; ++i) CHECK(edge.get().status == 502);
  CHECK(edge.figures_of(port).connect_failures == 20);
  fake_server back(always(ok("back")), true, port);
  CHECK(edge.get().body == "back");  // no waiting for the end of a hold-down
}

TEST_CASE("a dead node is noticed with data in flight: TCP_USER_TIMEOUT", "[integration][proxy][health]") {
  fake_server s;
  proxy_fixture edge;
  edge.to({server_on(s.port())});
  CHECK(edge.get().status == 200);
  const std::vector<int> sockets = sockets_to(s.port());
  REQUIRE(sockets.size() == 1);
  unsigned timeout = 0;
  socklen_t size = sizeof timeout;
  REQUIRE(::getsockopt(sockets[0], IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size) == 0);
  CHECK(timeout == 3'000);
}

TEST_CASE("health is a task's: a change to the service neither restarts nor forgets it", "[integration][proxy][health]") {
  const auto script = [](bool healthy, std::string name) {
    return [healthy, name](fake_server::connection& c, recorded& r) {
      if (r.line() != "GET /health HTTP/1.1") return c.peer.send(ok(name));
      return c.peer.send(healthy ? ok("") : "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    };
  };
  fake_server sick(script(false, "sick")), well(script(true, "well")), third(script(true, "third"));
  proxy_fixture edge;
  const auto publish = [&](std::vector<waggle::model::server> servers, const std::string& interval = "1h") {
    site s{"PathPrefix:/", std::move(servers)};
    s.health = waggle::model::health_check{"", "/health", 0, interval, "", {}};
    edge.publish({s});
  };
  publish({server_on(sick.port()), server_on(well.port())});
  REQUIRE(eventually([&] { return sick.request_count() >= 1 && well.request_count() >= 1; }));  // probes
  REQUIRE(eventually([&] { return edge.get().body == "well" && edge.get().body == "well"; }));
  const auto probes = [](const fake_server& s) {
    std::size_t n = 0;
    for (const auto& r : s.requests()) n += r.line() == "GET /health HTTP/1.1";
    return n;
  };
  REQUIRE(probes(sick) == 1);
  const auto sicks = sick.request_count();
  publish({server_on(sick.port()), server_on(well.port()), server_on(third.port())});
  auto heavier = server_on(well.port());
  heavier.weight = 3;
  publish({server_on(sick.port()), heavier, server_on(third.port())});
  REQUIRE(eventually([&] { return edge.get().body == "third"; }));
  std::set<std::string> seen;
  for (int i = 0; i < 12; ++i) seen.insert(edge.get().body);
  CHECK(seen == std::set<std::string>{"third", "well"});
  CHECK(probes(well) == 1);  // not asked again
  CHECK(probes(sick) == 1);
  publish({server_on(sick.port()), heavier, server_on(third.port())}, "2h");  // asked in a new rhythm: what is known stays
  for (int i = 0; i < 12; ++i) CHECK(edge.get().body != "sick");
  CHECK(sick.request_count() <= sicks + 1);
}
