// Redirect, auth and white list of an entry point, over real sockets: asked before any route, told as the entry point's.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <atomic>
#include <mutex>

using namespace waggle;
using namespace waggle::test;

namespace {

constexpr const char* bob = "bob:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS";  // secret
constexpr const char* bobs_line = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";
constexpr const char* wrong_line = "Authorization: Basic Ym9iOndyb25n\r\n";

model::auth basic(std::vector<std::string> users, bool remove = false) {
  model::auth a;
  a.basic = model::auth_users{std::move(users), "", remove};
  return a;
}

model::redirect to_https() { return {"", "^http://([^/]*)/(.*)", "https://$1/$2", true}; }

struct kept_text final : proxy::access_sink {
  void write(std::string_view lines, std::size_t) noexcept override {
    const std::lock_guard lock(mutex);
    text += lines;
  }
  std::string all() {
    const std::lock_guard lock(mutex);
    return text;
  }
  std::mutex mutex;
  std::string text;
};

}  // namespace

TEST_CASE("an entry point's redirect answers before routes, and before the first table", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  o.entry_points[0].redirect = to_https();
  proxy_fixture edge(o);
  const answer early = edge.get("/x?y=1");
  CHECK(early.status == 301);
  CHECK(early.field("Location") == "https://h/x?y=1");
  CHECK(early.body == "Moved Permanently");
  edge.publish({{"Host:other", {server_on(a.port())}}});
  raw_socket c = edge.connect();
  c.send("POST /x HTTP/1.1\r\nHost: other\r\nContent-Length: 2\r\n\r\nhi" + get_root);
  CHECK(read_answer(c).status == 308);
  CHECK(a.request_count() == 0);
}

TEST_CASE("an entry point's redirect to another leaves that one alone", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  proxy::entry_point alt;
  alt.name = "alt";
  alt.address = "127.0.0.1:0";
  o.entry_points.push_back(alt);
  o.entry_points[0].redirect = model::redirect{"alt", "", "", false};
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  const answer moved = edge.get("/x");
  CHECK(moved.status == 302);
  CHECK(moved.field("Location") == "http://h:0/x");  // as its address is written
  CHECK(a.request_count() == 0);
}

TEST_CASE("an entry point's auth guards everything behind it", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  o.entry_points[0].auth = basic({bob}, true);
  o.entry_points[0].auth->header_field = "X-User";
  proxy_fixture edge(o);
  edge.publish({{"Path:/app", {server_on(a.port())}}});
  CHECK(edge.server->explain({"http", "GET", "h", "/app", {}}).outcome.starts_with("if redirect, auth and white list of the entry point"));
  CHECK(edge.get("/app").status == 401);
  CHECK(edge.get("/app").field("Www-Authenticate") == "Basic realm=\"traefik\"");
  CHECK(edge.get("/nothing").status == 401);  // nobody learns what is routed
  CHECK(edge.get("/app", wrong_line).status == 401);
  CHECK(edge.get("/nothing", wrong_line).status == 401);
  CHECK(a.request_count() == 0);
  for (int i = 0; i < 2; ++i) {  // checked by the side thread, then remembered
    CHECK(edge.get("/nothing", bobs_line).status == 404);
    CHECK(edge.get("/app", std::string(bobs_line) + "X-User: evil\r\n").status == 200);
    const recorded got = a.requests().back();
    CHECK(got.field("X-User") == "bob");
    CHECK(got.field("Authorization").empty());
  }
}

TEST_CASE("what came along with a request that has to wait for its password is kept", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  o.entry_points[0].auth = basic({bob});
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  const std::string request = "POST /p HTTP/1.1\r\nHost: h\r\n" + std::string(bobs_line) + "Content-Length: 5\r\n\r\nhello";
  SECTION("in one piece, with the next request behind it") {
    raw_socket c = edge.connect();
    c.send(request + "GET /next HTTP/1.1\r\nHost: h\r\n" + bobs_line + "\r\n");
    CHECK(read_answer(c).status == 200);
    CHECK(read_answer(c).status == 200);
    CHECK(a.requests().at(1).line() == "GET /next HTTP/1.1");
  }
  SECTION("in bytes") {
    raw_socket c = edge.connect();
    for (const char b : request) c.send({&b, 1});
    CHECK(read_answer(c).status == 200);
  }
  CHECK(a.requests().at(0).body == "hello");
}

