// Memory that runs out in the middle of an exchange ends that exchange, and nothing that it had counted or taken stays behind: its
// own program, since it replaces operator new.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <new>
#include <string>

namespace {

std::atomic<int> left{-1};  ///< allocations until one fails; below 0: none does
std::atomic<bool> failed{false};
thread_local bool is_worker = false;

}  // namespace

// Not inlined: g++ 12 then takes malloc and delete for a mismatch.
__attribute__((noinline)) void* operator new(std::size_t size) {
  if (is_worker && left.load() >= 0 && left.fetch_sub(1) == 0) {
    failed = true;
    throw std::bad_alloc();
  }
  if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* p) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, std::size_t) noexcept { std::free(p); }

using namespace waggle;
using namespace waggle::test;

namespace {

struct no_memory_edge : proxy_fixture {
  test::configuration c = configuration_of({{"Host:h", {}}, {"Host:dead", {}}});

  static proxy::options one_worker() {
    proxy::options o = default_options();
    o.workers = 1;
    return o;
  }
  /// The handler runs on the worker's thread: that is how it is known.
  no_memory_edge() : proxy_fixture(one_worker(), [](const std::string&, const std::string&) { is_worker = true; }) {}

  void go() {
    REQUIRE(server->publish({{"docker", std::make_shared<const model::configuration>(c)}}).empty());
    REQUIRE(eventually([&] { return stats().generation == 1; }));
    raw_socket client = connect();
    client.send("GET / HTTP/1.1\r\nHost: dead\r\n\r\n");
    REQUIRE(read_answer(client).status == 502);
    client.close();
    REQUIRE(eventually([&] { return stats().connections_open == 0; }));
  }
  void check_nothing_is_open() const {
    const proxy::stats s = stats();
    CHECK(s.active == 0);
    CHECK(s.spool_files == 0);
    CHECK(s.waiting_idle + s.waiting_dawdling + s.waiting_stalled == 0);
    const proxy::figures f = server->read_figures();
    for (const auto* const list : {&f.entry_points, &f.backends})
      for (const auto& t : *list)
        for (const auto& o : t.open) CHECK(o.count == 0);
    for (const auto& one : f.servers) CHECK(one.active == 0);
  }
};

std::ptrdiff_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

/// Each allocation of an exchange fails once. @return how many there are.
int fail_each(no_memory_edge& edge, const std::string& request) {
  const auto ask = [&] {
    raw_socket client = edge.connect();
    REQUIRE(eventually([&] { return edge.stats().connections_open == 1; }));
    return client;
  };
  const auto end = [&](raw_socket& client) {
    client.close();
    REQUIRE(eventually([&] { return edge.stats().connections_open == 0; }));
  };
  for (int i = 0; i < 20; ++i) {  // pools fill: what is taken once for all is none of an exchange's
    raw_socket client = ask();
    client.send(request);
    REQUIRE(read_answer(client).status == 200);
    end(client);
  }
  REQUIRE(eventually([&] { return edge.idle_open() == 0; }));
  std::uint64_t descriptors = edge.stats().descriptors;
  std::ptrdiff_t files = open_files();
  for (int n = 0;; ++n) {
    CAPTURE(n);
    REQUIRE(n < 1'000);
    raw_socket client = ask();
    failed = false;
    left = n;
    client.send(request);
    const answer a = read_answer(client);
    left = -1;
    end(client);
    edge.check_nothing_is_open();
    REQUIRE(eventually([&] { return edge.stats().descriptors <= descriptors && open_files() <= files; }));
    // The server of the test may have closed its last one after the first count: what it was then is no allowance.
    descriptors = std::min(descriptors, edge.stats().descriptors);
    files = std::min(files, open_files());
    if (!failed) {
      CHECK(a.status == 200);  // nothing was counted for those before it: a limit of one lets it in
      return n;
    }
  }
}

}  // namespace

TEST_CASE("memory that runs out anywhere in an exchange leaves nothing behind", "[integration][proxy][lease]") {
  fake_server app([](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    return false;
  });
  dead_port dead;
  no_memory_edge edge;
  edge.c.backends[0].servers = {server_on(app.port())};
  edge.c.backends[1].servers = {server_on(dead.port())};
  SECTION("a plain exchange") {}
  SECTION("with limits, a retry expression and a cookie") {
    model::backend& b = edge.c.backends[0];
    b.max_conn = model::max_conn{1, "request.host"};
    b.circuit_breaker = model::circuit_breaker{"NetworkErrorRatio() > 0.99"};
    b.buffering = model::buffering{};
    b.buffering->max_response_body_bytes = 1'000;
    b.buffering->retry_expression = "IsNetworkError() && Attempts() < 2";
    b.balance = model::balance_options{"drr", false, model::stickiness{}};
  }
  edge.go();
  const int allocations = fail_each(edge, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  CHECK(allocations > 0);
}

TEST_CASE("a connection for which there is no memory is closed, and the next one is served", "[integration][proxy][lease]") {
  fake_server app(always(ok("hello")));
  dead_port dead;
  no_memory_edge edge;
  edge.c.backends[0].servers = {server_on(app.port())};
  edge.c.backends[1].servers = {server_on(dead.port())};
  edge.go();
  CHECK(edge.get().status == 200);
  REQUIRE(eventually([&] { return edge.stats().connections_open == 0; }));
  const std::uint64_t before = edge.stats().exceptions;
  failed = false;
  left = 0;
  raw_socket client = edge.connect();
  CHECK(client.wait_end() != peer_end::none);
  left = -1;
  CHECK(failed);
  CHECK(edge.stats().exceptions == before + 1);
  CHECK(edge.stats().connections_open == 0);
  CHECK(edge.get().status == 200);
}
