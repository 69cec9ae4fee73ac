// Auth that has to wait, over real sockets: forward auth against scripted auth servers, slow password hashes, limits in use.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <atomic>
#include <thread>

using namespace waggle;
using namespace waggle::test;

namespace {

constexpr const char* bob = "bob:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS";  // secret
constexpr const char* bobs_line = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";

/// One frontend for everything with these options.
struct guarded : proxy_fixture {
  test::configuration c;
  explicit guarded(std::uint16_t app, proxy::options o = default_options()) : proxy_fixture(std::move(o)) {
    model::backend b;
    b.name = "app";
    b.servers = {server_on(app)};
    model::frontend f;
    f.name = "frontend";
    f.entry_points = {"http"};
    f.backend = "app";
    f.routes = {{"route", "PathPrefix:/"}};
    c.backends.push_back(std::move(b));
    c.frontends.push_back(std::move(f));
  }
  model::frontend& frontend() { return c.frontends[0]; }
  guarded& go() {
    ++generation_;
    skipped = server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
    eventually([this] { return server->read_totals().generation >= generation_; });
    return *this;
  }
  guarded& ask_first(const std::string& address) {
    model::auth a;
    a.forward = model::auth_forward{address, {}, false, {"X-User", "X-Gone"}};
    frontend().options.auth = std::move(a);
    return go();
  }
  answer post(const std::string& fields = {}) const {
    raw_socket client = connect();
    client.send("POST /p?q=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" + fields + "\r\nhello");
    return read_answer(client);
  }

 private:
  std::uint64_t generation_ = 0;
};

}  // namespace

TEST_CASE("forward auth: a yes sets and deletes headers and keeps the body", "[integration][proxy][middleware]") {
  fake_server app, auth(always("HTTP/1.1 204 No Content\r\nx-user: alice\r\n\r\n"));
  guarded g(app.port());
  for (const bool pass_host : {true, false}) {
    g.frontend().pass_host_header = pass_host;
    g.ask_first(auth.url() + "/check");
    const answer a = g.post("X-User: evil\r\nX_User: evil\r\nX-Gone: 1\r\nX-Forwarded-Uri: /evil\r\n");
    CHECK(a.status == 200);
    const recorded got = app.requests().back();
    CHECK(got.body == "hello");
    CHECK(got.field("X-User") == "alice");
    CHECK(got.field("X_User").empty());
    CHECK(got.field("X-Gone").empty());
    CHECK(got.field("Host") == (pass_host ? "h" : "127.0.0.1:" + std::to_string(app.port())));
    const recorded asked = auth.requests().back();
    CHECK(asked.line() == "GET /check HTTP/1.1");
    CHECK(asked.field("X-Forwarded-Uri") == "/p?q=1");
    CHECK(asked.field("X-Forwarded-Method") == "POST");
    CHECK(asked.field("Content-Length").empty());
  }
}

TEST_CASE("of two credentials none is checked here and the other one believed behind", "[integration][proxy][middleware]") {
  fake_server app, auth(always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  guarded g(app.port());
  const bool forward = GENERATE(false, true);
  if (forward) {
    g.ask_first(auth.url() + "/check");
  } else {
    g.frontend().options.auth.emplace().basic = model::auth_users{{bob}, "", false};
    g.go();
  }
  CHECK(g.post(bobs_line).status == 200);
  const std::string rival = "authorization: Basic YWRtaW46eA==\r\n";  // admin:x
  CHECK(g.post(bobs_line + rival).status == (forward ? 400 : 401));
  CHECK(g.post(rival + bobs_line).status == (forward ? 400 : 401));
  CHECK(app.request_count() == 1);
}

TEST_CASE("forward auth: a no is the answer, and the connection goes on", "[integration][proxy][middleware]") {
  fake_server app, auth(always("HTTP/1.1 303 See\r\nLocation: /login\r\nSet-Cookie: s=1\r\nTransfer-Encoding: chunked\r\nKeep-Alive: x\r\n\r\n"
                               "3\r\nbye\r\n0\r\n\r\n"));
  guarded g(app.port());
  g.ask_first(auth.url());
  raw_socket client = g.connect();
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const answer a = read_answer(client);
    CHECK(a.status == 303);
    CHECK(a.field("Location") == auth.url() + "/login");
    CHECK(a.field("Set-Cookie") == "s=1");
    CHECK(a.field("Keep-Alive").empty());
    CHECK(a.body == "bye");
  }
  CHECK(app.request_count() == 0);
}

