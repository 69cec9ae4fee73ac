// Requests of waggle's own on nothing but a loop and some memory: no worker, no table, no listener.
#include "client/fetch.hpp"
#include "health/prober.hpp"
#include "io/loop_thread.hpp"

#include "catch.hpp"
#include "fake_server.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace waggle;
using namespace waggle::proxy;
using namespace waggle::test;

namespace {

io::task<void> run(client::context& here, io::waiter& wait, client::request ask, client::response& out) {
  out = co_await client::fetch(here, wait, std::move(ask));
}

/// A thread with a loop, and one request at a time on it.
struct asker {
  io::loop loop;
  std::array<char, 4096> input;
  http1::response_head head;
  client::context here{loop, input, head};
  io::waiter wait{loop};
  std::atomic<bool> ended{false};
  client::response got;
  std::shared_ptr<io::tls_client_context> tls;  // for the next ones
  std::string tls_host;
  io::loop_thread thread{loop};

  asker() { thread.start(); }

  client::response ask(std::uint16_t port, io::time_ms within = 30'000, bool only_head = false) {
    ended = false;
    thread.run_and_wait([&] {
      client::request r;
      r.to = io::make_address("127.0.0.1", port).value();
      r.bytes = "GET /asked HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
      r.due = loop.now() + within;
      r.only_head = only_head;
      r.tls = tls;
      r.tls_host = tls_host;
      io::spawn(run(here, wait, std::move(r), got), [this](std::exception_ptr) { ended = true; });
    });
    REQUIRE(eventually([this] { return ended.load(); }));
    return got;
  }
};

/// A port where nobody listens.
std::uint16_t free_port() {
  fake_server s;
  const std::uint16_t port = s.port();
  s.stop();
  return port;
}

struct no_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

}  // namespace

TEST_CASE("a loop and some memory are enough to ask a server", "[integration][client]") {
  fake_server s(always("HTTP/1.1 200 OK\r\nX-One: 1\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  asker a;
  const client::response got = a.ask(s.port());
  REQUIRE(got.failure == client::failure::none);
  CHECK(got.status == 200);
  CHECK(got.body == "abcde");
  CHECK(got.fields == std::vector<std::pair<std::string, std::string>>{{"X-One", "1"}});  // end-to-end ones only
  CHECK(s.requests().at(0).line() == "GET /asked HTTP/1.1");
}

TEST_CASE("what is asked for the head alone does not wait for the body", "[integration][client]") {
  fake_server s(always("HTTP/1.1 204 No Content\r\n\r\n"));
  fake_server promises(always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun"));
  asker a;
  CHECK(a.ask(s.port(), 30'000, true).status == 204);
  CHECK(a.ask(promises.port(), 30'000, true).status == 200);
}

TEST_CASE("without a descriptor to be had nothing is connected", "[integration][client]") {
  fake_server s(always(ok("never seen")));
  asker a;
  int asked = 0;
  a.here.admits_connection = [&asked] { return ++asked > 1; };
  CHECK(a.ask(s.port()).failure == client::failure::connect);
  CHECK(s.connections() == 0);
  CHECK(a.ask(s.port()).body == "never seen");  // there is one by now
  CHECK(asked == 2);
}

TEST_CASE("failures of the server have their names", "[integration][client]") {
  asker a;
  CHECK(a.ask(free_port()).failure == client::failure::connect);
  fake_server cut(always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun"));
  fake_server ends([](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun");
    return false;
  });
  fake_server garbled(always("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"));
  CHECK(a.ask(cut.port(), 100).failure == client::failure::timeout);
  CHECK(a.ask(ends.port()).failure == client::failure::closed);
  CHECK(a.ask(garbled.port()).failure == client::failure::malformed);
}

TEST_CASE("TLS that does not come about has its name, and nothing is said in clear", "[integration][client]") {
  fake_server clear(always(ok("in clear")));
  asker a;
  a.tls = io::tls_client_context::make({}).value();
  const client::response nameless = a.ask(clear.port());
  CHECK(nameless.failure == client::failure::untrusted);
  CHECK(nameless.complaint == "no TLS for the name ''");
  a.tls_host = "localhost";
  CHECK(a.ask(clear.port(), 100).failure == client::failure::timeout);  // it waits for the rest of what it takes for a request
  CHECK(clear.request_count() == 0);
}

TEST_CASE("the prober needs no workers", "[integration][client][health]") {
  std::atomic<bool> well{true};
  fake_server s([&](fake_server::connection& c, recorded&) {
    c.peer.send(well ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    return false;
  });
  no_sink sink;
  base::logger log(sink);
  const options opts;
  std::atomic<int> ups{0};
  health::prober prober(opts, log, [&] { ++ups; });
  health::target t;
  t.state = std::make_shared<plan::server_health>(plan::health_verdict::unproven);
  t.probe.to = io::make_address("127.0.0.1", s.port()).value();
  t.probe.host = "here";
  t.probe.target = "/health";
  t.probe.interval = 100ms;
  t.backend = "b";
  const auto state = t.state;
  prober.update({t});
  CHECK(eventually([&] { return state->up(); }));
  CHECK(eventually([&] { return ups == 1; }));
  well = false;
  CHECK(eventually([&] { return state->down(); }));
  CHECK(eventually([&] { return state->why() == "received error status code: 500"; }));
  well = true;
  CHECK(eventually([&] { return ups == 2; }));
  prober.update({});
  const auto before = s.request_count();
  CHECK(before >= 3);
}
