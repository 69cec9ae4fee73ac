// Entry points over real sockets: PROXY protocol, whom forwarding headers are believed, IPv6, deadlines of their own; and
// what happens when connections or descriptors are scarce.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <sys/resource.h>

#include <array>

using namespace waggle::test;
using namespace waggle;
using namespace std::chrono_literals;

namespace {

proxy::options entry_with(void (*change)(proxy::entry_point&)) {
  auto o = default_options();
  change(o.entry_points[0]);
  return o;
}

/// A PROXY v2 header: TCP over IPv4 with these four bytes as the source address.
std::string proxy_v2(std::array<unsigned char, 4> source, std::uint16_t port, const std::string& more = {}) {
  std::string h("\r\n\r\n\0\r\nQUIT\n\x21\x11", 14);
  const std::size_t size = 12 + more.size();
  h += {static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  for (const unsigned char b : source) h += static_cast<char>(b);
  h += std::string("\x7f\0\0\x01", 4);
  h += {static_cast<char>(port >> 8), static_cast<char>(port & 0xff)};
  h += std::string("\0\x50", 2);
  return h + more;
}

}  // namespace

TEST_CASE("a trusted peer's PROXY header gives the client's address, in either version", "[integration][proxy][entry]") {
  fake_server a;
  proxy_fixture edge(entry_with([](proxy::entry_point& e) { e.proxy_protocol.ranges = {"127.0.0.0/8"}; }));
  edge.to({server_on(a.port())});
  std::string header, source = "203.0.113.7";
  SECTION("version 1") { header = "PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n"; }
  SECTION("version 1 over IPv6") {
    header = "PROXY TCP6 2001:db8::7 ::1 40000 80\r\n";
    source = "2001:db8::7";
  }
  SECTION("version 2") { header = proxy_v2({203, 0, 113, 7}, 40000); }
  SECTION("version 2 with a TLV that nobody asked for") {
    header = proxy_v2({203, 0, 113, 7}, 40000,
                      std::string("\xe0\0\x03"
                                  "abc",
                                  6));
  }
  SECTION("version 2 LOCAL: the balancer's own check, its own address") {
    header = std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
    source = "127.0.0.1";
  }
  SECTION("version 1 UNKNOWN: the peer's own address") {
    header = "PROXY UNKNOWN\r\n";
    source = "127.0.0.1";
  }
  CAPTURE(header);
  raw_socket whole = edge.connect();
  whole.send(header + get_root);
  CHECK(read_answer(whole).status == 200);
  raw_socket in_bytes = edge.connect();
  for (const char c : header + get_root) in_bytes.send({&c, 1});
  CHECK(read_answer(in_bytes).status == 200);
  for (int i = 0; i < 2; ++i) {
    CHECK(a.requests().at(static_cast<std::size_t>(i)).field("X-Forwarded-For") == source);
    CHECK(a.requests().at(static_cast<std::size_t>(i)).field("X-Real-Ip") == source);
  }
}

TEST_CASE("a trusted peer may come without a PROXY header, as Traefik 1.7 has it", "[integration][proxy][entry]") {
  fake_server a;
  proxy_fixture edge(entry_with([](proxy::entry_point& e) { e.proxy_protocol.everyone = true; }));
  CHECK(edge.to({server_on(a.port())}).get().status == 200);
  CHECK(a.requests().at(0).field("X-Forwarded-For") == "127.0.0.1");
}

TEST_CASE("a PROXY header of a peer that is not trusted, or one that is broken, ends the connection", "[integration][proxy][entry]") {
  fake_server a;
  std::string text;
  proxy::options o;
  SECTION("not trusted: it is no request") {
    o = entry_with([](proxy::entry_point& e) { e.proxy_protocol.ranges = {"192.0.2.0/24"}; });
    text = "PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n" + get_root;
  }
  SECTION("trusted and broken") {
    o = entry_with([](proxy::entry_point& e) { e.proxy_protocol.everyone = true; });
    text = "PROXY TCP4 203.0.113.700 127.0.0.1 40000 80\r\n" + get_root;
  }
  SECTION("trusted and endless") {
    o = entry_with([](proxy::entry_point& e) { e.proxy_protocol.everyone = true; });
    text = "PROXY TCP4 " + std::string(4000, '1');
  }
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket c = edge.connect();
  c.send(text);
  CHECK(read_answer(c).status != 200);
  CHECK(c.wait_end() != peer_end::none);
  CHECK(a.request_count() == 0);
}

TEST_CASE("forwarding headers count only if their sender is trusted", "[integration][proxy][entry]") {
  fake_server a;
  const std::string claims =
      "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: other\r\nX-Real-Ip: 198.51.100.1\r\n"
      "Forwarded: for=198.51.100.1\r\nX_Forwarded_For: 198.51.100.1\r\nX-Forwarded-Prefix: /x\r\n"
      "X-Forwarded-Uri: /x\r\nX-Forwarded-Scheme: https\r\nX-Forwarded-Path: /x\r\nx-forwarded-whatever: 1\r\n"
      "X_Forwarded_Scheme: https\r\nX-Forwarded_Uri: /x\r\nProxy-Authorization: Basic eDp5\r\n";
  SECTION("nobody by default") {
    proxy_fixture edge;
    edge.to({server_on(a.port())}).get("/", claims);
    const recorded r = a.requests().at(0);
    CHECK(r.field("X-Forwarded-For") == "127.0.0.1");
    CHECK(r.field("X-Forwarded-Proto") == "http");
    CHECK(r.field("X-Forwarded-Host") == "h");
    CHECK(r.field("X-Real-Ip") == "127.0.0.1");
    CHECK(r.field("Forwarded").empty());
    CHECK(r.field("X-Forwarded-Prefix").empty());
    CHECK(r.field("X_Forwarded_For").empty());
    for (const char* name : {"X-Forwarded-Uri", "X-Forwarded-Scheme", "X-Forwarded-Path", "x-forwarded-whatever", "X_Forwarded_Scheme",
                             "X-Forwarded_Uri", "Proxy-Authorization", "X-Waggle-Hops"}) {
      CAPTURE(name);
      CHECK(r.field(name).empty());
    }
  }
  SECTION("a trusted range: appended to") {
    proxy_fixture edge(entry_with([](proxy::entry_point& e) { e.forwarded_headers.ranges = {"127.0.0.1"}; }));
    edge.to({server_on(a.port())}).get("/", claims);
    const recorded r = a.requests().at(0);
    CHECK(r.field("X-Forwarded-For") == "198.51.100.1, 127.0.0.1");
    CHECK(r.field("X-Forwarded-Proto") == "https");
    CHECK(r.field("X-Forwarded-Host") == "other");
    CHECK(r.field("X-Forwarded-Scheme") == "https");
    CHECK(r.field("X_Forwarded_For").empty());
    CHECK(r.field("X_Forwarded_Scheme").empty());
    CHECK(r.field("Proxy-Authorization").empty());  // for this hop, whoever sends it (RFC 9110 section 11.7.2)
  }
  SECTION("trust follows the address in the PROXY header, not that of the balancer") {
    proxy_fixture edge(entry_with([](proxy::entry_point& e) {
      e.proxy_protocol.ranges = {"127.0.0.1"};
      e.forwarded_headers.ranges = {"127.0.0.1"};
    }));
    edge.to({server_on(a.port())});
    raw_socket c = edge.connect();
    c.send("PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\nGET / HTTP/1.1\r\nHost: h\r\n" + claims + "\r\n");
    CHECK(read_answer(c).status == 200);
    CHECK(a.requests().at(0).field("X-Forwarded-For") == "203.0.113.7");
  }
}

TEST_CASE("an entry point on [::] serves IPv6 and IPv4", "[integration][proxy][entry]") {
  fake_server a;
  proxy_fixture edge(entry_with([](proxy::entry_point& e) { e.address = "[::]:0"; }));
  edge.to({server_on(a.port())});
  CHECK(edge.get().status == 200);
  CHECK(a.requests().at(0).field("X-Forwarded-For") == "127.0.0.1");  // not ::ffff:127.0.0.1

  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(edge.port);
  to.sin6_addr = in6addr_loopback;
  raw_socket six(fd);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    WARN("this machine has no IPv6 loopback: " << errno);
    return;
  }
  six.send(get_root);
  CHECK(read_answer(six).status == 200);
  CHECK(a.requests().at(1).field("X-Forwarded-For") == "::1");
}

