// Where a sticky cookie leads after its task left: to the slot's next task, over generations, never to another service.
#include "affinity/sticky_cookie.hpp"
#include "affinity/slot_history.hpp"
#include "http1/head.hpp"
#include "../routing/table_fixture.hpp"

#include "random.hpp"

#include "catch.hpp"

#include <map>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;
namespace affinity = waggle::proxy::affinity;
namespace plan = waggle::proxy::plan;
namespace routing = waggle::proxy::routing;

namespace {

model::server task_at(int host, std::uint64_t slot, const std::string& task, const std::string& service = "web", std::uint16_t port = 80) {
  model::server s = server_at(host, port);
  s.id = task + "@" + s.host;
  s.origin = {service, service, task, slot, "node" + std::to_string(host), {}};
  return s;
}

/// One sticky backend over publishes.
struct shop {
  explicit shop(bool opaque = false, const std::string& key = "") {
    compile.opts.sticky_opaque = opaque;
    compile.opts.sticky_key = key;
    compiler = std::make_unique<routing::compiler>(compile.opts, compile.log);
  }
  const plan::backend& now(std::vector<model::server> servers, base::milliseconds later = 1s) {
    clock += later;
    model::backend b = backend("web", std::move(servers));
    b.balance = model::balance_options{"wrr", false, model::stickiness{}};
    b.balance->stickiness->cookie_name = "SRV";
    b.hold = 5s;
    b.replicas = replicas;
    table = compiler->compile(of({{b}, {}}), clock).next;
    return *table->backends.at(0);
  }
  affinity::cookie_target asks(const std::string& cookie) const {
    static proxy::http1::request_head head;
    const std::string text = "GET / HTTP/1.1\r\nCookie: SRV=" + cookie + "\r\n\r\n";
    REQUIRE(proxy::http1::parse_request(text, head).state == proxy::http1::parse_state::complete);
    return affinity::read(head.fields, *table->backends.at(0));
  }
  /// The URL that this cookie leads to, or "-".
  std::string leads_to(const std::string& cookie) const {
    const int i = asks(cookie).server;
    return i < 0 ? "-" : table->backends.at(0)->servers[static_cast<std::size_t>(i)].url;
  }
  /// Of the one that left, whom the cookie names.
  std::string slot_of(const affinity::cookie_target& w) const {
    return table->backends.at(0)->departed.at(static_cast<std::size_t>(w.departed_server)).slot;
  }
  compiling compile;
  std::unique_ptr<routing::compiler> compiler;
  std::shared_ptr<const routing::table> table;
  base::mono_time clock{base::seconds(1'000'000)};
  std::uint64_t replicas = model::unknown_replicas;
};

std::string url(int host) { return "http://10.0.0." + std::to_string(host) + ":80"; }

}  // namespace

TEST_CASE("a cookie follows the slot over generations", "[unit][proxy][affinity][succession]") {
  shop s;
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b"), task_at(3, 3, "c")});
  CHECK(s.leads_to(url(3)) == url(3));
  CHECK_FALSE(s.asks(url(3)).refresh);
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b"), task_at(3, 3, "c"), task_at(13, 3, "c2")});  // start-first: both run
  CHECK(s.leads_to(url(3)) == url(3));
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b"), task_at(13, 3, "c2")});
  CHECK(s.leads_to(url(3)) == url(13));
  CHECK(s.asks(url(3)).via_successor);
  CHECK(s.asks(url(3)).refresh);
  CHECK_FALSE(s.asks(url(13)).via_successor);
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b"), task_at(23, 3, "c3")});
  CHECK(s.leads_to(url(3)) == url(23));
  CHECK(s.leads_to(url(13)) == url(23));
  CHECK(s.leads_to(url(2)) == url(2));
  CHECK(s.leads_to(url(99)) == "-");
  CHECK_FALSE(s.asks(url(99)).left);
}

TEST_CASE("stop-first: nobody has the slot for a while, and then the next task", "[unit][proxy][affinity][succession]") {
  shop s;
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b")});
  s.now({task_at(1, 1, "a")});
  const affinity::cookie_target w = s.asks(url(2));
  CHECK(w.server == -1);
  CHECK(w.left);
  REQUIRE(w.departed_server >= 0);
  CHECK(s.slot_of(w) == "web/2");
  s.now({});  // the whole service for a moment
  s.now({task_at(12, 2, "b2")});
  CHECK(s.leads_to(url(2)) == url(12));
  CHECK(s.leads_to(url(1)) == "-");
  s.now({task_at(11, 1, "a2"), task_at(12, 2, "b2")});
  CHECK(s.leads_to(url(1)) == url(11));
}

