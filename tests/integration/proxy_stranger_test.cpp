// A sticky cookie that names a server which this replica does not know yet: another one has seen it start.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <atomic>

using namespace waggle::test;

namespace {

std::string with_cookie(const std::string& value) { return "Cookie: SRV=" + value + "\r\n"; }

struct looks {
  std::atomic<int> asked{0};
  waggle::proxy::endpoint_failure_handler handler() {
    return [this](const std::string&, const std::string&) { ++asked; };
  }
};

}  // namespace

TEST_CASE("a session that another replica has sent to a new task waits for the look that shows it", "[integration][proxy][sticky]") {
  looks l;
  auto o = default_options();
  o.workers = GENERATE(1u, 2u);
  proxy_fixture edge(o, l.handler());
  fake_server old(always(ok("old"))), next(always(ok("next")));
  const auto a = task_on(old.port(), 1, "a"), b = task_on(next.port(), 1, "b");
  edge.to({a}, true);
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + with_cookie(b.url) + "\r\n");
  REQUIRE(eventually([&] { return l.asked == 1; }));  // it waits, and discovery has been told
  edge.to({a, b}, true);
  const answer got = read_answer(client);
  CHECK(got.body == "next");
  CHECK(got.field("Set-Cookie").empty());
  CHECK(old.request_count() == 0);
  CHECK(edge.stats().sticky_hits == 1);
  CHECK(edge.stats().sticky_unknown == 0);
}

TEST_CASE("what nobody knows is waited for a moment, and not each time", "[integration][proxy][sticky]") {
  looks l;
  proxy_fixture edge(default_options(), l.handler());
  fake_server old(always(ok("old")));
  edge.to({task_on(old.port(), 1, "a")}, true);
  auto begin = test_clock::now();
  const answer first = edge.get("/", with_cookie("http://127.0.0.9:1"));
  CHECK(first.body == "old");
  CHECK_FALSE(first.field("Set-Cookie").empty());
  CHECK(since(begin) >= 230ms);  // the loop's clock may be some ms behind
  CHECK(since(begin) < patience(1s));
  begin = test_clock::now();
  CHECK(edge.get("/", with_cookie("http://127.0.0.9:1")).body == "old");
  CHECK(since(begin) < patience(200ms));
  CHECK(l.asked == 1);
  CHECK(edge.stats().sticky_unknown == 2);
}

TEST_CASE("only what may be a task is waited for", "[integration][proxy][sticky]") {
  looks l;
  proxy_fixture edge(default_options(), l.handler());
  fake_server old(always(ok("old")));
  SECTION("values that are no address") {
    edge.to({task_on(old.port(), 1, "a")}, true);
    for (const char* const value : {"x", "http://", "http://:80", "http://name.example:80", "https://127.0.0.9:1", "http://[::1:1", "http://1.2.3:4",
                                    "0123456789abcdef0123456789abcdef", ""})
      CHECK(edge.get("/", with_cookie(value)).body == "old");
  }
  SECTION("servers from a file do not come and go by themselves") {
    edge.to({server_on(old.port(), "a")}, true);
    CHECK(edge.get("/", with_cookie("http://127.0.0.9:1")).body == "old");
  }
  CHECK(l.asked == 0);
}

TEST_CASE("its backend goes, or the client does, while a session waits", "[integration][proxy][sticky]") {
  looks l;
  proxy_fixture edge(default_options(), l.handler());
  fake_server old(always(ok("old")));
  edge.to({task_on(old.port(), 1, "a")}, true);
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + with_cookie("http://127.0.0.9:1") + "\r\n");
  REQUIRE(eventually([&] { return l.asked == 1; }));
  SECTION("backend") {
    edge.publish({});
    CHECK(read_answer(client).status == 503);
  }
  SECTION("client") { client.reset(); }
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  CHECK(old.request_count() == 0);
}
