// Leases: what is counted goes back once, whichever way its holder ends.
#include "io/descriptor.hpp"
#include "middleware/passed_limits.hpp"
#include "upstream/own_connections.hpp"
#include "upstream/endpoint.hpp"
#include "worker/counters.hpp"
#include "worker/table_ref.hpp"
#include "worker/traffic.hpp"

#include "catch.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace waggle::proxy;

namespace {

struct peers {
  peers() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("socketpair");
  }
  ~peers() { ::close(ends[1]); }
  int ends[2];
};

struct one_endpoint {
  io::loop loop;
  plan::server server;
  upstream::endpoint* e = new upstream::endpoint(loop, server);
  bool gone = false;
  ~one_endpoint() {
    if (!gone) e->depart();
  }
  upstream::owned_connection connect(peers& p) {
    upstream::owned_connection c(new upstream::connection(loop, *e));
    REQUIRE(c->adopt(p.ends[0]));
    return c;
  }
};

/// Lets so many in at once; may fail to be told of an end.
struct fake_limit final : middleware::limit {
  explicit fake_limit(int most) : room(most) {}
  std::string key(const middleware::request_info&) const override { return {}; }
  std::optional<middleware::local_answer> admit(const std::string&, io::time_ms) override {
    if (out_of_memory) throw std::bad_alloc();
    if (running == room) return middleware::local_answer{429, {}, {}};
    ++running;
    return std::nullopt;
  }
  void finished(const std::string&, const middleware::outcome& o) override {
    --running;
    last = o.status;
    if (throws) throw std::bad_alloc();
  }
  int room, running = 0;
  unsigned last = 0;
  bool throws = false, out_of_memory = false;
};

struct asked_by {
  waggle::http::request request;
  io::ip_bytes ip{};
  middleware::request_info about{.request = request, .peer = "192.0.2.1", .peer_ip = ip, .entry_point = "http"};
};