TEST_CASE("forward auth: a frontend that is built again, silently, still has a log to write to", "[integration][proxy][middleware]") {
  dead_port dead;
  fake_server app, another;
  std::atomic<int> told = 0;
  guarded g(app.port());
  g.sink.heard = [&](const std::string& line) { told += line.find("Error calling http://") != std::string::npos; };
  g.log.set_level(base::log_level::debug);
  g.ask_first("http://127.0.0.1:" + std::to_string(dead.port()) + "/");
  CHECK(g.get().status == 500);
  CHECK(told == 1);
  g.c.backends[0].servers.push_back(server_on(another.port()));
  g.go();
  CHECK(g.get().status == 500);
  CHECK(told == 2);
}

TEST_CASE("forward auth: a server that cannot be asked closes the door", "[integration][proxy][middleware]") {
  dead_port dead;
  fake_server app;
  guarded g(app.port());
  const auto refused = [&] {
    const answer a = g.get();
    return a.status == 500 && a.body.empty() && a.field("Content-Length") == "0";
  };
  g.ask_first("http://127.0.0.1:" + std::to_string(dead.port()) + "/");
  CHECK(refused());
  g.ask_first("http://no-such-name.invalid/");
  CHECK(refused());
  for (const std::string bad :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "nonsense\r\n\r\n", "HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n", ""}) {
    fake_server auth([bad](fake_server::connection& c, recorded&) {
      c.peer.send(bad);
      return false;
    });
    INFO(bad);
    g.ask_first(auth.url());
    CHECK(refused());
  }
  CHECK(app.request_count() == 0);
}

TEST_CASE("forward auth: clients that leave, and a stop, while the auth server thinks", "[integration][proxy][middleware]") {
  fake_server app, auth([](fake_server::connection&c, recorded&) { return c.peer.read_until("\n").empty() && false; });
  {
    guarded g(app.port());
    g.ask_first(auth.url());
    raw_socket leaves = g.connect(), stays = g.connect();
    leaves.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    stays.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(eventually([&] { return auth.request_count() == 2; }));
    leaves.reset();
    CHECK(eventually([&] { return g.stats().connections_open == 1; }));
  }
  CHECK(app.request_count() == 0);
}

TEST_CASE("slow password hashes are checked off the workers, once", "[integration][proxy][middleware]") {
  fake_server app;
  guarded g(app.port());
  model::auth a;
  a.basic = model::auth_users{{bob}, "", true};
  a.header_field = "X-User";
  g.frontend().options.auth = a;
  g.go();
  std::vector<std::thread> browsers;
  std::atomic<int> in{0};
  for (int i = 0; i < 6; ++i) browsers.emplace_back([&] { in += g.post(bobs_line).status == 200; });
  for (auto& b : browsers) b.join();
  CHECK(in == 6);
  CHECK(app.requests()[0].field("X-User") == "bob");
  CHECK(app.requests()[0].field("Authorization").empty());
  CHECK(app.requests()[0].body == "hello");
  CHECK(g.post("Authorization: Basic Ym9iOndyb25n\r\n").status == 401);  // bob:wrong
  CHECK(g.post("Authorization: Basic bm9ib2R5OnNlY3JldA==\r\n").status == 401);
  CHECK(g.post().status == 401);
  CHECK(app.request_count() == 6);

  // Results are remembered for the process: a name that a route does not know stays out, though it fits the same hash elsewhere.
  g.frontend().options.auth->basic->users = {"ann" + std::string(bob).substr(3)};
  g.go();
  CHECK(g.post(bobs_line).status == 401);
  CHECK(g.post(bobs_line).status == 401);
  CHECK(g.post("Authorization: Basic YW5uOnNlY3JldA==\r\n").status == 200);
  g.frontend().options.auth->basic->users = {bob};
  g.go();
  CHECK(g.post(bobs_line).status == 200);
}

TEST_CASE("limits hear of every end", "[integration][proxy][middleware]") {
  std::atomic<bool> hold{true};
  fake_server app([&](fake_server::connection& c, recorded&) {
    eventually([&] { return !hold.load(); });
    return c.peer.send(ok("done"));
  });
  guarded g(app.port());
  g.c.backends[0].max_conn = model::max_conn{1, "request.host"};
  g.go();
  raw_socket first = g.connect();
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(eventually([&] { return app.request_count() == 1; }));
  const answer second = g.get();
  CHECK(second.status == 429);
  CHECK(second.body == "max connections reached: 1");
  first.reset();  // the client leaves: its place is free
  hold = false;
  CHECK(eventually([&] { return g.get().status == 200; }));
  CHECK(g.get().status == 200);
}
