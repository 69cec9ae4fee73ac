// What all share (connections, descriptors, disk, a worker's time) and who gives way when it gets scarce.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <unistd.h>

#include <atomic>
#include <thread>

using namespace waggle;
using namespace waggle::test;

namespace {

std::string pattern(std::size_t size) {
  std::string out(size, ' ');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i * 7 / 64 % 26);
  return out;
}

/// An answer of that size to /big, a small one to everything else.
fake_server::script big_and_small(const std::string& big) {
  return [&big](fake_server::connection& c, recorded& r) { return c.peer.send(ok(r.line().find("/big") != std::string::npos ? big : "small")); };
}

std::string get_of(const std::string& host, const std::string& path = "/") { return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"; }

/// A newcomer's status, once somebody has given way to it: before that it is turned away.
bool is_let_in(const proxy_fixture& edge, const std::string& request) {
  return eventually([&] {
    raw_socket c = edge.connect();
    c.send(request);
    return read_answer(c).status == 200;
  });
}

/// A backend with buffering behind everything.
struct buffering_edge : proxy_fixture {
  explicit buffering_edge(const proxy::options& o, std::uint16_t app, std::int64_t held_answers = 0) : proxy_fixture(o) {
    test::configuration c = configuration_of({{"PathPrefix:/", {server_on(app)}}});
    c.backends[0].buffering = model::buffering{};
    c.backends[0].buffering->mem_response_body_bytes = held_answers;
    server->publish({{"docker", std::make_shared<const model::configuration>(std::move(c))}});
    eventually([&] { return stats().generation >= 1; });
  }
};

}  // namespace

TEST_CASE("downloads that nobody reads make room when all connections are taken", "[integration][proxy][fairness]") {
  const std::string big = pattern(32'000'000);
  fake_server hoard(big_and_small(big)), well;
  auto o = default_options();
  o.limits.max_connections = 8;
  proxy_fixture edge(o);
  edge.publish({{"Host:hoard", {server_on(hoard.port())}}, {"Host:more", {server_on(hoard.port())}}, {"Host:well", {server_on(well.port())}}});
  std::vector<raw_socket> stalled;
  for (int i = 0; i < 8; ++i) {
    stalled.push_back(edge.connect(4096));
    stalled.back().send(get_of(i < 5 ? "hoard" : "more", "/big"));
  }
  REQUIRE(eventually([&] { return edge.stats().waiting_stalled == 8; }));
  CHECK(is_let_in(edge, get_of("well")));
  CHECK(edge.stats().gave_way_stalled >= 1);
  CHECK(edge.stats().connections_open <= 8);
}

TEST_CASE("tunnels and streams without a byte make room when all connections are taken", "[integration][proxy][fairness]") {
  const bool tunnels = GENERATE(true, false);
  fake_server hoard([&](fake_server::connection& c, recorded&) {
    return c.peer.send(tunnels ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                               : "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n:\n\n\r\n");
  });
  fake_server well;
  auto o = default_options();
  o.limits.max_connections = 8;
  proxy_fixture edge(o);
  edge.publish({{"Host:hoard", {server_on(hoard.port())}}, {"Host:more", {server_on(hoard.port())}}, {"Host:well", {server_on(well.port())}}});
  std::vector<raw_socket> quiet;
  for (int i = 0; i < 8; ++i) {
    quiet.push_back(edge.connect());
    quiet.back().send(
        "GET / HTTP/1.1\r\nHost: " + std::string(i < 5 ? "hoard" : "more") +
        (tunnels ? "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13\r\n\r\n" : "\r\n\r\n"));
  }
  REQUIRE(eventually([&] { return edge.stats().waiting_quiet == 8; }));
  CHECK(eventually(
      [&] {
        raw_socket c = edge.connect();
        c.send(get_of("well"));
        return read_answer(c).status == 200;
      },
      patience(60s)));
  CHECK(edge.stats().gave_way_quiet >= 1);
  CHECK(edge.stats().connections_open <= 8);
}

TEST_CASE("half a PROXY header makes room", "[integration][proxy][fairness]") {
  fake_server a;
  auto o = default_options();
  o.entry_points[0].proxy_protocol.everyone = true;
  o.limits.max_connections = 4;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> halves;
  for (int i = 0; i < 4; ++i) {
    halves.push_back(edge.connect());
    halves.back().send("PROXY TCP4 192.0.2.");
  }
  REQUIRE(eventually([&] { return edge.stats().waiting_dawdling == 4; }));
  CHECK(is_let_in(edge, "PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n" + get_root));
  CHECK(edge.stats().gave_way_dawdling >= 1);
}