bool is_closed(int peer) {
  char byte;
  return ::recv(peer, &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST_CASE("a table lives as long as anything points into it", "[unit][proxy][lease]") {
  auto t = std::make_shared<routing::table>();
  const std::weak_ptr<routing::table> alive = t;
  auto b = std::make_shared<plan::backend>();
  t->backends.push_back(b);
  io::lease<table_ref> current(new table_ref(std::move(t)));
  in_table<plan::backend> to(current.get(), b.get());
  in_table<plan::backend> other(current.get(), b.get());
  current.reset();
  other = std::move(to);
  CHECK_FALSE(to);
  CHECK(other.get() == b.get());
  CHECK_FALSE(alive.expired());
  other = in_table<plan::backend>();
  CHECK(alive.expired());
}

TEST_CASE("an exception gives back the server and the share that an exchange had", "[unit][proxy][lease]") {
  one_endpoint o;
  io::lease<backend_traffic> t(new backend_traffic("b"));
  const traffic_kind kind{0, 0};
  try {
    upstream::endpoint_lease server(*o.e);
    const traffic_lease share(t.get(), kind);
    CHECK(o.e->active == 1);
    CHECK(t->in_use() == 1);
    CHECK(t->open[0][0] == 1);
    upstream::endpoint_lease moved = std::move(server);
    CHECK(o.e->active == 1);
    throw std::runtime_error("no memory");
  } catch (const std::runtime_error&) {
  }
  CHECK(o.e->active == 0);
  CHECK(t->in_use() == 0);
  CHECK(t->open[0][0] == 0);
  upstream::endpoint_lease server(*o.e);
  server.done();
  server.done();
  CHECK(o.e->active == 0);
  server = upstream::endpoint_lease(*o.e);  // the same one again
  CHECK(o.e->active == 1);
}

TEST_CASE("an exception gives back all that a request counts in", "[unit][proxy][lease]") {
  traffic entry;
  counter active;
  const auto one = std::make_shared<fake_limit>(1), other = std::make_shared<fake_limit>(1);
  const asked_by somebody;
  const traffic_kind plain{0, 0}, websocket{0, 1};
  try {
    const counter_lease running(active);
    open_request at_entry(entry, plain);
    at_entry.become(websocket);
    CHECK(entry.open[0][0] == 0);
    CHECK(entry.open[0][1] == 1);
    open_request moved = std::move(at_entry);
    middleware::passed_limits passed;
    passed.ask(*one, somebody.about);
    CHECK(active.read() == 1);
    other->out_of_memory = true;
    passed.ask(*other, somebody.about);
    FAIL("the second one threw");
  } catch (const std::bad_alloc&) {
  }
  CHECK(active.read() == 0);
  CHECK(entry.open[0][0] == 0);
  CHECK(entry.open[0][1] == 0);
  CHECK(one->running == 0);
  CHECK(one->last == 0);
  CHECK(other->running == 0);
}

TEST_CASE("each limit that let a request in hears of its end, once", "[unit][proxy][lease]") {
  const auto one = std::make_shared<fake_limit>(2), full = std::make_shared<fake_limit>(0), last = std::make_shared<fake_limit>(1);
  const asked_by somebody;
  SECTION("one refuses: those before it have let it in") {
    middleware::passed_limits p;
    CHECK_FALSE(p.ask(*one, somebody.about));
    const auto refusal = p.ask(*full, somebody.about);
    REQUIRE(refusal);
    CHECK(refusal->status == 429);
    CHECK(p.count() == 1);
    p.finish({.status = 429});
    CHECK(one->running == 0);
    CHECK(one->last == 429);
    CHECK(full->running == 0);
    CHECK(last->last == 0);
    p.finish({.status = 200});
    CHECK(one->last == 429);  // once
  }
  SECTION("one that fails does not keep it from the others") {
    one->throws = true;
    {
      middleware::passed_limits p;
      CHECK_FALSE(p.ask(*one, somebody.about));
      CHECK_FALSE(p.ask(*last, somebody.about));
      CHECK(last->running == 1);
      p.finish({.status = 200});
      CHECK(last->running == 0);
    }
    CHECK(one->running == 0);
    CHECK(last->last == 200);
  }
}

TEST_CASE("a descriptor is closed with its owner, unless it was handed on", "[unit][proxy][lease]") {
  peers p;
  SECTION("closed") {
    { const io::descriptor d(p.ends[0]); }
    CHECK(is_closed(p.ends[1]));
  }
  SECTION("handed on") {
    int fd = -1;
    {
      io::descriptor d(p.ends[0]);
      io::descriptor e = std::move(d);
      CHECK_FALSE(d);
      fd = e.release();
    }
    CHECK_FALSE(is_closed(p.ends[1]));
    ::close(fd);
  }
}

TEST_CASE("a connection without an owner is closed", "[unit][proxy][lease]") {
  one_endpoint o;
  peers p;
  { const upstream::owned_connection c = o.connect(p); }
  CHECK(is_closed(p.ends[1]));
}

TEST_CASE("a bound connection never reaches the pool", "[unit][proxy][lease]") {
  one_endpoint o;
  peers p;
  upstream::owned_connection c = o.connect(p);
  c->bound = true;
  o.e->give_back(std::move(c), 1'000, 10);
  CHECK(o.e->idle_count() == 0);
  CHECK(is_closed(p.ends[1]));
}

TEST_CASE("own connections: found by their server, closed when it departs, bounded", "[unit][proxy][lease]") {
  one_endpoint o;
  peers p;
  upstream::own_connections own;
  own.keep(o.connect(p));
  CHECK(own.lead_to(o.e->key));
  CHECK_FALSE(is_closed(p.ends[1]));
  SECTION("used again") {
    upstream::owned_connection c = own.take(*o.e, true);
    REQUIRE(c);
    CHECK(c->exchanges == 1);
    CHECK_FALSE(own.take(*o.e, true));
    own.keep(std::move(c));
    CHECK(own.lead_to(o.e->key));
  }
  SECTION("its server departs") {
    o.e->depart();
    o.gone = true;
    CHECK(is_closed(p.ends[1]));
    CHECK_FALSE(own.lead_to(o.e->key));
  }
  SECTION("bytes that nobody asked for") {
    REQUIRE(::send(p.ends[1], "x", 1, 0) == 1);
    CHECK_FALSE(own.take(*o.e, true));
    CHECK_FALSE(own.lead_to(o.e->key));
  }
  SECTION("its server is not trusted any more") {
    o.e->disable_reuse();
    CHECK_FALSE(own.take(*o.e, false));
  }
  SECTION("the one used longest ago gives way") {
    std::vector<std::unique_ptr<one_endpoint>> others;
    std::vector<std::unique_ptr<peers>> ends;
    upstream::own_connections few;
    for (std::size_t i = 0; i < upstream::own_connections::most + 1; ++i) {
      others.push_back(std::make_unique<one_endpoint>());
      ends.push_back(std::make_unique<peers>());
      few.keep(others.back()->connect(*ends.back()));
    }
    CHECK(is_closed(ends[0]->ends[1]));
    CHECK_FALSE(is_closed(ends[1]->ends[1]));
    CHECK_FALSE(few.take(*others[0]->e, false));
    for (std::size_t i = 1; i < others.size(); ++i) CHECK(few.take(*others[i]->e, false));
  }
}

TEST_CASE("a connection is looked at before a request that can be sent once only is sent on it", "[unit][proxy][lease][retry]") {
  one_endpoint o;
  peers p;
  o.e->give_back(o.connect(p), 60'000, 4);
  SECTION("quiet: it is used") { CHECK(o.e->take_idle(true)); }
  SECTION("bytes that nobody asked for") {
    REQUIRE(::send(p.ends[1], "x", 1, 0) == 1);
    CHECK_FALSE(o.e->take_idle(true));
  }
  SECTION("its end") {
    REQUIRE(::shutdown(p.ends[1], SHUT_WR) == 0);
    CHECK_FALSE(o.e->take_idle(true));
  }
  CHECK_FALSE(o.e->take_idle(true));
}
