// Datagrams through the real proxy: each as it was, in its order, from the address that was asked.
#include "random.hpp"
#include "udp_fixture.hpp"

#include "catch.hpp"

#include <netinet/ip.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

std::string bytes_of(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>((i * 31 + seed * 7 + i / 251) & 0xff);
  return out;
}

/// Several datagrams of one size, sent with one call: the kernel hands them on as a bundle.
bool send_bundle(const udp_peer& from, std::uint16_t port, std::string bytes, std::uint16_t each) {
  const udp_address to("127.0.0.1", port);
  iovec one{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof each)] = {};
  msghdr m{};
  m.msg_name = const_cast<sockaddr*>(to.get());
  m.msg_namelen = to.size;
  m.msg_iov = &one;
  m.msg_iovlen = 1;
  m.msg_control = control;
  m.msg_controllen = sizeof control;
  cmsghdr* const c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = IPPROTO_UDP;
  c->cmsg_type = UDP_SEGMENT;
  c->cmsg_len = CMSG_LEN(sizeof each);
  std::memcpy(CMSG_DATA(c), &each, sizeof each);
  return ::sendmsg(from.descriptor(), &m, 0) == static_cast<ssize_t>(bytes.size());
}

proxy::options at_all_addresses(const std::string& address) {
  proxy::options o = udp_options();
  o.entry_points[0].address = address;
  return o;
}

}  // namespace

TEST_CASE("a question reaches the server, and its answer comes from the address that was asked", "[integration][udp][relay]") {
  udp_peer server, client;
  udp_fixture edge(udp_options(GENERATE(1u, 3u)));
  edge.to({udp_task(server.port())});
  for (int i = 0; i < 3; ++i) {
    CHECK(exchange(client, edge.port, server, "q" + std::to_string(i), "a" + std::to_string(i)) == "a" + std::to_string(i));
    CHECK(client.from().port() == edge.port);
    CHECK(client.from().ip() == "127.0.0.1");
  }
  CHECK(edge.stats().udp_sessions == 1);
}

TEST_CASE("every size of datagram passes whole, both ways, and so does an empty one", "[integration][udp][relay]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())});
  unsigned seed = 0;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{512}, std::size_t{1'472}, std::size_t{9'000}, std::size_t{65'507}}) {
    CAPTURE(size);
    const std::string question = bytes_of(size, ++seed), answer = bytes_of(size, ++seed);
    client.send(edge.port, question);
    const auto heard = server.receive();
    REQUIRE(heard);
    CHECK((*heard == question));
    server.answer(answer);
    const auto back = client.receive();
    REQUIRE(back);
    CHECK((*back == answer));
  }
}

TEST_CASE("bursts keep their order and their boundaries", "[integration][udp][relay]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())});
  REQUIRE(exchange(client, edge.port, server) == "!");
  const udp_address session = server.from();
  auto random = test::random(GENERATE(1u, 2u, 3u));
  std::vector<std::string> sent;
  for (unsigned i = 0; i < 60; ++i) {
    const std::size_t size = random.below(3) == 0 ? random.below(2'000) : 300;
    sent.push_back(bytes_of(size, i));
    client.send(edge.port, sent.back());
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    CAPTURE(i);
    CHECK((server.receive() == sent[i]));
  }
  for (const std::string& one : sent) server.send_to(session, one);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    CAPTURE(i);
    CHECK((client.receive() == sent[i]));
  }
}