TEST_CASE("auth of the entry point and of the service are both asked", "[integration][proxy][entry]") {
  fake_server app, first(always("HTTP/1.1 200 OK\r\nX-First: 1\r\nContent-Length: 0\r\n\r\n")),
      second(always("HTTP/1.1 200 OK\r\nX-Second: 2\r\nContent-Length: 0\r\n\r\n"));
  auto o = default_options();
  o.entry_points[0].auth.emplace().forward = model::auth_forward{first.url() + "/first", {}, false, {"X-First"}};
  proxy_fixture edge(o);
  test::configuration c = configuration_of({{"PathPrefix:/in;PathPrefixStrip:/in", {server_on(app.port())}}});
  c.frontends[0].options.auth.emplace().forward = model::auth_forward{second.url() + "/second", {}, false, {"X-Second"}};
  edge.skipped = edge.server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
  REQUIRE(edge.skipped.empty());
  CHECK(eventually([&] { return edge.get("/in/x").status == 200; }));
  CHECK(first.requests().back().line() == "GET /first HTTP/1.1");
  CHECK(first.requests().back().field("X-Forwarded-Uri") == "/in/x");
  CHECK(second.requests().back().field("X-First") == "1");
  CHECK(app.requests().back().line() == "GET /x HTTP/1.1");
  CHECK(app.requests().back().field("X-First") == "1");
  CHECK(app.requests().back().field("X-Second") == "2");
}

TEST_CASE("each of two checks that wait is made, and the second one's no counts", "[integration][proxy][entry]") {
  fake_server app;
  std::atomic<bool> open{true};
  fake_server second([&](fake_server::connection& c, recorded&) {
    return c.peer.send(open ? "HTTP/1.1 204 No Content\r\nX-Second: 2\r\n\r\n" : "HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nstop");
  });
  auto o = default_options();
  o.entry_points[0].auth = basic({bob}, true);  // on a side thread, the first time
  o.entry_points[0].auth->header_field = "X-User";
  kept_text lines;
  o.access_log.emplace();
  proxy_fixture edge(o, {}, &lines);
  test::configuration c = configuration_of({{"PathPrefix:/", {server_on(app.port())}}});
  c.frontends[0].options.auth.emplace().forward = model::auth_forward{second.url() + "/", {}, false, {"X-Second"}};
  edge.skipped = edge.server->publish({{"docker", std::make_shared<const model::configuration>(c)}});
  REQUIRE(edge.skipped.empty());
  CHECK(eventually([&] { return edge.get("/", wrong_line).status == 401; }));
  CHECK(second.request_count() == 0);  // the first one's no is the end of it
  CHECK(eventually([&] { return edge.get("/", bobs_line).status == 200; }));
  CHECK(second.requests().back().field("X-User") == "bob");
  CHECK(second.requests().back().field("Authorization").empty());
  CHECK(app.requests().back().field("X-User") == "bob");
  CHECK(app.requests().back().field("X-Second") == "2");
  open = false;
  const answer no = edge.get("/", bobs_line);
  CHECK(no.status == 403);
  CHECK(no.body == "stop");
  CHECK(app.request_count() == 1);
  CHECK(eventually([&] { return lines.all().find("\" 403 ") != std::string::npos; }));
  const std::string all = lines.all();
  CHECK(all.find("\"Auth for entrypoint http\"") != std::string::npos);  // the 401s
  const std::string last = all.substr(all.rfind('\n', all.size() - 2) + 1);
  CHECK(last.find(" - bob [") != std::string::npos);
  CHECK(last.find("\"Auth for entrypoint") == std::string::npos);
  CHECK(last.find("\"Auth for ") != std::string::npos);
}

TEST_CASE("an entry point's auth server says no, or is not there", "[integration][proxy][entry]") {
  dead_port dead;
  fake_server app, auth(always("HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nstop"));
  for (const std::string& url : {auth.url(), "http://127.0.0.1:" + std::to_string(dead.port())}) {
    auto o = default_options();
    o.entry_points[0].auth.emplace().forward = model::auth_forward{url, {}, false, {}};
    proxy_fixture edge(o);
    edge.to({server_on(app.port())});
    CHECK(edge.get().status == (url == auth.url() ? 403 : 500));
  }
  CHECK(app.request_count() == 0);
}

