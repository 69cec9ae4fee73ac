// The API as a service of the proxy: which requests come to it, who is let in, who gives way to whom, and what a stop leaves alone.
#include "api_fixture.hpp"

#include "admin/routes.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace waggle;
using namespace waggle::app;
using namespace waggle::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Says which service was asked, and for what.
admin::response telling(const admin::request& r) {
  return {.status = 200,
          .content_type = "text/plain",
          .body = std::string(r.service ? service_of(*r.service) : "nobody") + ' ' + r.method + ' ' + r.target + ' ' + r.host};
}

/// An event stream that says one thing and goes on.
struct one_event : admin::event_source {
  std::string next() override { return std::exchange(text, {}); }
  std::string text = "data: first\n\n";
};

admin::response with_streams(const admin::request& r) {
  if (r.target == "/api/events") return {.content_type = {}, .body = {}, .events = std::make_shared<one_event>()};
  if (r.target == "/metrics") return {.content_type = "text/plain", .body = std::string(8 * 1024 * 1024, 'm')};
  return telling(r);
}

void behind_balancer(startup_plan& p) {
  p.proxy.entry_points.back().proxy_protocol.everyone = true;
  p.proxy.workers = 2;
}

model::configuration services_on(const std::string& entry_point, const std::string& rule, std::uint16_t port) {
  test::configuration c = configuration_of({{rule, {server_on(port)}}});
  c.frontends[0].entry_points = {entry_point};
  return c;
}

struct kept_lines final : proxy::access_sink {
  std::mutex mutex;
  std::string text;
  void write(std::string_view lines, std::size_t) noexcept override {
    const std::lock_guard lock(mutex);
    text += lines;
  }
  std::string get() {
    const std::lock_guard lock(mutex);
    return text;
  }
};

const std::string basic = "Authorization: Basic ";
const std::string joe = basic + "am9lOnNlY3JldA==\r\n", wrong_joe = basic + "am9lOndyb25n\r\n";  // joe:secret, joe:wrong

/// joe and ann have the password "secret"; ann's hash is slow.
model::auth users(std::string slow = "ann:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS") {
  model::auth out;
  out.basic.emplace().users = {"joe:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", std::move(slow)};
  return out;
}

}  // namespace

TEST_CASE("each path of the API's goes to its service, all others to frontends", "[integration][app][api]") {
  fake_server a(always(ok("service")));
  api_fixture api(telling);
  api.publish(services_on("traefik", "PathPrefix:/", a.port()));
  CHECK(api.get("/ping").body == "ping@internal GET /ping localhost");
  CHECK(api.get("/metrics?x=y").body == "metrics@internal GET /metrics?x=y localhost");
  CHECK(api.get("/").body == "api@internal GET / localhost");
  CHECK(api.get("/api/providers/docker/backends/a%2Fb").body == "api@internal GET /api/providers/docker/backends/a%2Fb localhost");
  CHECK(api.get("/ping/", {}, "HEAD").status == 200);
  const int before = a.connections();
  for (const char* path : {"/x", "/apix", "/api/x", "/ping/x", "/api/statu", "/metrics/x"}) {
    CAPTURE(path);
    CHECK(api.get(path).body == "service");
  }
  CHECK(api.get("/api", "Content-Length: 0\r\n", "POST").body == "service");
  CHECK(a.connections() > before);
  const auto told = api.edge->explain({.entry_point = "traefik", .host = {}, .target = "/api", .headers = {}});
  CHECK(told.outcome == "waggle answers it itself (api@internal), before all routes");
  REQUIRE(told.routes.size() == 1);  // what is told as JSON names the winner
  CHECK(told.routes[0].frontend == "internal-api-traefik");
}

TEST_CASE("the API's requests are neither logged nor counted, services' on its entry point are", "[integration][app][api]") {
  fake_server a(always(ok("service")));
  kept_lines lines;
  api_fixture api(telling, {.change = [](startup_plan& p) { p.proxy.access_log.emplace(); }, .access = &lines});
  api.publish(services_on("traefik", "PathPrefix:/x", a.port()));
  for (int i = 0; i < 3; ++i) CHECK(api.get("/ping").status == 200);
  CHECK(api.get("/x").status == 200);
  REQUIRE(eventually([&] { return !lines.get().empty(); }));
  const std::string text = lines.get();
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK_THAT(text, Contains("\"GET /x HTTP/1.1\" 200") && Contains(" 1 \""));
  const proxy::stats totals = api.edge->read_totals();
  CHECK(totals.requests == 1);
  CHECK(totals.status.at(200) == 1);
  const proxy::figures f = api.edge->read_figures();
  REQUIRE(f.backends.size() == 1);  // no tenant
  REQUIRE(f.servers.size() == 1);
  for (const auto& e : f.entry_points) CHECK(e.answers.size() == (e.name == "traefik" ? 1u : 0u));
}

