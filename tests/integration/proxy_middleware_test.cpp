// Middlewares that need sockets: error pages, buffering, health checks by label.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;

namespace {

/// An edge whose configuration is made by hand: backend "app" for everything, further backends by name.
struct edge : proxy_fixture {
  test::configuration c;
  explicit edge(std::vector<model::server> app) {
    model::frontend f;
    f.name = "frontend";
    f.entry_points = {"http"};
    f.backend = "app";
    f.routes = {{"route", "PathPrefix:/"}};
    c.frontends.push_back(f);
    add("app", std::move(app));
  }
  void add(const std::string& name, std::vector<model::server> servers) {
    model::backend b;
    b.name = name;
    b.servers = std::move(servers);
    c.backends.push_back(std::move(b));
  }
  model::frontend_options& options() { return c.frontends[0].options; }
  edge& go() { return go(c); }
  edge& go(model::configuration all) {
    ++generation_;
    skipped = server->publish({{"docker", std::make_shared<const model::configuration>(std::move(all))}});
    eventually([this] { return server->read_totals().generation >= generation_; });
    return *this;
  }
  answer ask(const std::string& text) const {
    raw_socket client = connect();
    client.send(text);
    return read_answer(client, text.starts_with("HEAD"));
  }

 private:
  std::uint64_t generation_ = 0;
};

fake_server::script status(unsigned code, const std::string& body = "own") {
  return always("HTTP/1.1 " + std::to_string(code) + " X\r\nX-Own: 1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

}  // namespace

TEST_CASE("an error page takes the place of an answer and keeps its status", "[integration][proxy][middleware]") {
  fake_server app(status(503)), pages(always(ok("<sorry>", "content-type: text/html\r\nX-Page: 1\r\n")));
  edge e({server_on(app.port())});
  e.add("pages", {server_on(pages.port())});
  e.options().errors["net"] = {{"500-599"}, "pages", "/e/{status}.html"};
  e.go();
  for (int i = 0; i < 2; ++i) {
    const answer a = e.ask("POST /x?y HTTP/1.1\r\nHost: h\r\nCookie: c=1\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(a.status == 503);
    CHECK(a.body == "<sorry>");
    CHECK(a.field("Content-Type") == "text/html");
    CHECK(a.field("X-Page") == "1");
    CHECK(a.field("X-Own").empty());
  }
  REQUIRE(pages.request_count() == 2);
  const recorded asked = pages.requests()[0];
  CHECK(asked.line() == "GET /e/503.html HTTP/1.1");
  CHECK(asked.field("Host") == "0.0.0.0");
  CHECK(asked.field("Cookie") == "c=1");
  CHECK(asked.field("Content-Length").empty());
  CHECK(app.connections() == 1);  // the dropped answer was whole: its connection was used again
  const answer head = e.ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(head.status == 503);
  CHECK(head.body.empty());
}

TEST_CASE("error pages are for waggle's own failures, too, and may fail themselves", "[integration][proxy][middleware]") {
  dead_port dead;
  fake_server pages(always(ok("page")));
  edge e({server_on(dead.port())});
  e.add("pages", {server_on(pages.port())});
  e.options().errors["net"] = {{"502", "403"}, "pages", "/"};
  e.go();
  answer a = e.get();
  CHECK(a.status == 502);
  CHECK(a.body == "page");
  e.options().white_list = model::white_list{{"10.0.0.0/8"}, false};
  e.go();
  a = e.get();
  CHECK(a.status == 403);
  CHECK(a.body == "page");
  e.options().white_list.reset();
  e.c.backends[1].servers = {server_on(dead.port(), "other")};
  e.go();
  a = e.get();
  CHECK(a.status == 502);
  CHECK(a.body == "Bad Gateway");
}

TEST_CASE("an error page is not for answers of what stands before it", "[integration][proxy][middleware]") {
  fake_server app(status(403)), pages(always(ok("page")));
  edge e({server_on(app.port())});
  e.add("pages", {server_on(pages.port())});
  e.options().errors["net"] = {{"403"}, "pages", "/"};
  e.options().white_list = model::white_list{{"192.0.2.1"}, false};
  CHECK(e.go().ask(get_root).body == "page");
  model::configuration turned = e.c;
  std::vector<std::string>& list = turned.http.routers[0].middlewares;
  REQUIRE(list.size() == 2);
  std::swap(list[0], list[1]);
  const answer own = e.go(turned).ask(get_root);
  CHECK(own.status == 403);
  CHECK(own.body != "page");
  e.options().white_list = model::white_list{{"127.0.0.1"}, false};
  turned = e.c;
  std::vector<std::string>& again = turned.http.routers[0].middlewares;
  std::swap(again[0], again[1]);
  CHECK(e.go(turned).ask(get_root).body == "page");  // its server's
}

TEST_CASE("response headers by label are on a 502 for want of a server, not on refusals", "[integration][proxy][middleware]") {
  dead_port dead;
  edge e({server_on(dead.port())});
  e.options().headers = model::headers{};
  e.options().headers->content_type_nosniff = true;
  e.options().headers->custom_response_headers = {{"X-By", "edge"}};
  e.go();
  answer a = e.get();
  CHECK(a.status == 502);
  CHECK(a.field("X-By") == "edge");
  CHECK(a.field("X-Content-Type-Options") == "nosniff");
  e.options().white_list = model::white_list{{"10.0.0.0/8"}, false};
  e.go();
  a = e.get();
  CHECK(a.status == 403);
  CHECK(a.field("X-By").empty());
}

TEST_CASE("buffering: a body above the limit reaches nobody", "[integration][proxy][middleware]") {
  fake_server app;
  edge e({server_on(app.port())});
  e.c.backends[0].buffering = model::buffering{};
  e.c.backends[0].buffering->max_request_body_bytes = 4;
  e.go();
  answer a = e.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345");
  CHECK(a.status == 413);
  CHECK(a.body == "Request Entity Too Large");
  a = e.ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n");
  CHECK(a.status == 413);
  CHECK(app.request_count() == 0);
  a = e.ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n2\r\n34\r\n0\r\n\r\n");
  CHECK(a.status == 200);
  REQUIRE(app.request_count() == 1);
  CHECK(app.requests()[0].body == "1234");
  CHECK(app.requests()[0].field("Content-Length") == "4");
  CHECK(app.requests()[0].field("Transfer-Encoding").empty());
  e.c.backends[0].buffering->max_request_body_bytes = -1;
  e.go();
  REQUIRE(e.skipped.size() == 1);
  CHECK(e.skipped[0].reason == "error setting up buffering middleware: max bytes should be >= 0 got -1");
}

TEST_CASE("buffering: a slow large body is with the server only when it is complete", "[integration][proxy][middleware]") {
  fake_server app;
  edge e({server_on(app.port())});
  e.c.backends[0].buffering = model::buffering{};
  e.c.frontends[0].pass_host_header = false;  // its Host line moves with the length
  e.go();
  const std::string half(300'000, 'a');
  raw_socket client = e.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("493e0\r\n" + half + "\r\n");
  CHECK(eventually([&] { return e.stats().bytes_in >= half.size(); }));
  CHECK(app.connections() == 0);
  client.send("493e0\r\n" + half + "\r\n0\r\n\r\n");
  CHECK(read_answer(client).status == 200);
  REQUIRE(app.request_count() == 1);
  CHECK(app.requests()[0].body == half + half);
  CHECK(app.requests()[0].field("Content-Length") == "600000");
  CHECK(app.requests()[0].field("Host") == "127.0.0.1:" + std::to_string(app.port()));
  CHECK(app.requests()[0].field("Expect").empty());
}

TEST_CASE("buffering: answers are held until they are whole, within their limit", "[integration][proxy][middleware]") {
  const std::string large(200'000, 'x');
  std::string body = "12345";
  fake_server app([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/cut") != std::string::npos) {
      c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
      return false;
    }
    if (r.line().find("/close") != std::string::npos) {
      c.peer.send("HTTP/1.1 200 OK\r\n\r\n12345");
      return false;
    }
    if (r.line().find("/large") != std::string::npos) return c.peer.send(ok(large));
    return c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n");
  });
  edge e({server_on(app.port())});
  e.c.backends[0].buffering = model::buffering{};
  e.c.backends[0].buffering->max_response_body_bytes = 200'000;
  e.go();
  for (const char* path : {"/", "/close"}) {
    const answer a = e.get(path);
    CHECK(a.status == 200);
    CHECK(a.body == "12345");
    CHECK(a.field("Content-Length") == "5");
  }
  CHECK(e.get("/large").body == large);
  CHECK(e.get("/cut").status == 502);  // the client never sees the half of it
  e.c.backends[0].buffering->max_response_body_bytes = 4;
  e.go();
  CHECK(e.get("/").status == 500);
  CHECK(e.get("/close").status == 500);
  CHECK(e.get("/large").status == 500);
}

TEST_CASE("buffering: the retry expression sends a request again, body and all", "[integration][proxy][middleware]") {
  fake_server bad(status(503)), good;
  edge e({server_on(bad.port())});
  e.c.backends[0].buffering = model::buffering{};
  e.c.backends[0].buffering->retry_expression = "ResponseCode() == 503 && Attempts() <= 3 && RequestMethod() == \"POST\"";
  e.go();
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  CHECK(e.ask(post).status == 503);
  REQUIRE(bad.request_count() == 4);
  CHECK(bad.requests()[3].body == "abc");
  CHECK(e.get().status == 503);
  CHECK(bad.request_count() == 5);
  e.c.backends[0].buffering->retry_expression = "ResponseCode() == 503";
  e.go();
  CHECK(e.ask(post).status == 503);
  CHECK(bad.request_count() == 16);  // ten times more, then it has to do
  e.c.backends[0].servers.push_back(server_on(good.port()));
  e.go();
  for (int i = 0; i < 4; ++i) CHECK(e.ask(post).status == 200);
}

TEST_CASE("health checks take servers out and put them back", "[integration][proxy][middleware][health]") {
  std::atomic<bool> one_healthy{true}, two_healthy{true};
  const auto script = [](std::atomic<bool>& healthy, std::string name) {
    return [&healthy, name](fake_server::connection& c, recorded& r) {
      if (r.line() != "GET /health HTTP/1.1") return c.peer.send(ok(name));
      return c.peer.send(healthy ? "HTTP/1.1 204 No Content\r\n\r\n" : "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    };
  };
  fake_server one(script(one_healthy, "one")), two(script(two_healthy, "two"));
  edge e({server_on(one.port()), server_on(two.port())});
  e.c.backends[0].health_check = model::health_check{"", "/health", 0, "100ms", "check.example", {{"X-Check", "1"}}};
  e.go();
  const auto all_from = [&](const std::string& name) {
    for (int i = 0; i < 4; ++i)
      if (e.get().body != name) return false;
    return true;
  };
  one_healthy = false;
  CHECK(eventually([&] { return all_from("two"); }));
  two_healthy = false;
  CHECK(eventually([&] { return e.get().status == 503; }));
  CHECK(e.get().body == "Service Unavailable");
  e.c.frontends[0].priority = 7;  // another table: what is known of the servers stays
  e.go();
  CHECK(e.get().status == 503);
  one_healthy = true;
  CHECK(eventually([&] { return all_from("one"); }));
  bool asked = false;
  for (const recorded& r : one.requests()) asked = asked || (r.field("Host") == "check.example" && r.field("X-Check") == "1");
  CHECK(asked);
  e.c.backends[0].health_check.reset();
  e.go();
  CHECK(eventually([&] { return e.get().body == "two"; }));
}