TEST_CASE("a client that leaves while the entry point's auth server thinks takes nothing along", "[integration][proxy][entry]") {
  fake_server app, auth([](fake_server::connection&c, recorded&) { return c.peer.read_until("\n").empty() && false; });
  auto o = default_options();
  o.entry_points[0].auth.emplace().forward = model::auth_forward{auth.url(), {}, false, {}};
  proxy_fixture edge(o);
  edge.to({server_on(app.port())});
  raw_socket c = edge.connect();
  c.send(get_root);
  CHECK(eventually([&] { return auth.request_count() == 1; }));
  c.reset();
  CHECK(eventually([&] { return edge.stats().connections_open == 0 && edge.stats().active == 0; }));
  CHECK(app.request_count() == 0);
}

TEST_CASE("an entry point's white list asks the peer, or whom a trusted peer names", "[integration][proxy][entry]") {
  fake_server a;
  auto o = default_options();
  o.entry_points[0].white_list = model::white_list{{"192.0.2.0/24"}, false};
  SECTION("a stranger") {
    proxy_fixture edge(o);
    const answer no = edge.to({server_on(a.port())}).get("/", "X-Forwarded-For: 192.0.2.1\r\n");
    CHECK(no.status == 403);
    CHECK(no.body == "Forbidden");
    CHECK(a.request_count() == 0);
  }
  SECTION("listed") {
    o.entry_points[0].white_list->source_range.push_back("127.0.0.1");
    proxy_fixture edge(o);
    CHECK(edge.to({server_on(a.port())}).get().status == 200);
  }
  SECTION("named by a trusted peer") {
    o.entry_points[0].white_list->use_x_forwarded_for = true;
    o.entry_points[0].forwarded_headers.ranges = {"127.0.0.1"};
    proxy_fixture edge(o);
    CHECK(edge.to({server_on(a.port())}).get("/", "X-Forwarded-For: 192.0.2.1\r\n").status == 200);
    CHECK(edge.get().status == 403);
  }
  SECTION("auth comes first, as in Traefik: an outsider with the password is told so") {
    o.entry_points[0].auth = basic({bob});
    proxy_fixture edge(o);
    edge.to({server_on(a.port())});
    CHECK(edge.get().status == 401);
    CHECK(edge.get("/", bobs_line).status == 403);
    CHECK(edge.get("/", bobs_line).status == 403);
    CHECK(a.request_count() == 0);
  }
}

TEST_CASE("the access log tells which guard of the entry point answered", "[integration][proxy][entry]") {
  kept_text lines;
  fake_server a;
  auto o = default_options();
  o.access_log.emplace();
  std::string told;
  SECTION("redirect") {
    o.entry_points[0].redirect = to_https();
    told = "\"entrypoint redirect for http\"";
  }
  SECTION("auth") {
    o.entry_points[0].auth = basic({bob});
    told = "\"Auth for entrypoint http\"";
  }
  SECTION("white list") {
    o.entry_points[0].white_list = model::white_list{{"192.0.2.0/24"}, false};
    told = "\"ipwhitelister for entrypoint http\"";
  }
  {
    proxy_fixture edge(o, {}, &lines);
    edge.to({server_on(a.port())});
    edge.get("/", wrong_line);
  }
  CHECK(lines.all().find(told) != std::string::npos);
  CHECK(lines.all().find("bob") == std::string::npos);  // a name is not enough
}

TEST_CASE("an entry point whose guards cannot be built does not start", "[integration][proxy][entry]") {
  auto o = default_options();
  std::string said;
  SECTION("redirect to nowhere") {
    o.entry_points[0].redirect = model::redirect{"https", "", "", false};
    said = "entry point http: Redirect.EntryPoint: there is no entry point https";
  }
  SECTION("bad expression") {
    o.entry_points[0].redirect = model::redirect{"", "(", "x", false};
    said = "entry point http: ";
  }
  SECTION("bad user, whose hash is not told") {
    o.entry_points[0].auth = basic({"bob:secret:x"});
    said = "entry point http: error parsing Authenticator user: bob";
  }
  SECTION("bad range") {
    o.entry_points[0].white_list = model::white_list{{"nowhere"}, false};
    said = "entry point http: ";
  }
  silent_sink sink;
  base::logger log(sink);
  proxy::server server(o, log);
  const auto started = server.start();
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().reason.starts_with(said));
  CHECK(started.error().reason.find("secret") == std::string::npos);
}
