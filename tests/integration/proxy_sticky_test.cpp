// Sticky sessions while tasks are replaced: who follows whom, how often a cookie is set, with one worker and with several.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <map>
#include <thread>

using namespace waggle::test;

namespace {

std::string value_of(const answer& a) {
  const std::string line = a.field("Set-Cookie");
  if (!line.starts_with("SRV=")) return {};
  return line.substr(4, line.find(';') - 4);
}

/// A browser with one cookie. Each answer's body is the name of the task.
struct browser {
  const proxy_fixture& edge;
  std::string cookie, at;
  int moves = 0, cookies = 0, failed = 0;

  answer ask() {
    const answer a = edge.get("/", cookie.empty() ? "" : "Cookie: SRV=" + cookie + "\r\n");
    if (a.status != 200) ++failed;
    if (const std::string v = value_of(a); !v.empty()) {
      cookie = v;
      ++cookies;
    }
    if (!at.empty() && a.body != at) ++moves;
    at = a.body;
    return a;
  }
};

struct tasks {
  /// A task that answers with its name.
  waggle::model::server start(std::uint64_t slot, const std::string& name) {
    auto& s = running[name] = std::make_unique<fake_server>(always(ok(name)));
    return task_on(s->port(), slot, name);
  }
  std::map<std::string, std::unique_ptr<fake_server>> running;
};

}  // namespace

TEST_CASE("start-first update: every session goes to its slot's next task, once", "[integration][proxy][sticky]") {
  auto o = default_options();
  o.workers = GENERATE(1u, 3u);
  o.sticky_opaque = GENERATE(false, true);
  proxy_fixture edge(o);
  tasks t;
  std::map<std::uint64_t, waggle::model::server> slots;
  for (std::uint64_t slot = 1; slot <= 4; ++slot) slots[slot] = t.start(slot, std::to_string(slot) + "a");
  const auto all = [&] {
    std::vector<waggle::model::server> out;
    for (const auto& [slot, s] : slots) out.push_back(s);
    return out;
  };
  edge.to(all(), true);
  std::vector<browser> browsers(12, browser{edge, {}, {}});
  for (browser& b : browsers) b.ask();
  std::string generation = "a";
  for (const char* const next : {"b", "c"}) {
    for (std::uint64_t slot = 1; slot <= 4; ++slot) {
      auto both = all();
      slots[slot] = t.start(slot, std::to_string(slot) + next);
      both.push_back(slots[slot]);
      edge.to(both, true);
      for (browser& b : browsers) {
        const std::string before = b.at;
        b.ask();
        CHECK(b.at == before);  // its task lives
      }
      edge.to(all(), true);
      t.running.erase(std::to_string(slot) + generation);
      for (browser& b : browsers) {
        const char was = b.at[0];
        b.ask();
        CHECK(b.at[0] == was);
        b.ask();
      }
    }
    generation = next;
  }
  for (const browser& b : browsers) {
    CHECK(b.moves == 2);  // one for each task replaced
    CHECK(b.failed == 0);
    CHECK(b.cookies == (o.sticky_opaque ? 1 : 3));  // an opaque one names the slot
  }
  const auto stats = edge.stats();
  CHECK(stats.sticky_moves == stats.sticky_followed);
  CHECK(stats.sticky_followed == (o.sticky_opaque ? 0u : 24u));
}

TEST_CASE("stop-first update: a session moves once and stays", "[integration][proxy][sticky]") {
  proxy_fixture edge;
  tasks t;
  const auto one = t.start(1, "1a"), two = t.start(2, "2a");
  edge.to({one, two}, true);
  browser b{edge, {}, {}};
  do b.ask();
  while (b.at != "2a" && (b.cookie.clear(), true));
  b.moves = b.cookies = 0;
  edge.to({one}, true);
  t.running.erase("2a");
  b.ask();
  CHECK(b.at == "1a");
  edge.to({one, t.start(2, "2b")}, true);
  for (int i = 0; i < 6; ++i) b.ask();
  CHECK(b.at == "1a");
  CHECK(b.moves == 1);
  CHECK(b.cookies == 1);
  CHECK(edge.stats().sticky_left == 1);
  // Who was away meanwhile, and has not moved, goes to the slot's next task.
  browser away{edge, t.running.empty() ? "" : two.url, "2a"};
  away.ask();
  CHECK(away.at == "2b");
  away.ask();
  CHECK(away.cookies == 1);
}