TEST_CASE("an entry point has deadlines of its own", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  o.timeouts.request_head = o.timeouts.keep_alive = o.timeouts.request_body = 60s;
  o.entry_points[0].timeouts.read = 150ms;
  o.entry_points[0].timeouts.idle = 150ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  SECTION("head") {
    raw_socket c = edge.connect();
    c.send("GET / HTTP/1.1\r\nHost:");
    CHECK(read_answer(c).status == 408);
  }
  SECTION("idle") {
    raw_socket c = edge.connect();
    c.send(get_root);
    CHECK(read_answer(c).status == 200);
    CHECK(c.wait_end() == peer_end::fin);
  }
  SECTION("body") {
    raw_socket c = edge.connect();
    c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(read_answer(c).status == 408);
  }
}

TEST_CASE("heads that never end make room for requests", "[integration][proxy][entry][slowloris]") {
  fake_server a;
  auto o = default_options();
  o.limits.max_connections = 10;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(edge.connect());
    slow.back().send("GET / HTTP/1.1\r\nHost: h\r\nX-Slow:");
    CHECK(edge.get().status == 200);
  }
  CHECK(edge.stats().connections_open <= 10);
  CHECK(slow.front().wait_end() != peer_end::none);  // the oldest went
  slow.back().send(" done\r\n\r\n");                 // the newest may still finish
  CHECK(read_answer(slow.back()).status == 200);
}

