// Connections that somebody else accepted (the API's entry point) and hands over for one request.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <fcntl.h>

using namespace waggle;
using namespace waggle::test;

namespace {

proxy::options with_api_entry_point() {
  auto o = default_options();
  proxy::entry_point other;
  other.name = "traefik";
  other.address = "127.0.0.1:1";  // not bound by the proxy
  o.other_entry_points.push_back(std::move(other));
  return o;
}

/// A client and the server's side of its connection.
struct handed {
  handed() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    client = raw_socket::connect(ntohs(at.sin_port));
    descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    REQUIRE(descriptor >= 0);
    ::close(listener);
  }
  raw_socket client;
  int descriptor = -1;
};

void serve_on(proxy_fixture& edge, const std::string& entry_point, std::uint16_t port) {
  test::configuration c = configuration_of({{"PathPrefix:/x", {server_on(port)}}});
  c.frontends[0].entry_points = {entry_point};
  REQUIRE(edge.server->publish({{"docker", std::make_shared<const model::configuration>(std::move(c))}}).empty());
  REQUIRE(eventually([&] { return edge.stats().generation >= 1; }));
}

}  // namespace

TEST_CASE("a connection handed over is served once, with its client's address", "[integration][proxy][takeover]") {
  fake_server a;
  proxy_fixture edge(with_api_entry_point());
  serve_on(edge, "traefik", a.port());
  handed h;
  const std::string all = "POST /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\nContent-Length: 10\r\n\r\n0123456789";
  const std::size_t cut = GENERATE(20u, 90u, 1000u);  // in the head, in the body, nowhere
  REQUIRE(edge.server->take_over(h.descriptor, "traefik", all.substr(0, cut)));
  if (cut < all.size()) h.client.send(all.substr(cut));
  const answer r = read_answer(h.client);
  CHECK(r.status == 200);
  CHECK(r.field("Connection") == "close");
  CHECK(h.client.wait_end() == peer_end::fin);
  REQUIRE(a.request_count() == 1);
  CHECK(a.requests()[0].body == "0123456789");
  CHECK(a.requests()[0].field("X-Forwarded-For") == "127.0.0.1");
  CHECK(edge.get("/x").status == 404);  // the public entry point does not have it
}

TEST_CASE("nothing is taken over where no frontend is, or while the proxy drains", "[integration][proxy][takeover]") {
  fake_server a;
  proxy_fixture edge(with_api_entry_point());
  handed h;
  CHECK_FALSE(edge.server->take_over(h.descriptor, "traefik", get_root));  // no configuration yet
  serve_on(edge, "http", a.port());
  CHECK_FALSE(edge.server->take_over(h.descriptor, "traefik", get_root));
  CHECK_FALSE(edge.server->take_over(h.descriptor, "http", get_root));
  serve_on(edge, "traefik", a.port());
  edge.server->drain(std::chrono::milliseconds(10));
  CHECK_FALSE(edge.server->take_over(h.descriptor, "traefik", get_root));
  CHECK(::fcntl(h.descriptor, F_GETFD) >= 0);  // still the caller's
  ::close(h.descriptor);
}

TEST_CASE("a client that left before it was handed over costs nothing", "[integration][proxy][takeover]") {
  fake_server a;
  proxy_fixture edge(with_api_entry_point());
  serve_on(edge, "traefik", a.port());
  {
    handed h;
    h.client.reset();
    REQUIRE(edge.server->take_over(h.descriptor, "traefik", get_root));
  }
  handed h;
  REQUIRE(edge.server->take_over(h.descriptor, "traefik", "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK(read_answer(h.client).status == 200);
  CHECK(eventually([&] { return edge.stats().connections_open == 0; }));
}