TEST_CASE("with hold a session waits for its slot's next task", "[integration][proxy][sticky][hold]") {
  auto o = default_options();
  o.sticky_opaque = GENERATE(false, true);
  o.sticky_key = "0123456789abcdef";
  proxy_fixture edge(o);
  tasks t;
  const auto one = t.start(1, "1a"), two = t.start(2, "2a");
  const auto publish = [&](std::vector<waggle::model::server> servers, std::uint64_t replicas) {
    site s{"PathPrefix:/", std::move(servers), true};
    s.hold = 20s;
    s.replicas = replicas;
    edge.publish({s});
  };
  publish({one, two}, 2);
  browser b{edge, {}, {}};
  do b.ask();
  while (b.at != "2a" && (b.cookie.clear(), true));
  const std::string cookie = b.cookie;
  publish({one}, 2);
  raw_socket waiting = edge.connect();
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: SRV=" + cookie + "\r\n\r\n");
  REQUIRE(eventually([&] { return edge.stats().holds == 1; }));
  CHECK(edge.get().body == "1a");       // who has no cookie does not wait
  publish({one, t.start(3, "3a")}, 2);  // another slot: goes on waiting? No: two of two run
  const answer elsewhere = read_answer(waiting);
  CHECK(elsewhere.status == 200);
  CHECK_FALSE(value_of(elsewhere).empty());

  publish({one}, 2);
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: SRV=" + cookie + "\r\n\r\n");
  REQUIRE(eventually([&] { return edge.stats().holds == 2; }));
  publish({one, t.start(2, "2b")}, 2);
  const answer followed = read_answer(waiting);
  CHECK(followed.body == "2b");
  CHECK_FALSE(value_of(followed).empty());
  CHECK(edge.stats().holds_served == 2);

  publish({one}, 1);  // scaled down: nobody will come
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: SRV=" + cookie + "\r\n\r\n");
  CHECK(read_answer(waiting).body == "1a");
  CHECK(edge.stats().holds == 2);
}

TEST_CASE("a session's connections and requests in progress end with its task, not with the table", "[integration][proxy][sticky]") {
  std::atomic<bool> go{false};
  fake_server old([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nold");
    eventually([&] { return go.load(); }, patience(30s));
    return c.peer.send("end");
  });
  fake_server next(always(ok("next")));
  proxy_fixture edge;
  const auto a = task_on(old.port(), 1, "a");
  edge.to({a}, true);
  raw_socket running = edge.connect();
  running.send("GET / HTTP/1.1\r\nHost: h\r\nCookie: SRV=" + a.url + "\r\n\r\n");
  REQUIRE(eventually([&] { return old.request_count() == 1; }));
  edge.to({task_on(next.port(), 1, "b")}, true);
  browser b{edge, a.url, ""};
  CHECK(b.ask().body == "next");
  go = true;
  CHECK(read_answer(running).body == "oldend");
}

TEST_CASE("a departed server's cookie never leads to another service's task", "[integration][proxy][sticky]") {
  proxy_fixture edge;
  fake_server web(always(ok("web"))), shop(always(ok("shop")));
  auto w = task_on(web.port(), 1, "w"), s = task_on(shop.port(), 1, "s");
  s.origin.service_id = s.origin.service_name = "shop";
  const auto publish = [&](std::vector<waggle::model::server> webs, std::vector<waggle::model::server> shops) {
    edge.publish({{"PathPrefix:/web", std::move(webs), true}, {"PathPrefix:/shop", std::move(shops), true}});
  };
  publish({w}, {s});
  publish({}, {s});
  CHECK(edge.get("/web", "Cookie: SRV=" + w.url + "\r\n").status == 503);
  // The address goes to the other service.
  auto taken = s;
  taken.url = w.url;
  taken.port = w.port;
  taken.id = "s2@x";
  publish({}, {s, taken});
  CHECK(edge.get("/web", "Cookie: SRV=" + w.url + "\r\n").status == 503);
  fake_server web2(always(ok("web2")));
  publish({task_on(web2.port(), 1, "w2")}, {s, taken});
  CHECK(edge.get("/web", "Cookie: SRV=" + w.url + "\r\n").body == "web2");
}