TEST_CASE("a bundle arrives as the datagrams that it is made of", "[integration][udp][relay]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())});
  std::string all;
  for (unsigned i = 0; i < 10; ++i) all += bytes_of(i < 9 ? 1'200 : 77, i);
  REQUIRE(send_bundle(client, edge.port, all, 1'200));
  for (unsigned i = 0; i < 10; ++i) CHECK((server.receive() == bytes_of(i < 9 ? 1'200 : 77, i)));
  CHECK(server.is_silent(20ms));
}

TEST_CASE("clients of several sockets do not hear each other", "[integration][udp][relay]") {
  udp_peer server;
  udp_fixture edge(udp_options(2));
  edge.to({udp_task(server.port())});
  std::vector<udp_peer> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back();
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send(edge.port, std::to_string(i));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const auto question = server.receive();
    REQUIRE(question);
    server.answer("for " + *question);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) CHECK(clients[i].receive() == "for " + std::to_string(i));
  CHECK(edge.stats().udp_sessions == 100);
}

TEST_CASE("at all addresses the answer leaves from the one that was asked, IPv4 and IPv6", "[integration][udp][relay]") {
  udp_peer server;
  udp_fixture edge(at_all_addresses(GENERATE(":0", "0.0.0.0:0")));
  edge.to({udp_task(server.port())});
  const bool both = edge.server->bound_address("dns").starts_with("[::]");
  std::vector<std::pair<std::string, std::string>> pairs{{"127.0.0.1", "127.0.0.1"}, {"127.0.0.1", "127.0.0.2"}, {"127.0.0.3", "127.9.9.9"}};
  if (both) pairs.push_back({"::1", "::1"});
  for (const auto& [from, asked] : pairs) {
    CAPTURE(from, asked);
    udp_peer client(from);
    client.send_to({asked, edge.port}, "?");
    REQUIRE(server.receive() == "?");
    server.answer("!");
    REQUIRE(client.receive() == "!");
    CHECK(client.from().ip() == asked);
    CHECK(client.from().port() == edge.port);
  }
  // One client that asks two of our addresses has two sessions.
  udp_peer client;
  client.send_to({"127.0.0.1", edge.port}, "one");
  REQUIRE(server.receive() == "one");
  const std::uint16_t first = server.from().port();
  client.send_to({"127.0.0.2", edge.port}, "two");
  REQUIRE(server.receive() == "two");
  CHECK(server.from().port() != first);
}

TEST_CASE("a server on IPv6 is reached by clients on IPv4", "[integration][udp][relay]") {
  udp_peer server("::1"), client;
  udp_fixture edge;
  model::server task = udp_task(server.port());
  task.host = "::1";
  edge.to({task});
  CHECK(exchange(client, edge.port, server) == "!");
}

TEST_CASE("marks of congestion pass, both ways", "[integration][udp][relay]") {
  udp_peer server, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())});
  const auto mark = [](const udp_peer& p, int ecn) { ::setsockopt(p.descriptor(), IPPROTO_IP, IP_TOS, &ecn, sizeof ecn); };
  const auto marked = [](udp_peer& p) {
    char byte = 0, control[64] = {};
    iovec one{&byte, 1};
    msghdr m{};
    udp_address from;
    m.msg_name = &from.storage;
    m.msg_namelen = from.size;
    m.msg_iov = &one;
    m.msg_iovlen = 1;
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    timeval limit{10, 0};
    ::setsockopt(p.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::recvmsg(p.descriptor(), &m, 0) < 0) return -1;
    for (cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
      if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) return *CMSG_DATA(c) & 3;
    return -1;
  };
  const int on = 1;
  for (const udp_peer* p : {&server, &client}) ::setsockopt(p->descriptor(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  REQUIRE(exchange(client, edge.port, server) == "!");
  const udp_address session = server.from();
  for (const int ecn : {2, 3, 1, 0}) {
    mark(client, ecn);
    client.send(edge.port, "x");
    CHECK(marked(server) == ecn);
    mark(server, ecn);
    server.send_to(session, "y");
    CHECK(marked(client) == ecn);
  }
}

TEST_CASE("only the session's own server is heard", "[integration][udp][relay]") {
  udp_peer server, stranger, client;
  udp_fixture edge;
  edge.to({udp_task(server.port())});
  REQUIRE(exchange(client, edge.port, server) == "!");
  stranger.send_to(server.from(), "forged");
  server.send_to(server.from(), "real");
  CHECK(client.receive() == "real");
  CHECK(client.is_silent(20ms));
}
