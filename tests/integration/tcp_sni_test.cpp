// TLS that is passed through and routed by its ClientHello; PostgreSQL's question before it.
#include "tcp_fixture.hpp"
#include "tls_hello.hpp"

#include "catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

const std::string ssl_request("\x00\x00\x00\x08\x04\xd2\x16\x2f", 8), gss_request("\x00\x00\x00\x08\x04\xd2\x16\x30", 8);
const std::string cancel_request("\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02", 16);
const std::string unrecognized_name("\x15\x03\x03\x00\x02\x02\x70", 7);

std::string hello(std::string_view name) { return make_client_hello({.sni = std::string(name)}); }

/// One service for each name; an empty name is the plain router's.
void publish(tcp_fixture& edge, const std::vector<std::pair<std::string, const listening*>>& all, std::chrono::milliseconds peek = 5s) {
  model::tcp_configuration c;
  for (std::size_t i = 0; i < all.size(); ++i) {
    model::tcp_service s;
    s.name = "s" + std::to_string(i);
    s.servers = {tcp_task(all[i].second->port(), i + 1)};
    s.timeouts.peek = peek;
    model::tcp_router r;
    r.name = "r" + std::to_string(i);
    r.entry_points = {"pg"};
    r.service = s.name;
    if (!all[i].first.empty()) {
      r.match.sni = {all[i].first};
      r.tls = model::tcp_tls::passthrough;
    }
    c.services.push_back(std::move(s));
    c.routers.push_back(std::move(r));
  }
  edge.publish(std::move(c));
}

}  // namespace

TEST_CASE("a name leads to its service, and the hello arrives as it was sent", "[integration][tcp][sni]") {
  listening one, two, wild;
  tcp_fixture edge;
  publish(edge, {{"one.example", &one}, {"two.example", &two}, {"*.example", &wild}});
  // Numbers: Catch2 keeps what it generates for the section that follows, which has servers of its own.
  const auto [name, which] = GENERATE(table<const char*, std::size_t>({{"one.example", 0}, {"TWO.example", 1}, {"x.y.example", 2}}));
  listening* const to = std::array{&one, &two, &wild}[which];
  raw_socket client = edge.connect();
  const std::string text = hello(name);
  SECTION("at once, with what comes behind it") {
    client.send(text + "early data");
    raw_socket server = to->accept();
    CHECK((server.read_exactly(text.size() + 10) == text + "early data"));
    server.send("server hello");
    CHECK(client.read_exactly(12) == "server hello");
  }
  SECTION("in pieces") {
    for (std::size_t i = 0; i < text.size(); i += 7) client.send(text.substr(i, 7));
    raw_socket server = to->accept();
    CHECK((server.read_exactly(text.size()) == text));
  }
}

TEST_CASE("a name that nobody serves gets an alert, and a clean end", "[integration][tcp][sni]") {
  listening one;
  tcp_fixture edge;
  publish(edge, {{"one.example", &one}});
  raw_socket client = edge.connect();
  client.send(hello("other.example"));
  CHECK((client.read_all() == unrecognized_name));
  CHECK(client.end() == peer_end::fin);
  CHECK(edge.stats().tcp_refused_route == 1);
  CHECK(edge.is_quiet());
}

TEST_CASE("what is no TLS goes to the plain router, or is reset", "[integration][tcp][sni]") {
  listening one, plain;
  tcp_fixture edge;
  const bool there = GENERATE(true, false);
  std::vector<std::pair<std::string, const listening*>> all{{"one.example", &one}};
  if (there) all.emplace_back("", &plain);
  publish(edge, all);
  raw_socket client = edge.connect();
  client.send("SSH-2.0-x\r\n");
  if (there) {
    raw_socket server = plain.accept();
    CHECK(server.read_until("\n") == "SSH-2.0-x\r\n");
  } else {
    CHECK(client.wait_end() == peer_end::reset);
  }
}

