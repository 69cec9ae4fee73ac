// What is matched and what is forwarded: paths, hosts, forwarding fields that labels write, and requests that come round.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <atomic>

using namespace waggle;
using namespace waggle::test;

namespace {

/// One frontend for each rule, all to "app", made by hand.
struct edge : proxy_fixture {
  test::configuration c;
  explicit edge(std::vector<model::server> app, proxy::options o = default_options()) : proxy_fixture(std::move(o)) {
    backend("app", std::move(app));
  }
  void backend(const std::string& name, std::vector<model::server> servers) {
    model::backend b;
    b.name = name;
    b.servers = std::move(servers);
    c.backends.push_back(std::move(b));
  }
  model::frontend& frontend(const std::string& rule, const std::string& to = "app") {
    model::frontend f;
    f.name = "frontend-" + std::to_string(frontends_++);
    f.entry_points = {"http"};
    f.backend = to;
    f.pass_host_header = true;
    f.routes = {{"route", rule}};
    c.frontends.push_back(std::move(f));
    return c.frontends[c.frontends.size() - 1];
  }
  edge& go() {
    ++generation_;
    skipped = server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
    eventually([this] { return server->read_totals().generation >= generation_; });
    return *this;
  }
  answer ask(const std::string& host, const std::string& target = "/", const std::string& fields = {}) const {
    raw_socket client = connect();
    client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
    return read_answer(client);
  }