TEST_CASE("global services: the node's next task", "[unit][proxy][affinity][succession]") {
  shop s;
  const auto on = [](int host, const std::string& node, const std::string& task) {
    model::server m = task_at(host, 0, task);
    m.origin.node_id = node;
    return m;
  };
  s.now({on(1, "n1", "a"), on(2, "n2", "b")});
  s.now({on(1, "n1", "a"), on(5, "n2", "b2")});
  CHECK(s.leads_to(url(2)) == url(5));
  s.now({on(6, "n1", "a2"), on(5, "n2", "b2")});
  CHECK(s.leads_to(url(1)) == url(6));
}

TEST_CASE("an address that changed hands means its holder; then the last one's slot", "[unit][proxy][affinity][succession]") {
  shop s;
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b")});
  s.now({task_at(2, 2, "b"), task_at(11, 1, "a2")});
  CHECK(s.leads_to(url(1)) == url(11));
  s.now({task_at(1, 2, "b2"), task_at(11, 1, "a2")});  // slot 2 has slot 1's old address
  CHECK(s.leads_to(url(1)) == url(1));
  CHECK_FALSE(s.asks(url(1)).via_successor);
  CHECK(s.leads_to(url(2)) == url(1));
  s.now({task_at(12, 2, "b3"), task_at(11, 1, "a2")});
  CHECK(s.leads_to(url(1)) == url(12));
  s.now({task_at(12, 1, "a3"), task_at(11, 2, "b4")});  // both addresses swap slots between two pictures
  CHECK(s.leads_to(url(12)) == url(12));
  CHECK(s.leads_to(url(11)) == url(11));
  CHECK(s.leads_to(url(1)) == url(11));
}

TEST_CASE("services that share a backend have slots of their own", "[unit][proxy][affinity][succession]") {
  shop s;
  s.now({task_at(1, 1, "a", "web"), task_at(2, 1, "b", "old")});
  s.now({task_at(1, 1, "a", "web")});
  CHECK(s.leads_to(url(2)) == "-");
  s.now({task_at(11, 1, "a2", "web"), task_at(12, 1, "b2", "old")});
  CHECK(s.leads_to(url(1)) == url(11));
  CHECK(s.leads_to(url(2)) == url(12));
}

TEST_CASE("two ports in one backend: the same port first", "[unit][proxy][affinity][succession]") {
  shop s;
  s.now({task_at(1, 1, "a", "web", 80), task_at(1, 1, "a", "web", 81)});
  s.now({task_at(2, 1, "b", "web", 81), task_at(2, 1, "b", "web", 80)});
  CHECK(s.leads_to("http://10.0.0.1:80") == "http://10.0.0.2:80");
  CHECK(s.leads_to("http://10.0.0.1:81") == "http://10.0.0.2:81");
  s.now({task_at(3, 1, "c", "web", 8080)});  // the label changed
  CHECK(s.leads_to("http://10.0.0.1:81") == "http://10.0.0.3:8080");
}

TEST_CASE("departed servers are remembered ten minutes, and longer while they are few", "[unit][proxy][affinity][succession]") {
  shop s;
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b")});
  s.now({task_at(11, 1, "a2"), task_at(2, 2, "b")});
  s.now({task_at(11, 1, "a2"), task_at(2, 2, "b2")}, 24h);
  CHECK(s.leads_to(url(1)) == url(11));
  // A hundred generations of slot 2 within ten minutes are all known; after that only the newest 64.
  for (int i = 0; i < 100; ++i) s.now({task_at(11, 1, "a2"), task_at(100 + i, 2, "x" + std::to_string(i))}, 5s);
  CHECK(s.table->backends[0]->departed.size() == 99 + 1);  // hosts 100 … 198 and 2; 1 is older than ten minutes and not among the newest
  CHECK(s.leads_to(url(1)) == "-");
  CHECK(s.leads_to(url(100)) == url(199));
  s.now({task_at(11, 1, "a2"), task_at(200, 2, "y")}, 1h);
  CHECK(s.table->backends[0]->departed.size() == 64);
  CHECK(s.leads_to(url(199)) == url(200));
  CHECK(s.leads_to(url(100)) == "-");
}

TEST_CASE("the memory of a backend is bounded, and goes with it", "[unit][proxy][affinity][succession]") {
  shop s;
  for (int i = 0; i < 1'200; ++i) {
    model::server m = task_at(1, 1, "t" + std::to_string(i));
    m.url = "http://10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":80";
    s.now({m}, base::milliseconds(1));
  }
  CHECK(s.table->backends[0]->departed.size() == affinity::slot_history::most);
  // Out of the configuration for less than ten minutes: known again; for longer: forgotten.
  const std::string last = "http://10.1.4.198:80";
  CHECK(s.leads_to(last) == "http://10.1.4.199:80");
  s.clock += 5min;
  s.compiler->compile(of({}), s.clock);
  s.now({task_at(1, 1, "next")});
  CHECK(s.leads_to(last) == url(1));
  s.clock += 11min;  // served all the time: it counts from when it goes
  s.compiler->compile(of({}), s.clock);
  s.now({task_at(2, 1, "after")});
  CHECK(s.leads_to(url(1)) == url(2));
  s.compiler->compile(of({}), s.clock);
  s.clock += 11min;
  s.compiler->compile(of({}), s.clock);
  s.now({task_at(3, 1, "much later")});
  CHECK(s.table->backends[0]->departed.empty());
}