TEST_CASE("who says nothing goes to the plain router when its time is over; half a hello is reset", "[integration][tcp][sni]") {
  listening one, plain;
  tcp_fixture edge;
  publish(edge, {{"one.example", &one}, {"", &plain}}, 300ms);
  raw_socket client = edge.connect();
  SECTION("silence") {
    raw_socket server = plain.accept();
    REQUIRE(server.is_open());
    server.send("220 ready\r\n");
    CHECK(client.read_until("\n") == "220 ready\r\n");
  }
  SECTION("half a hello") {
    client.send(hello("one.example").substr(0, 100));
    CHECK(client.wait_end() == peer_end::reset);
    CHECK_FALSE(plain.has_guest(0ms));
  }
  SECTION("an end") {
    client.close();
    CHECK(edge.is_quiet());
    CHECK_FALSE(plain.has_guest(0ms));
    CHECK(edge.stats().tcp_checks == 1);
  }
}

TEST_CASE("PostgreSQL is asked for TLS on both sides, and routed by the name that follows", "[integration][tcp][sni][postgres]") {
  listening db;
  tcp_fixture edge;
  publish(edge, {{"db.example", &db}});
  raw_socket client = edge.connect();
  if (GENERATE(false, true)) {  // libpq with a Kerberos ticket asks for that first
    client.send(gss_request);
    REQUIRE(client.read_exactly(1) == "N");
  }
  client.send(ssl_request);
  REQUIRE(client.read_exactly(1) == "S");
  const std::string text = hello("db.example");
  client.send(text);
  raw_socket server = db.accept();
  CHECK((server.read_exactly(8) == ssl_request));
  SECTION("it speaks TLS") {
    server.send("S");
    CHECK((server.read_exactly(text.size()) == text));
    server.send("server hello");
    CHECK(client.read_exactly(12) == "server hello");  // without the S
  }
  SECTION("it does not") {
    server.send("N");
    CHECK(client.wait_end() == peer_end::reset);
    CHECK(server.wait_end() == peer_end::reset);
  }
  SECTION("it says nothing and leaves") {
    server.close();
    CHECK(client.wait_end() == peer_end::reset);
  }
}

TEST_CASE("bytes behind PostgreSQL's question were put there by somebody else", "[integration][tcp][sni][postgres]") {
  listening db;
  tcp_fixture edge;
  publish(edge, {{"db.example", &db}});
  raw_socket client = edge.connect();
  client.send(ssl_request + hello("db.example"));
  CHECK(client.wait_end() == peer_end::reset);
}

TEST_CASE("a cancel request bears no name", "[integration][tcp][sni][postgres]") {
  listening db, plain;
  tcp_fixture edge;
  publish(edge, {{"db.example", &db}, {"", &plain}});
  raw_socket client = edge.connect();
  client.send(cancel_request);
  raw_socket server = plain.accept();
  CHECK((server.read_exactly(16) == cancel_request));
}

TEST_CASE("the PROXY header comes before the hello, and before PostgreSQL's question", "[integration][tcp][sni][proxy_header]") {
  listening db;
  tcp_fixture edge;
  model::tcp_service s;
  s.name = "db";
  s.servers = {tcp_task(db.port())};
  s.proxy_protocol = 1;
  model::tcp_router r;
  r.name = "db";
  r.entry_points = {"pg"};
  r.service = "db";
  r.match.sni = {"db.example"};
  r.tls = model::tcp_tls::passthrough;
  edge.publish({{r}, {s}});
  raw_socket client = edge.connect();
  const bool postgres = GENERATE(false, true);
  if (postgres) {
    client.send(ssl_request);
    REQUIRE(client.read_exactly(1) == "S");
  }
  const std::string text = hello("db.example");
  client.send(text);
  raw_socket server = db.accept();
  CHECK(server.read_until("\r\n").starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
  if (postgres) {
    CHECK((server.read_exactly(8) == ssl_request));
    server.send("S");
  }
  CHECK((server.read_exactly(text.size()) == text));
}
