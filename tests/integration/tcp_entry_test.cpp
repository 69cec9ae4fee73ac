// Who may come in at a TCP entry point, and what is told of whom: white lists, limits, the PROXY protocol in and out.
#include "tcp_fixture.hpp"

#include "catch.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

template <class Change>
proxy::options entry_with(Change&& change) {
  proxy::options o = tcp_options();
  change(o.entry_points[0]);
  return o;
}

proxy::options trusting() {
  return entry_with([](proxy::entry_point& e) { e.proxy_protocol.ranges = {"127.0.0.0/8"}; });
}

std::string own_port(const raw_socket& s) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  ::getsockname(s.descriptor(), reinterpret_cast<sockaddr*>(&at), &size);
  return std::to_string(ntohs(at.sin_port));
}

const auto with_v1 = [](model::tcp_service& s) { s.proxy_protocol = 1; };

}  // namespace

TEST_CASE("who is not in the entry point's white list is reset at once", "[integration][tcp][entry]") {
  listening a;
  const bool listed = GENERATE(false, true);
  tcp_fixture edge(entry_with([&](proxy::entry_point& e) { e.white_list = {{listed ? "127.0.0.0/8" : "10.0.0.0/8"}, false}; }));
  edge.to({tcp_task(a.port())});
  raw_socket client = edge.connect();
  if (listed) {
    CHECK(a.accept().is_open());
  } else {
    CHECK(client.wait_end() == peer_end::reset);
    CHECK_FALSE(a.has_guest(0ms));
    CHECK(edge.stats().tcp_refused_white_list == 1);
    CHECK(edge.is_quiet());
  }
}

TEST_CASE("a router has a white list of its own", "[integration][tcp][entry]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())}, {}, [](model::tcp_router& r) { r.white_list = {"10.0.0.0/8"}; });
  CHECK(edge.connect().wait_end() == peer_end::reset);
  CHECK_FALSE(a.has_guest(0ms));
  CHECK(edge.stats().tcp_refused_white_list == 1);
}

TEST_CASE("over the entry point's limit the client is reset, and others are served when somebody has left", "[integration][tcp][entry]") {
  listening a;
  tcp_fixture edge(entry_with([](proxy::entry_point& e) { e.max_connections = 2; }));
  edge.to({tcp_task(a.port())});
  std::vector<passage> open;
  open.emplace_back(edge, a);
  open.emplace_back(edge, a);
  CHECK(edge.connect().wait_end() == peer_end::reset);
  CHECK(edge.stats().tcp_refused_limit == 1);
  open.pop_back();
  CHECK(eventually([&] { return edge.stats().connections_open == 1; }));
  CHECK(passage(edge, a).server.is_open());
}

TEST_CASE("without a route a client is reset", "[integration][tcp][entry]") {
  tcp_fixture edge;
  edge.publish({});
  CHECK(edge.connect().wait_end() == peer_end::reset);
  CHECK(edge.stats().tcp_refused_route == 1);
}

TEST_CASE("a server is told of the client before its first byte", "[integration][tcp][entry][proxy_header]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())}, with_v1);
  passage p(edge, a);
  const std::string line = "PROXY TCP4 127.0.0.1 127.0.0.1 " + own_port(p.client) + " " + std::to_string(edge.port) + "\r\n";
  CHECK(p.server.read_until("\n") == line);
  p.client.send("hello");
  CHECK(p.server.read_exactly(5) == "hello");
}

TEST_CASE("what a trusted peer's header tells is passed on", "[integration][tcp][entry][proxy_header]") {
  listening a;
  tcp_fixture edge(trusting());
  edge.to({tcp_task(a.port())}, with_v1);
  raw_socket client = edge.connect();
  std::string line, first = "hello";
  SECTION("version 1, with the first bytes") {
    client.send("PROXY TCP4 203.0.113.7 198.51.100.1 40000 5432\r\nhello");
    line = "PROXY TCP4 203.0.113.7 198.51.100.1 40000 5432\r\n";
  }
  SECTION("version 2, byte by byte") {
    const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc6\x33\x64\x01\x9c\x40\x15\x38", 28);
    for (const char c : header) client.send(std::string(1, c));
    client.send("hello");
    line = "PROXY TCP4 203.0.113.7 198.51.100.1 40000 5432\r\n";
  }
  SECTION("UNKNOWN: the connection's own addresses") {
    client.send("PROXY UNKNOWN\r\nhello");
    line = "PROXY TCP4 127.0.0.1 127.0.0.1 " + own_port(client) + " " + std::to_string(edge.port) + "\r\n";
  }
  SECTION("none: what begins otherwise is the client's") {
    client.send("hello");
    line = "PROXY TCP4 127.0.0.1 127.0.0.1 " + own_port(client) + " " + std::to_string(edge.port) + "\r\n";
  }
  raw_socket server = a.accept();
  CHECK(server.read_until("\n") == line);
  CHECK(server.read_exactly(5) == "hello");
}

TEST_CASE("a trusted peer that is silent has no header, so its server may speak first", "[integration][tcp][entry][proxy_header]") {
  listening a;
  tcp_fixture edge(trusting());
  edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.peek = 200ms; });
  passage p(edge, a);
  REQUIRE(p.server.is_open());
  p.server.send("220 ready\r\n");
  CHECK(p.client.read_until("\n") == "220 ready\r\n");
}