TEST_CASE("an upload that stalls makes room", "[integration][proxy][fairness]") {
  fake_server a, well;
  auto o = default_options();
  o.limits.max_connections = 4;
  proxy_fixture edge(o);
  edge.publish({{"Host:a", {server_on(a.port())}}, {"Host:b", {server_on(a.port())}}, {"Host:well", {server_on(well.port())}}});
  std::vector<raw_socket> stalled;
  for (int i = 0; i < 4; ++i) {
    stalled.push_back(edge.connect());
    stalled.back().send(std::string("POST / HTTP/1.1\r\nHost: ") + (i < 2 ? "a" : "b") + "\r\nContent-Length: 1000\r\n\r\nhalf");
  }
  REQUIRE(eventually([&] { return edge.stats().waiting_stalled == 4; }));
  CHECK(is_let_in(edge, get_of("well")));
  CHECK(edge.stats().gave_way_stalled >= 1);
}

TEST_CASE("a transfer that stalls gives its pipe back and loses nothing", "[integration][proxy][fairness][descriptors]") {
  const std::string big = pattern(16'000'000);
  fake_server hoard(big_and_small(big)), well;
  auto o = default_options();
  o.limits.max_connections = 11;  // 24 descriptors, of which pipes get three pairs
  proxy_fixture edge(o);
  edge.publish({{"Host:hoard", {server_on(hoard.port())}}, {"Host:well", {server_on(well.port())}}});
  std::vector<raw_socket> readers;
  for (int i = 0; i < 3; ++i) {
    readers.push_back(edge.connect(4096));
    readers.back().send(get_of("hoard", "/big"));
  }
  REQUIRE(eventually([&] { return edge.stats().waiting_stalled == 3; }));
  // Others need descriptors: more and more connections, each with one to its server.
  std::vector<raw_socket> others;
  for (int i = 0; i < 6; ++i) {
    others.push_back(edge.connect());
    others.back().send("POST / HTTP/1.1\r\nHost: well\r\nContent-Length: 4\r\n\r\nha");
  }
  for (raw_socket& c : others) {
    c.send("lf");
    CHECK(read_answer(c).status == 200);
  }
  for (raw_socket& c : readers) {
    const answer whole = read_answer(c);
    CHECK(whole.status == 200);
    CHECK((whole.body == big));
  }
  CHECK(edge.stats().descriptors <= edge.stats().descriptors_most);
}