TEST_CASE("who comes before the first table waits for it, up to a limit", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  SECTION("it comes") {
    o.timeouts.first_table = 60s;
    proxy_fixture edge(o);
    raw_socket early = edge.connect();
    early.send(get_root);
    edge.server->publish({{"docker", nullptr}});  // not complete yet
    CHECK_FALSE(early.receive(50ms));
    edge.to({server_on(a.port())});
    CHECK(read_answer(early).status == 200);
  }
  SECTION("it does not") {
    o.timeouts.first_table = 100ms;
    proxy_fixture edge(o);
    CHECK(edge.get().status == 503);
  }
}

TEST_CASE("out of descriptors: nobody is lost, and it goes on when there are some", "[integration][proxy][entry][emfile]") {
  std::atomic<bool> open{false};
  std::atomic<int> there{0};
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/slow") != std::string::npos) {
      ++there;
      eventually([&] { return open.load(); });
    }
    return c.peer.send(ok("x"));
  });
  auto o = default_options();
  o.timeouts.connect = 20s;  // so long a request waits for a descriptor
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket c = edge.connect();
  c.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(eventually([&] { return there == 1; }));
  REQUIRE(edge.get().status == 200);  // leaves an idle connection to the server
  REQUIRE(eventually([&] { return edge.stats().connections_open == 1 && a.open_connections() == 2; }));
  rlimit old{};
  getrlimit(RLIMIT_NOFILE, &old);
  std::vector<raw_socket> waiting;  // made before the limit, so that the clients have their own
  for (int i = 0; i < 3; ++i) waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // From here on no new descriptor: the limit is at the first free number.
  const int next = ::dup(0);
  REQUIRE(next >= 0);
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  for (raw_socket& w : waiting) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(edge.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(w.descriptor(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    w.send(get_root);
  }
  CHECK(eventually([&] { return a.open_connections() == 1; }));  // what was idle was given up
  open = true;
  CHECK(read_answer(c).status == 200);  // who is in is served
  REQUIRE(setrlimit(RLIMIT_NOFILE, &old) == 0);
  for (raw_socket& w : waiting) CHECK(read_answer(w).status == 200);
}

TEST_CASE("words of HTTP have no place on an entry point below it", "[integration][proxy][entry]") {
  silent_sink sink;
  base::logger log{sink};
  const auto said = [&](void (*change)(proxy::entry_point&)) {
    auto o = entry_with([](proxy::entry_point& e) { e.protocol = model::protocol::tcp; });
    change(o.entry_points[0]);
    const auto out = proxy::server::check(o, log);
    return out ? std::string() : out.error().reason;
  };
  CHECK(said([](proxy::entry_point& e) {
          e.proxy_protocol.everyone = true;
          e.white_list = {{"10.0.0.0/8"}, false};
          e.max_connections = 1;
          e.backlog = 1;
        }) == "");
  CHECK(said([](proxy::entry_point& e) { e.compress = e.strict_paths = true; }) ==
        "entry point http: Compress, StrictPaths has no effect below HTTP, at 127.0.0.1:0/tcp; remove it");
  CHECK(said([](proxy::entry_point& e) { e.forwarded_headers.everyone = true; }).find("ForwardedHeaders has no effect") != std::string::npos);
  CHECK(said([](proxy::entry_point& e) { e.timeouts.idle = 1s; }).find("RespondingTimeouts.IdleTimeout has no effect") != std::string::npos);
  CHECK(said([](proxy::entry_point& e) {
          e.redirect = model::redirect{"https", "", "", false};
        }).find("Redirect has no effect") != std::string::npos);
  CHECK(said([](proxy::entry_point& e) { e.auth.emplace(); }).find("Auth has no effect") != std::string::npos);
  CHECK(said([](proxy::entry_point& e) {
          e.white_list = {{"10.0.0.0/8"}, true};
        }).find("WhiteList.UseXForwardedFor has no effect") != std::string::npos);
  CHECK(said([](proxy::entry_point& e) { e.white_list = {{"10.0.0.0/99"}, false}; }).find("whiteList.sourceRange") != std::string::npos);
  CHECK(said([](proxy::entry_point& e) { e.protocol = model::protocol::udp; }) == "");
  CHECK(said([](proxy::entry_point& e) {
          e.protocol = model::protocol::udp;
          e.proxy_protocol.everyone = true;
          e.backlog = 1;
        }) == "entry point http: ProxyProtocol, Backlog has no effect below HTTP, at 127.0.0.1:0/udp; remove it");
  CHECK(said([](proxy::entry_point& e) {
          e.protocol = model::protocol::http;
          e.max_connections = 1;
        }).find("MaxConnections is served at an address that ends in /tcp only") != std::string::npos);
}