TEST_CASE("half a header, or a wrong one, is a reset", "[integration][tcp][entry][proxy_header]") {
  listening a;
  tcp_fixture edge(trusting());
  edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.peek = 200ms; });
  raw_socket client = edge.connect();
  client.send(GENERATE("PROXY TCP4 203.0.1", "PROXY TCP4 x y 1 2\r\n"));
  CHECK(client.wait_end() == peer_end::reset);
  CHECK_FALSE(a.has_guest(0ms));
  CHECK(edge.stats().tcp_refused_header == 1);
  CHECK(edge.is_quiet());
}

TEST_CASE("a white list is asked of the client that a trusted header names", "[integration][tcp][entry][proxy_header]") {
  listening a;
  tcp_fixture edge(entry_with([](proxy::entry_point& e) {
    e.proxy_protocol.everyone = true;
    e.white_list = {{"203.0.113.0/24"}, false};
  }));
  edge.to({tcp_task(a.port())});
  raw_socket in = edge.connect(), out = edge.connect();
  in.send("PROXY TCP4 203.0.113.7 198.51.100.1 40000 5432\r\n");
  CHECK(a.accept().is_open());
  out.send("PROXY TCP4 203.0.114.7 198.51.100.1 40000 5432\r\n");
  CHECK(out.wait_end() == peer_end::reset);
}

TEST_CASE("a connection that ends without a word is counted as somebody's check", "[integration][tcp][entry]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())});
  {
    passage p(edge, a);
    if (GENERATE(true, false)) p.client.reset();
    else p.client.close();
    p.server.close();
  }
  CHECK(edge.is_quiet());
  CHECK(edge.stats().tcp_checks == 1);
}

TEST_CASE("many idle connections hold little memory", "[integration][tcp][memory]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())});
  const auto resident = [] {
    long pages = 0, of = 0;
    FILE* const f = std::fopen("/proc/self/statm", "r");
    if (f == nullptr || std::fscanf(f, "%ld %ld", &pages, &of) != 2) std::abort();
    std::fclose(f);
    return static_cast<double>(of) * 4096;
  };
  std::vector<passage> warm;
  for (int i = 0; i < 100; ++i) warm.emplace_back(edge, a);
  // The test's own ends cost memory of the kernel's, not of this process, but for a small object each.
  constexpr int many = 4'000;  // four descriptors each
  std::vector<passage> open;
  open.reserve(many);
  const double before = resident();
  for (int i = 0; i < many; ++i) open.emplace_back(edge, a);
  CHECK(edge.stats().connections_open == many + 100);
  const double each = (resident() - before) / many;
  CAPTURE(each);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  CHECK(each < 8'000);  // with what these remember of each block
#else
  CHECK(each < 1'100 + sizeof(passage));
#endif
}

TEST_CASE("connections are counted by service and server, as they were on the wire", "[integration][tcp][figures]") {
  listening a, b;
  tcp_fixture edge(tcp_options(2));
  edge.to({tcp_task(a.port(), 1), tcp_task(b.port(), 2)}, [](model::tcp_service& s) {
    s.scheduling.policy = model::scheduler::weighted_failover;
    s.servers[0].weight = 2;
  });
  {
    passage p(edge, a);  // one byte from the server
    p.client.send(std::string(74, 'x'));
    REQUIRE(p.server.read_exactly(74) == std::string(74, 'x'));
    {
      const proxy::layer4_figures f = edge.server->read_layer4();
      REQUIRE(f.tcp.size() == 1);
      CHECK(f.tcp[0].key == "docker/pg");
      CHECK(f.tcp[0].open == 1);
      CHECK(f.tcp[0].servers[0].active == 1);
      CHECK(f.tcp[0].servers[0].inactive == 0);
    }
    p.client.half_close();
    CHECK(p.server.wait_end() == peer_end::fin);
    CHECK(eventually([&] { return edge.server->read_layer4().tcp[0].servers[0].inactive == 1; }));
    p.server.close();
    CHECK(p.client.wait_end() == peer_end::fin);
  }
  REQUIRE(edge.is_quiet());
  const proxy::layer4_figures f = edge.server->read_layer4();
  const proxy::layer4_service_figures& s = f.tcp.at(0);
  CHECK(s.open == 0);
  CHECK(s.counts.connections == 1);
  REQUIRE(s.servers.size() == 2);
  CHECK(s.servers[0].address == "127.0.0.1:" + std::to_string(a.port()));
  CHECK(s.servers[0].source->origin.slot == 1);
  CHECK(s.servers[0].weight == 2);
  CHECK(s.servers[0].counts.connections == 1);
  CHECK(s.servers[0].active + s.servers[0].inactive == 0);
  CHECK(s.servers[1].counts.connections == 0);
  // SYN, ACK, data, ACK of the byte, FIN, ACK of the FIN: 74 bytes and 52 of headers in each segment, 8 more in the first.
  CHECK(s.counts.packets_in >= 5);
  CHECK(s.counts.packets_in <= 6);
  CHECK(s.counts.bytes_in == 74 + 52 * s.counts.packets_in + 8);
  CHECK(s.counts.bytes_out == 1 + 52 * s.counts.packets_out + 8);
  CHECK(s.counts.bytes_in == s.servers[0].counts.bytes_in);
}