TEST_CASE("pipelined requests that are answered here leave turns to others", "[integration][proxy][fairness]") {
  fake_server a;
  proxy_fixture edge;
  edge.publish({{"Host:a", {server_on(a.port())}}});
  raw_socket flood = edge.connect();
  std::atomic<bool> over{false};
  std::string many;
  for (int i = 0; i < 500; ++i) many += get_of("nobody");
  std::thread sender([&] {
    while (!over && flood.send(many, 100ms)) {
    }
  });
  raw_socket answers(::dup(flood.descriptor()));
  std::thread reader([&] {
    while (!over) {
      answers.receive(20ms);
      answers.received().clear();
    }
  });
  eventually([&] { return edge.stats().status[404] > 1'000; });
  raw_socket c = edge.connect();
  int good = 0;
  for (int i = 0; i < 20; ++i) {
    c.send(get_of("a"));
    good += read_answer(c).status == 200;
  }
  over = true;
  sender.join();
  reader.join();
  CHECK(good == 20);
}

TEST_CASE("bodies of several blocks are kept and sent whole, both ways", "[integration][proxy][fairness][spool]") {
  const std::string body = pattern(3'000'000);
  fake_server app([&](fake_server::connection& c, recorded&) { return c.peer.send(ok(body)); });
  buffering_edge edge(default_options(), app.port(), 1);
  raw_socket c = edge.connect();
  for (int i = 0; i < 3; ++i) {
    c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
    c.send(body);
    const answer a = read_answer(c);
    REQUIRE(a.status == 200);
    CHECK((a.body == body));
    CHECK((app.requests().back().body == body));
  }
  CHECK(eventually([&] { return edge.stats().spool_bytes == 0; }));
  CHECK(edge.stats().spool_files == 0);
}

TEST_CASE("bodies on disk have a bound for one and for all", "[integration][proxy][fairness][spool]") {
  fake_server app;
  auto o = default_options();
  o.limits.spool_body_bytes = 2'000'000;
  o.limits.spool_disk_bytes = 2'000'000;  // one service: half
  buffering_edge edge(o, app.port());
  const std::string part = pattern(50'000);
  const auto chunk = [&](raw_socket& c) { return c.send("c350\r\n" + part + "\r\n"); };
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  raw_socket declared = edge.connect();
  declared.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n");
  CHECK(read_answer(declared).status == 413);
  raw_socket first = edge.connect(), second = edge.connect();
  first.send(head);
  for (int i = 0; i < 16; ++i) chunk(first);  // 64 KiB in memory, two blocks on disk, the rest waits for a third
  REQUIRE(eventually([&] { return edge.stats().bytes_in > 800'000; }));
  REQUIRE(eventually([&] { return edge.stats().spool_bytes > 500'000; }));
  CHECK(edge.stats().spool_files == 1);
  second.send(head);
  for (int i = 0; i < 19 && second.received().empty(); ++i) {
    chunk(second);
    second.receive(20ms);
  }
  const answer refused = read_answer(second);
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "1");
  CHECK(edge.stats().spool_refused >= 1);
  first.send("0\r\n\r\n");
  CHECK(read_answer(first).status == 200);
  second.close();
  CHECK(eventually([&] { return edge.stats().spool_bytes == 0; }));
  raw_socket third = edge.connect();
  third.send(head);
  for (int i = 0; i < 20; ++i) chunk(third);
  third.send("1\r\nx\r\n");
  CHECK(read_answer(third).status == 413);
  CHECK(app.request_count() == 1);
}

TEST_CASE("a body that its client does not go on with gives its place on disk to others", "[integration][proxy][fairness][spool]") {
  const std::string body = pattern(900'000);
  fake_server app([&](fake_server::connection& c, recorded&) { return c.peer.send(ok("ok")); });
  auto o = default_options();
  o.limits.spool_disk_bytes = 2'000'000;  // one service: half
  buffering_edge edge(o, app.port());
  raw_socket idler = edge.connect();
  idler.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n");
  idler.send(body.substr(0, 899'000));
  REQUIRE(eventually([&] { return edge.stats().spool_bytes > 500'000; }));
  CHECK(eventually(
      [&] {
        raw_socket other = edge.connect();
        other.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n");
        other.send(body);
        return read_answer(other).status == 200;
      },
      patience(60s)));
  CHECK(read_answer(idler).status == 503);
  CHECK((app.requests().back().body == body));
}

TEST_CASE("log-ins of a service with costly hashes hold up no other's", "[integration][proxy][fairness][auth]") {
  fake_server a;
  proxy_fixture edge;
  test::configuration c = configuration_of({{"Host:slow", {server_on(a.port())}}, {"Host:quick", {server_on(a.port())}}});
  const auto users = [](const std::string& cost) {
    model::auth auth;
    auth.basic.emplace().users = {"joe:$2b$" + cost + "$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS"};
    return auth;
  };
  for (model::frontend& f : c.frontends) f.options.auth = users(f.routes[0].rule == "Host:slow" ? "14" : "04");
  edge.server->publish({{"docker", std::make_shared<const model::configuration>(std::move(c))}});
  REQUIRE(eventually([&] { return edge.stats().generation >= 1; }));
  std::vector<raw_socket> guesses;
  for (int i = 0; i < 100; ++i) {  // a minute and more of work for its one thread, if nobody leaves
    guesses.push_back(edge.connect());
    const std::string differs = {i % 2 ? 'h' : 'l', static_cast<char>(i < 52 ? 'A' + i / 2 : 'a' + i / 2 - 26)};  // joe:x@, joe:y@, …
    guesses.back().send("GET / HTTP/1.1\r\nHost: slow\r\nAuthorization: Basic am9lOn" + differs + "\r\n\r\n");
  }
  const auto passwords = [&] { return edge.stats().side[0]; };
  REQUIRE(eventually([&] { return passwords().waiting >= 60; }));
  CHECK(eventually([&] { return passwords().refused > 0; }));
  raw_socket joe = edge.connect();
  joe.send("GET / HTTP/1.1\r\nHost: quick\r\nAuthorization: Basic am9lOnNlY3JldA==\r\n\r\n");  // joe:secret
  CHECK(read_answer(joe).status == 200);
  CHECK(passwords().waiting > 10);  // the others' are still there
  guesses.clear();
}