TEST_CASE("opaque cookies follow by themselves, and both forms are read", "[unit][proxy][affinity][succession]") {
  shop s(true, "0123456789abcdef");
  const plan::backend* b = &s.now({task_at(1, 1, "a"), task_at(2, 2, "b")});
  CHECK(b->cookie_attributes == "; Path=/; HttpOnly");
  const std::string one = b->servers[0].opaque, two = b->servers[1].opaque;
  CHECK(b->cookie_value(b->servers[1]) == two);
  CHECK(s.leads_to(two) == url(2));
  CHECK_FALSE(s.asks(two).refresh);
  CHECK(s.leads_to(url(2)) == url(2));
  CHECK(s.asks(url(2)).refresh);  // written anew in the new form
  s.now({task_at(1, 1, "a"), task_at(2, 2, "b"), task_at(12, 2, "b2")});
  CHECK(s.leads_to(two) == url(2));  // its task lives
  s.now({task_at(1, 1, "a"), task_at(12, 2, "b2")});
  CHECK(s.leads_to(two) == url(12));
  CHECK_FALSE(s.asks(two).refresh);
  CHECK(s.leads_to(url(2)) == url(12));
  s.now({task_at(1, 1, "a")});
  CHECK(s.leads_to(two) == "-");
  REQUIRE(s.asks(two).departed_server >= 0);  // somebody may wait for it
  CHECK(s.slot_of(s.asks(two)) == "web/2");
  CHECK(s.asks(std::string(32, '0')).departed_server == -1);
  CHECK(s.leads_to(one.substr(0, 31) + "x") == "-");
  CHECK(s.leads_to(one.substr(0, 31)) == "-");

  shop replica(false, "0123456789abcdef");  // another waggle, not switched yet
  replica.now({task_at(12, 2, "b2"), task_at(1, 1, "a")});
  CHECK(replica.leads_to(two) == url(12));
  CHECK(replica.asks(two).refresh);
  shop unknown(true, "another key, 16+");
  unknown.now({task_at(12, 2, "b2")});
  CHECK(unknown.leads_to(two) == "-");
  shop without(true);
  without.now({task_at(12, 2, "b2")});
  CHECK(without.leads_to(two) == "-");
  CHECK(without.leads_to(without.table->backends[0]->servers[0].opaque) == url(12));
}

TEST_CASE("many servers: the index of opaque values", "[unit][proxy][affinity][succession]") {
  shop s(true, "0123456789abcdef");
  std::vector<model::server> tasks;
  for (int i = 1; i <= 20; ++i) tasks.push_back(task_at(i, static_cast<std::uint64_t>(i), "t" + std::to_string(i)));
  const plan::backend& b = s.now(tasks);
  for (const plan::server& server : b.servers) CHECK(s.leads_to(server.opaque) == server.url);
  const std::string five = b.servers[4].opaque;
  tasks.insert(tasks.begin(), task_at(105, 5, "t105"));  // start-first, and first by name
  s.now(tasks);
  CHECK(s.leads_to(five) == url(5));
  CHECK(s.leads_to(std::string(32, 'f')) == "-");
}

TEST_CASE("random lives of slots: a cookie leads to its slot's task or nowhere", "[unit][proxy][affinity][succession]") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    test::random random(seed);
    shop s;
    std::map<std::uint64_t, model::server> running;    // by slot
    std::map<std::string, std::uint64_t> last_holder;  // of a URL
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t slot = 1 + random.below(5);
      if (random.one_in(3)) {
        running.erase(slot);
      } else {
        std::map<std::string, bool> taken;
        for (const auto& [other, m] : running) taken[m.url] = other != slot;
        const int host = static_cast<int>(1 + random.below(40));  // addresses come again
        if (taken[url(host)]) continue;
        running[slot] = task_at(host, slot, "t" + std::to_string(step));
      }
      std::vector<model::server> list;
      for (const auto& [_, m] : running) {
        list.push_back(m);
        last_holder[m.url] = m.origin.slot;
      }
      s.now(list);
      bool right = true;
      for (const auto& [address, of_slot] : last_holder) {
        const auto it = running.find(of_slot);
        right = right && s.leads_to(address) == (it == running.end() ? "-" : it->second.url);
      }
      REQUIRE(right);
    }
  }
}
