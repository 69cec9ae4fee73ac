// waggle.backend.timeout.*: each service waits as long as it says, and nobody else does.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

site with(const std::string& host, std::uint16_t port, waggle::model::server_timeouts timeouts) {
  site s{"Host:" + host, {server_on(port)}};
  s.timeouts = timeouts;
  return s;
}

answer ask(const proxy_fixture& edge, const std::string& host, const std::string& path = "/") {
  raw_socket c = edge.connect();
  c.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  return read_answer(c);
}

}  // namespace

TEST_CASE("how long a server may work on a request is its service's to say", "[integration][proxy][timeouts]") {
  fake_server slow([](fake_server::connection& c, recorded&) {
    c.peer.receive(700ms);  // nothing comes: the client waits
    return c.peer.send(ok("at last"));
  });
  auto o = default_options();
  proxy_fixture* edge = nullptr;
  SECTION("shorter than for all") {
    proxy_fixture here(o);
    edge = &here;
    here.publish({with("hasty", slow.port(), {0ms, 150ms, 0ms}), with("plain", slow.port(), {})});
    const auto begin = test_clock::now();
    const answer late = ask(*edge, "hasty");
    CHECK(late.status == 504);
    CHECK(since(begin) >= 130ms);  // the loop's clock may be some ms behind
    CHECK(ask(*edge, "plain").body == "at last");
    // The label goes: the next request is patient.
    here.publish({with("hasty", slow.port(), {}), with("plain", slow.port(), {})});
    CHECK(ask(*edge, "hasty").body == "at last");
  }
  SECTION("longer than for all") {
    o.timeouts.response_head = 150ms;
    proxy_fixture here(o);
    here.publish({with("patient", slow.port(), {0ms, 60s, 0ms}), with("plain", slow.port(), {})});
    CHECK(ask(here, "plain").status == 504);
    CHECK(ask(here, "patient").body == "at last");
  }
}

TEST_CASE("how long an answer may pause is its service's to say", "[integration][proxy][timeouts]") {
  fake_server pausing([](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    c.peer.receive(700ms);
    return c.peer.send("67890");
  });
  auto o = default_options();
  const bool shorter = GENERATE(true, false);
  if (!shorter) o.timeouts.response_body = 150ms;
  proxy_fixture edge(o);
  edge.publish({with("labelled", pausing.port(), {0ms, 0ms, shorter ? 150ms : 60'000ms}), with("plain", pausing.port(), {})});
  const std::string cut = shorter ? "labelled" : "plain", whole = shorter ? "plain" : "labelled";
  const answer broken = ask(edge, cut);
  CHECK(broken.status == 200);
  CHECK_FALSE(broken.complete);
  const answer good = ask(edge, whole);
  CHECK(good.complete);
  CHECK(good.body == "1234567890");
}

TEST_CASE("how long a connect may take is its service's to say", "[integration][proxy][timeouts]") {
  // A listener whose backlog is full drops further SYNs.
  raw_socket full(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(::bind(full.descriptor(), reinterpret_cast<sockaddr*>(&at), size) == 0);
  REQUIRE(::listen(full.descriptor(), 0) == 0);
  ::getsockname(full.descriptor(), reinterpret_cast<sockaddr*>(&at), &size);
  const std::uint16_t port = ntohs(at.sin_port);
  raw_socket filling = raw_socket::connect(port);
  auto o = default_options();
  o.timeouts.connect = 20s;
  proxy_fixture edge(o);
  edge.publish({with("hasty", port, {100ms, 0ms, 0ms})});
  const auto begin = test_clock::now();
  CHECK(ask(edge, "hasty").status == 504);
  CHECK(since(begin) < patience(10s));
}