 private:
  std::uint64_t generation_ = 0;
  unsigned frontends_ = 0;
};

/// A service that calls another one through the edge with the fields that it got.
fake_server::script calls(const std::uint16_t& port, const std::string& host, int times = 1) {
  return [&port, host, times](fake_server::connection& c, recorded& r) {
    std::string fields, out;
    for (std::size_t at = r.head.find("\r\n") + 2; at < r.head.size();) {
      const std::string line = r.head.substr(at, r.head.find("\r\n", at) + 2 - at);
      at += line.size();
      if (!line.starts_with("Host:") && line != "\r\n") fields += line;
    }
    for (int i = 0; i < times; ++i) {
      raw_socket next = raw_socket::connect(port);
      next.send("GET /next HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
      const answer a = read_answer(next);
      out += std::to_string(a.status) + " " + a.body + " ";
    }
    return c.peer.send(ok(out));
  };
}

}  // namespace

TEST_CASE("paths as browsers and tools send them are matched and forwarded as received", "[integration][proxy][forwarded]") {
  fake_server app;
  edge e({server_on(app.port())});
  e.frontend("Host:h");
  e.frontend("Host:s;PathPrefixStrip:/pre");
  e.go();
  const std::vector<std::string> paths{"/src/[slug]/+page.js", "/a|b^c{d}", "/\"<>\\", "/\xc3\xbc", "/a%5Cb", "/q?x=\xc3\xbc[1]|{}"};
  for (const std::string& p : paths) {
    CAPTURE(p);
    CHECK(e.ask("h", p).status == 200);
    CHECK(app.requests().back().line() == "GET " + p + " HTTP/1.1");
    CHECK(e.ask("s", "/pre" + p).status == 200);
    CHECK(app.requests().back().line() == "GET " + p + " HTTP/1.1");
  }
  for (const char* p : {"/a#b", "/%00", "/%zz", "/a\x7f"}) {
    CAPTURE(p);
    CHECK(e.ask("h", p).status == 400);
  }
}

TEST_CASE("a dot at the end of a host name leads around nothing", "[integration][proxy][forwarded]") {
  fake_server app;
  const std::string dot = GENERATE("", ".");
  edge e({server_on(app.port())});
  e.frontend("Host:guarded.example" + dot).options.white_list = model::white_list{{"192.0.2.1"}, false};
  e.frontend("PathPrefix:/");
  e.go();
  for (const char* host : {"guarded.example", "guarded.example.", "Guarded.Example.:8080", "guarded.example:80"}) {
    CAPTURE(host);
    CHECK(e.ask(host).status == 403);
    raw_socket absolute = e.connect();
    absolute.send("GET http://" + std::string(host) + "/ HTTP/1.1\r\nHost: other\r\n\r\n");
    CHECK(read_answer(absolute).status == 403);
  }
  CHECK(e.ask("guarded.example..").status == 400);
  CHECK(e.ask("other.example.").status == 200);
  CHECK(app.requests().back().field("Host") == "other.example.");  // forwarded as received
}

TEST_CASE("a strict entry point refuses paths with two readings and says why", "[integration][proxy][forwarded]") {
  fake_server app;
  auto o = default_options();
  o.entry_points[0].strict_paths = true;
  edge e({server_on(app.port())}, o);
  e.frontend("Host:h");
  e.go();
  for (const char* p : {"//admin", "/x/..;/admin", "/x/..%2fadmin", "/a\\b", "/%5cadmin", "/%252e"}) {
    CAPTURE(p);
    const answer a = e.ask("h", p);
    CHECK(a.status == 400);
    CHECK_THAT(a.body, Catch::Matchers::Contains("ambiguous path"));
  }
  CHECK(e.ask("h", "/a/../b/[c]?x=//;%2f").status == 200);
  CHECK(app.request_count() == 1);
  proxy::request_question q;
  q.host = "h";
  q.target = "/x/..;/admin";
  CHECK(e.server->explain(q).status == 400);
}

TEST_CASE("a prefix that is stripped within a segment is told of, and refused where paths are strict", "[integration][proxy][forwarded]") {
  fake_server app;
  auto o = default_options();
  const bool strict = o.entry_points[0].strict_paths = GENERATE(false, true);
  edge e({server_on(app.port())}, o);
  e.frontend("Host:h;PathPrefixStrip:/foo");
  e.frontend("Host:h;PathPrefix:/foo/admin");
  e.go();
  const answer a = e.ask("h", "/fooadmin");
  CHECK(a.status == (strict ? 400 : 200));
  proxy::request_question q;
  q.host = "h";
  q.target = "/fooadmin";
  const auto told = e.server->explain(q);
  CHECK(told.status == (strict ? 400u : 0u));
  REQUIRE(told.warnings.size() == 1);
  CHECK_THAT(told.warnings[0], Catch::Matchers::Contains("/foo/admin"));
  CHECK(e.ask("h", "/foo/x").status == 200);
  q.target = "/foo/x";
  CHECK(e.server->explain(q).warnings.empty());
}

TEST_CASE("explain tells who else a path may belong to", "[integration][proxy][forwarded]") {
  fake_server app;
  edge e({server_on(app.port())});
  e.frontend("Host:h;PathPrefix:/admin");
  e.frontend("Host:h");
  e.go();
  proxy::request_question q;
  q.host = "h";
  for (const char* p : {"//admin/x", "/x/..;/admin", "/x/..%2fadmin", "/x\\..\\admin"}) {
    CAPTURE(p);
    q.target = p;
    const auto out = e.server->explain(q);
    REQUIRE(out.routes[0].frontend == "frontend-1");
    REQUIRE_FALSE(out.warnings.empty());
    CHECK_THAT(out.warnings[0], Catch::Matchers::Contains("frontend-0") && Catch::Matchers::Contains("StrictPaths"));
  }
  q.target = "/plain";
  CHECK(e.server->explain(q).warnings.empty());
}

TEST_CASE("a service that hands on the fields it got is no loop", "[integration][proxy][forwarded][hops]") {
  fake_server api(always(ok("api")));
  edge e({server_on(api.port())});
  fake_server middle(calls(e.port, "api.example", 20)), front(calls(e.port, "middle.example"));
  e.backend("front", {server_on(front.port())});
  e.backend("middle", {server_on(middle.port())});
  e.frontend("Host:api.example");
  e.frontend("Host:front.example", "front");
  e.frontend("Host:middle.example", "middle");
  e.go();
  const answer a = e.ask("front.example");
  CHECK_THAT(a.body, Catch::Matchers::StartsWith("200 200 api 200 api"));
  CHECK(a.body.find("508") == std::string::npos);
  // Nobody's claims make a loop.
  const std::string hostname = api.requests().back().field("X-Forwarded-Server");
  CHECK(e.ask("api.example", "/", "X-Forwarded-Server: " + hostname + "\r\nX-Waggle-Hops: 0123456789abcdef=99\r\n").status == 200);
}

TEST_CASE("a route that leads back ends soon, whatever its labels hide", "[integration][proxy][forwarded][hops]") {
  auto o = default_options();
  o.hostname = "edge-1";
  const bool hidden = GENERATE(false, true);
  CAPTURE(hidden);
  edge e({}, o);
  e.backend("self", {server_on(e.port)});
  e.frontend("Host:h", "self");
  if (hidden) e.c.frontends[0].options.headers.emplace().custom_request_headers = {{"X-Forwarded-Server", ""}, {"X-Waggle-Hops", ""}};
  e.go();
  const answer a = e.ask("h");
  CHECK(a.status == 508);
  CHECK(a.field("Cache-Control") == "no-store");
  CHECK(e.stats().requests <= 15);
}

TEST_CASE("two replicas that route to each other end it", "[integration][proxy][forwarded][hops]") {
  auto o = default_options(), other = o;
  o.hostname = "edge-1";
  other.hostname = "edge-2";
  o.entry_points[0].forwarded_headers.everyone = other.entry_points[0].forwarded_headers.everyone = GENERATE(false, true);
  edge one({}, o), two({}, other);
  one.backend("other", {server_on(two.port)});
  two.backend("other", {server_on(one.port)});
  one.frontend("Host:h", "other");
  two.frontend("Host:h", "other");
  one.go();
  two.go();
  CHECK(one.ask("h").status == 508);
  CHECK(one.stats().requests + two.stats().requests <= 36);
}

TEST_CASE("what a label says of a forwarding field is said once", "[integration][proxy][forwarded]") {
  fake_server app;
  edge e({server_on(app.port())});
  e.frontend("PathPrefixStrip:/p").options.headers.emplace().custom_request_headers = {
      {"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", ""},    {"X-Real-Ip", "9.9.9.9"},        {"x-forwarded-host", "shown.example"},
      {"X-Forwarded-Port", "443"},    {"X-Forwarded-Server", ""}, {"X-Forwarded-Prefix", "/label"}};
  e.go();
  CHECK(e.ask("h", "/p/x", "X-Real-Ip: 1.1.1.1\r\nX-Forwarded-Proto: ftp\r\n").status == 200);
  const recorded r = app.requests().back();
  CHECK(r.field("X-Forwarded-Proto") == "https");  // of several lines all would be here
  CHECK(r.field("X-Forwarded-For").empty());
  CHECK(r.field("X-Real-Ip") == "9.9.9.9");
  CHECK(r.field("X-Forwarded-Host") == "shown.example");
  CHECK(r.field("X-Forwarded-Port") == "443");
  CHECK(r.field("X-Forwarded-Server").empty());
  CHECK(r.field("X-Forwarded-Prefix") == "/label");
}

TEST_CASE("what an auth server says of a forwarding field is said once", "[integration][proxy][forwarded]") {
  fake_server app,
      auth(always("HTTP/1.1 200 OK\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-User: ann\r\nContent-Length: 0\r\n\r\n"));
  const bool at_entry = GENERATE(false, true);
  CAPTURE(at_entry);
  model::auth a;
  a.forward = model::auth_forward{auth.url() + "/", {}, false, {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-User"}};
  auto o = default_options();
  if (at_entry) o.entry_points[0].auth = a;
  edge e({server_on(app.port())}, o);
  auto& f = e.frontend("PathPrefix:/");
  if (!at_entry) f.options.auth = a;
  e.go();
  CHECK(e.ask("h", "/", "X-Forwarded-User: mallory\r\nX_Forwarded_User: mallory\r\n").status == 200);
  const recorded r = app.requests().back();
  CHECK(r.field("X-Forwarded-For") == "6.6.6.6");
  CHECK(r.field("X-Forwarded-Proto") == "https");
  CHECK(r.field("X-Forwarded-User") == "ann");
  CHECK(r.field("X_Forwarded_User").empty());
}

TEST_CASE("an entry point's auth server behind the same entry point ends it", "[integration][proxy][forwarded][hops]") {
  fake_server app;
  std::atomic<std::uint16_t> port{0};
  // The auth server as the edge reaches it: through the edge itself.
  fake_server auth([&](fake_server::connection& c, recorded& r) {
    raw_socket next = raw_socket::connect(port);
    next.send(r.head);
    return c.peer.send("HTTP/1.1 " + std::to_string(read_answer(next).status) + " X\r\nContent-Length: 0\r\n\r\n");
  });
  auto o = default_options();
  model::auth a;
  a.forward = model::auth_forward{auth.url() + "/auth", {}, false, {}};
  o.entry_points[0].auth = a;
  edge e({server_on(app.port())}, o);
  port = e.port;
  e.frontend("PathPrefix:/");
  e.go();
  CHECK(e.ask("h").status == 508);
  CHECK(app.request_count() == 0);
}

TEST_CASE("a first wrong password names nobody, not even to the error page", "[integration][proxy][forwarded]") {
  fake_server app, pages(always(ok("sorry")));
  edge e({server_on(app.port())});
  e.backend("pages", {server_on(pages.port())});
  auto& f = e.frontend("PathPrefix:/");
  f.options.errors["all"] = {{"401"}, "pages", "/e"};
  model::auth a;
  a.basic = model::auth_users{
      {GENERATE("bob:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS", "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")}, "", false};
  a.header_field = "X-User";
  f.options.auth = a;
  e.go();
  CHECK(e.ask("h", "/", "Authorization: Basic Ym9iOm5vdCB0aGF0\r\nX-User: bob\r\n").status == 401);
  CHECK(app.request_count() == 0);
  REQUIRE(pages.request_count() == 1);
  CHECK(pages.requests()[0].field("X-User").empty());
  CHECK(pages.requests()[0].field("Authorization").empty());
  CHECK(e.ask("h", "/", "Authorization: Basic Ym9iOnNlY3JldA==\r\n").status == 200);
  CHECK(app.requests().at(0).field("X-User") == "bob");
  CHECK(app.requests().at(0).field("Authorization") == "Basic Ym9iOnNlY3JldA==");
}