TEST_CASE("white list and auth stand before all but ping; redirects before the services alone", "[integration][app][api]") {
  api_fixture api(telling, {.change = [](startup_plan& p) {
                    proxy::entry_point& e = p.proxy.entry_points.back();
                    e.white_list.emplace().source_range = {"192.0.2.0/24", "127.0.0.0/8"};
                    e.auth = users();
                    e.redirect.emplace().entry_point = "http";
                    behind_balancer(p);
                  }});
  const auto status = [&](const std::string& path, const std::string& fields, const std::string& client = "192.0.2.7") {
    raw_socket c = api.connect();
    c.send(from_client(client) + "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return read_answer(c).status;
  };
  for (const char* path : {"/api", "/metrics", "/dashboard/", "/api/events"}) {
    CAPTURE(path);
    CHECK(status(path, "") == 401);
    CHECK(status(path, wrong_joe) == 401);
    CHECK(status(path, joe) == 200);
    CHECK(status(path, joe, "198.51.100.1") == 403);
    CHECK(status(path, joe + "X-Forwarded-For: 192.0.2.7\r\n", "198.51.100.1") == 403);
  }
  for (int i = 0; i < 2; ++i) {                                    // the second time from memory
    CHECK(status("/api", basic + "YW5uOnNlY3JldA==\r\n") == 200);  // ann:secret
    CHECK(status("/api", basic + "YW5uOndyb25n\r\n") == 401);      // ann:wrong
  }
  for (const char* path : {"/ping", "/ready"}) CHECK(status(path, "", "198.51.100.1") == 200);
  CHECK(status("/elsewhere", "") == 302);  // the entry point's own steps, in their order
}

TEST_CASE("guesses at the API hold up neither other operators nor services", "[integration][app][api]") {
  fake_server a(always(ok("service")));
  // bcrypt of cost 12, of "secret": a fraction of a second each
  const std::string slow = "ann:$2b$12$lnqJvUuPqc/RTM0JiIfnQO4j0We0NZC5R0Z.gc.Ytq0gBXF8WyjoO";
  api_fixture api(telling, {.change = [&](startup_plan& p) {
                    p.proxy.entry_points.back().auth = users(slow);
                    p.proxy.entry_points.front().auth = users(slow);
                    behind_balancer(p);
                  }});
  api.publish(services_on("http", "PathPrefix:/", a.port()));
  std::vector<raw_socket> guesses;
  for (int i = 0; i < 12; ++i) {
    guesses.push_back(api.connect());
    guesses.back().send(from_client("198.51.100.1") + "GET /api HTTP/1.1\r\nHost: localhost\r\n" + basic + "YW5uOmd1ZXNzQUF" +
                        std::string(1, static_cast<char>('B' + i)) + "\r\n\r\n");
  }
  raw_socket other = api.connect(), service = raw_socket::connect(api.port_of("http"));
  const std::string ann = "GET /api HTTP/1.1\r\nHost: localhost\r\n" + basic + "YW5uOnNlY3JldA==\r\n\r\n";
  other.send(from_client("198.51.100.2") + ann);
  service.send(ann);
  // Not how fast, but before the guesses: some three hashes come first, and a machine may have other work.
  CHECK(read_answer(other, false, patience(60s)).status == 200);
  CHECK(read_answer(service, false, patience(60s)).status == 200);
  const auto answered = [](raw_socket& s) {
    pollfd p{s.descriptor(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
  };
  CHECK(std::count_if(guesses.begin(), guesses.end(), answered) < 12);  // they wait behind each other
}

TEST_CASE("strangers that hold every connection of the API leave the health check some", "[integration][app][api]") {
  api_fixture api(with_streams, {.limits = {.connections = 4, .local_reserve = 2}, .change = behind_balancer});
  std::vector<raw_socket> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(raw_socket::connect(api.port, 4096));
    slow.back().send(from_client("198.51.100." + std::to_string(1 + i % 20)) + "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  for (int i = 0; i < 20; ++i) {
    raw_socket check = api.connect();
    check.send(from_client("127.0.0.1") + "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(read_answer(check).status == 200);
  }
}

TEST_CASE("a viewer that leaves makes room soon, not with the next change", "[integration][app][api]") {
  api_fixture api(with_streams, {.limits = {.connections = 4, .local_reserve = 0}, .change = behind_balancer});
  for (int i = 0; i < 7; ++i) {  // more than there is room for
    CAPTURE(i);
    CHECK(eventually([&] {
      raw_socket viewer = api.connect();
      viewer.send(from_client("198.51.100.1") + "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      return viewer.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 ");
    }));
  }
}

TEST_CASE("one client cannot keep the others from the API", "[integration][app][api]") {
  api_fixture api(with_streams, {.limits = {.connections = 16, .local_reserve = 0}, .change = behind_balancer});
  const auto ask = [&](const std::string& client, const std::string& path) {
    raw_socket c = raw_socket::connect(api.port, 4096);
    c.send(from_client(client) + "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return c;
  };
  const char* const path = GENERATE("/metrics", "/api/events");
  CAPTURE(path);
  std::vector<raw_socket> greedy;
  for (int i = 0; i < 16; ++i) {
    greedy.push_back(ask("198.51.100.1", path));
    REQUIRE_THAT(greedy.back().read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  }
  raw_socket more = ask("198.51.100.1", path);  // it pushes nobody out, itself neither
  const answer busy = read_answer(more);
  CHECK(busy.status == 503);
  CHECK(busy.field("Retry-After") == "1");
  raw_socket other = ask("198.51.100.2", "/api");
  CHECK(read_answer(other).status == 200);
}

TEST_CASE("a service that takes every connection leaves the health check one, and the API takes none of its share", "[integration][app][api]") {
  gate answer_now;
  fake_server a([&](fake_server::connection& c, recorded&) {
    answer_now.pass();
    return c.peer.send(ok("done"));
  });
  api_fixture api(telling, {.change = [](startup_plan& p) {
                    p.proxy.workers = 1;
                    p.proxy.limits.max_connections = 8;
                  }});
  api.publish(services_on("http", "PathPrefix:/", a.port()));
  std::vector<raw_socket> all;
  for (int i = 0; i < 8; ++i) {  // the only tenant has them all, not three quarters
    all.push_back(raw_socket::connect(api.port_of("http")));
    all.back().send(get_root);
    REQUIRE(eventually([&] { return answer_now.waiting == i + 1; }));
  }
  raw_socket turned_away = raw_socket::connect(api.port_of("http"));
  CHECK(read_answer(turned_away).status == 503);
  for (int i = 0; i < 20; ++i) CHECK(api.get("/ping").status == 200);
  raw_socket check = api.connect();  // others that come before it has asked do not push it out
  const std::uint64_t before = api.edge->read_totals().turned_away;
  for (int i = 0; i < 5; ++i) CHECK(read_answer(all.emplace_back(raw_socket::connect(api.port_of("http")))).status == 503);
  CHECK(api.edge->read_totals().turned_away == before + 5);
  check.send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(read_answer(check).status == 200);
  all.resize(8);
  answer_now.open = true;
  for (raw_socket& one : all) CHECK(read_answer(one).status == 200);
}

TEST_CASE("an event stream and a scrape that nobody reads hold no worker", "[integration][app][api]") {
  fake_server a(always(ok("service")));
  api_fixture api(with_streams);
  api.publish(services_on("http", "PathPrefix:/", a.port()));
  raw_socket viewer = api.connect(), scrape = raw_socket::connect(api.port, 4096);
  viewer.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK_THAT(viewer.read_until("data: first"), StartsWith("HTTP/1.1 200 "));
  scrape.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE_FALSE(scrape.read_until("\r\n\r\n").empty());
  raw_socket client = raw_socket::connect(api.port_of("http"));
  for (int i = 0; i < 50; ++i) {
    client.send(get_root);
    CHECK(read_answer(client).status == 200);
  }
  CHECK(api.get("/ping").status == 200);
}

TEST_CASE("a drain waits for services' requests on the API's entry point, not for the API's", "[integration][app][api]") {
  gate answer_now;
  fake_server a([&](fake_server::connection& c, recorded&) {
    answer_now.pass();
    return c.peer.send(ok("done"));
  });
  std::atomic<bool> ready{true};
  api_fixture api([&](const admin::request& r) {
    if (r.target == "/ping") return admin::response{.status = ready ? 200U : 503U, .content_type = "text/plain", .body = "p"};
    return with_streams(r);
  });
  api.publish(services_on("traefik", "PathPrefix:/x", a.port()));
  raw_socket running = api.connect(), viewer = api.connect(), both = api.connect();
  viewer.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE_FALSE(viewer.read_until("data: first").empty());
  both.send("GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");  // kept, and quiet from now on
  CHECK(read_answer(both).status == 200);
  running.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE(eventually([&] { return a.open_connections() == 1; }));
  ready = false;
  std::atomic<bool> drained{false}, clean{false};
  std::thread drain([&] {
    clean = api.edge->drain(patience());
    drained = true;
  });
  const std::uint16_t services = api.port_of("http");
  REQUIRE(eventually([&] { return !raw_socket::connect(services).is_open(); }));
  CHECK(api.get("/x").status == 503);  // who comes now gets the API alone
  CHECK(api.get("/ping").status == 503);
  CHECK_FALSE(drained);
  answer_now.open = true;
  CHECK(read_answer(running).body == "done");
  drain.join();
  CHECK(clean);
  CHECK(api.get("/ping").status == 503);  // until the end
  CHECK(viewer.end() == peer_end::none);
}

TEST_CASE("a drain ends half of a head on the API's entry point at once", "[integration][app][api]") {
  gate answer_now;
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/slow") != std::string::npos) answer_now.pass();
    return c.peer.send(ok("done"));
  });
  api_fixture api(&telling, {.change = [](startup_plan& p) { p.proxy.timeouts.request_head = patience(60s); }});
  api.publish(services_on("traefik", "PathPrefix:/x", a.port()));
  raw_socket running = api.connect(), half = api.connect();
  half.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\nGET /x HT");  // of a service's client, which a drain waits for
  CHECK(read_answer(half).body == "done");
  running.send("GET /x/slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  REQUIRE(answer_now.has_guest());
  REQUIRE(eventually([&] { return api.edge->read_totals().waiting_dawdling == 1; }));
  std::atomic<bool> clean{false};
  std::thread drain([&] { clean = api.edge->drain(patience()); });
  CHECK(half.wait_end() == peer_end::fin);  // without an answer: it has asked nothing
  answer_now.open = true;
  CHECK(read_answer(running).body == "done");
  drain.join();
  CHECK(clean);
}

TEST_CASE("what is on its way to the API when it ends is closed", "[integration][app][api]") {
  counting_sink sink;
  base::logger log{sink};
  std::vector<raw_socket> ends;
  {
    admin::server never(log, telling, {.connections = 8, .local_reserve = 2});
    for (int i = 0; i < 40; ++i)
      if (const int fd = never.connect({"api@internal", "192.0.2.1"}); fd >= 0) ends.emplace_back(fd);
    CHECK(ends.size() == 8);  // a flood of one client
    for (int i = 0; i < 40; ++i)
      if (const int fd = never.connect({"api@internal", "192.0.2." + std::to_string(2 + i)}); fd >= 0) ends.emplace_back(fd);
    CHECK(ends.size() == 10);  // … and of many: those that give way are ended by a thread that is not there
    CHECK(never.connect({"api@internal", "127.0.0.1"}) == -1);
    const int local = never.connect({"ping@internal", "127.0.0.1"});
    REQUIRE(local >= 0);
    ends.emplace_back(local);
    never.stop();
    CHECK(never.connect({"ping@internal", "127.0.0.1"}) == -1);
  }
  for (raw_socket& one : ends) CHECK(one.wait_end() != peer_end::none);
}

TEST_CASE("a stop of the API's server waits for one answer, not for all that are queued", "[integration][app][api]") {
  counting_sink sink;
  base::logger log(sink);
  std::atomic<int> calls{0};
  gate first, second;
  admin::server server(log, [&](const admin::request& r) {
    const int now = ++calls;
    if (now <= 2) (now == 1 ? first : second).pass();
    return telling(r);
  });
  server.start();
  const proxy::internal_call from{"api@internal", "127.0.0.1"};
  std::vector<raw_socket> queued;
  for (int i = 0; i < 20; ++i) queued.emplace_back(server.connect(from));
  raw_socket blocking(server.connect(from));  // the server knows the others when it comes to this one
  const std::string request = "GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n";
  blocking.send(request);
  REQUIRE(first.has_guest());
  for (raw_socket& one : queued) one.send(request);
  first.open = true;
  REQUIRE(second.has_guest());  // all the others are in the queue by now
  std::thread stopping([&] { server.stop(); });
  CHECK(eventually([&] { return server.connect(from) == -1; }));
  second.open = true;
  stopping.join();
  CHECK(calls == 2);
}
