// Property: whatever one more service says, the routes of the others stay. A request may go to the newcomer only where a rule
// of its own matches with a priority that is not lower; every other request gets the same service's frontend, the same
// backend and the same servers. Traefik 1's own sharing is the one exception: services that name one backend share it, so
// the newcomer's servers may join a backend whose name it gives - never replace one.
#include <catch.hpp>

#include "labels/traefik1/schema.hpp"
#include "labels_world.hpp"
#include "random.hpp"

#include <cstdlib>

using namespace waggle;
using namespace waggle::discovery::test;
using waggle::test::route;
using waggle::test::routed_world;

namespace {

using choice = waggle::test::random;

constexpr const char* hosts[] = {"a.example", "b.example", "c.example", "x.y.example", ""};
constexpr const char* paths[] = {"/", "/app", "/app/x", "/api", "/api/v1/", "/other%20x", "/APP"};
constexpr const char* rules[] = {"Host:a.example",
                                 "Host:b.example",
                                 "Host:a.example,b.example;PathPrefix:/app",
                                 "PathPrefix:/",
                                 "PathPrefix:/api",
                                 "Path:/app",
                                 "HostRegexp:{sub:[a-z]+}.example",
                                 "Host:c.example;PathPrefixStrip:/api",
                                 "Method:GET",
                                 "Headers:X-A,1",
                                 "Host:x.y.example;Query:q=1",
                                 "AddPrefix:/new;Host:b.example"};
constexpr const char* backends[] = {"shared", "app", "svc-0", "svc-1"};
constexpr const char* garbage[] = {"",
                                   "no",
                                   "-1",
                                   "99999999999999999999",
                                   "a\"b",
                                   "{{x}}",
                                   "\\",
                                   "a\r\nb",
                                   "\xff",
                                   "::",
                                   ";;",
                                   "Host:",
                                   "true",
                                   "5s",
                                   "X-A:1||X-B:2",
                                   "http,https",
                                   "nowhere",
                                   "NetworkErrorRatio() > 0.5",
                                   "10.0.0.0/8",
                                   "404,500-599",
                                   "user:$apr1$x$y"};

labels good_labels(choice& r, int i) {
  labels out = basic(r.of(rules));
  if (r.one_in(3)) out["traefik.frontend.priority"] = std::to_string(r.below(60));
  if (r.one_in(4)) out["traefik.backend"] = r.of(backends);
  if (r.one_in(4)) out["traefik.backend.loadbalancer.stickiness"] = "true";
  if (r.one_in(6)) out["traefik.seg.frontend.rule"] = r.of(rules);
  if (r.one_in(6)) out["traefik.weight"] = std::to_string(1 + i);
  return out;
}

labels any_labels(choice& r) {
  labels out;
  if (!r.one_in(4)) out["traefik.port"] = r.one_in(5) ? r.of(garbage) : "80";
  if (!r.one_in(4)) out["traefik.frontend.rule"] = r.one_in(4) ? r.of(garbage) : r.of(rules);
  if (r.one_in(3)) out["traefik.backend"] = r.of(backends);
  if (r.one_in(3)) out["traefik.frontend.priority"] = std::to_string(r.below(200));
  const auto schema = discovery::traefik1::schema().rows();
  for (std::size_t n = r.below(6); n > 0; --n) {
    std::string key(schema[r.below(schema.size())].key);
    if (const auto at = key.find("<name>"); at != std::string::npos) key.replace(at, 6, r.one_in(3) ? "a\"b" : "part");
    if (r.one_in(4)) key.replace(0, 8, "traefik.seg.");
    if (r.one_in(8)) key += r.byte();
    out[key] = r.one_in(3) ? r.text(1 + r.below(40), "abc:;,./{}\"\\\n\t %()=|&!<>0123456789\xff\xe2\x82") : r.of(garbage);
  }
  return out;
}

struct answer {
  std::string service, rule, backend;
  std::int64_t priority = 0;
  std::set<std::string> servers;
  bool sticky = false;
  std::string cookie;
};

answer answer_of(const routed_world& world, const match::request_view& request) {
  answer out;
  const auto hit = world.table->find(0, request);
  if (hit.to == nullptr) return out;
  out.service = hit.to->source->swarm_service;
  out.rule = hit.to->source->rule.parts.front().rule;
  out.backend = hit.to->to->name;
  out.priority = hit.to->priority;
  for (const auto& s : hit.to->to->servers) out.servers.insert(s.url.str() + "*" + std::to_string(s.weight) + " " + s.origin.service_name.str());
  out.sticky = hit.to->to->sticky();
  out.cookie = hit.to->to->cookie_name;
  return out;
}

void check_unmoved(const routed_world& before, const routed_world& after, bool newcomer_last) {
  static const http::field fields[] = {{"Host", "a.example"}, {"X-A", "1"}};
  for (const char* host : hosts) {
    for (const char* path : paths) {
      for (const char* query : {"", "q=1"}) {
        const match::request_view request{"GET", host, path, query, fields};
        const auto was = answer_of(before, request), is = answer_of(after, request);
        CAPTURE(host, path, query, was.service, was.rule, is.service, is.rule);
        if (is.service == "newcomer") {
          CHECK(is.priority >= was.priority);
          continue;
        }
        CHECK(is.service == was.service);
        CHECK(is.rule == was.rule);
        CHECK(is.backend == was.backend);
        CHECK(is.priority == was.priority);
        for (const auto& s : was.servers) CHECK(is.servers.count(s) == 1);
        for (const auto& s : is.servers) CHECK((was.servers.count(s) == 1 || s.ends_with(" newcomer")));
        // The first service in the Engine's order gives a shared backend its options (Traefik 1): never one that came last.
        if (newcomer_last) {
          CHECK(is.sticky == was.sticky);
          CHECK(is.cookie == was.cookie);
        }
      }
    }
  }
}

/// Who is told that its rule never wins gets no request by it.
void check_hidden(const routed_world& world) {
  std::set<std::string> hidden;
  for (const auto& v : *world.made.verdicts)
    for (const auto& d : v.diagnostics)
      if (d.code == "hidden-rule" && std::find(v.frontends.begin(), v.frontends.end(), d.rival.name) == v.frontends.end())
        hidden.insert(v.service + " " + d.value);
  if (hidden.empty()) return;
  static const http::field fields[] = {{"Host", "a.example"}, {"X-A", "1"}};
  for (const char* host : hosts)
    for (const char* path : paths)
      for (const char* query : {"", "q=1"})
        for (const char* method : {"GET", "POST"}) {
          const auto to = answer_of(world, {method, host, path, query, fields});
          CAPTURE(host, path, query, to.service, to.rule);
          CHECK_FALSE(hidden.contains(to.service + " " + to.rule));
        }
}

}  // namespace

TEST_CASE("a random service never changes the routes of the others", "[integration][labels][property]") {
  const char* const given = std::getenv("WAGGLE_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 20261122;
  for (std::uint64_t seed = first; seed < first + (given != nullptr ? 1 : 400); ++seed) {
    CAPTURE(seed);  // WAGGLE_SEED=… repeats one
    choice r(seed);
    std::vector<std::shared_ptr<const discovery::service_view>> services;
    const int count = 1 + static_cast<int>(r.below(5));
    for (int i = 0; i < count; ++i) services.push_back(running("svc-" + std::to_string(i), good_labels(r, i), 1 + r.below(3), 10 * i + 5));
    const auto before = route(swarm_of(services));
    const auto newcomer = running("newcomer", any_labels(r), r.below(3), 150);
    auto last = services;
    last.push_back(newcomer);
    const auto after = route(swarm_of(last));
    check_unmoved(before, after, true);
    if (after.skipped.empty()) check_hidden(after);
    for (const auto& s : after.skipped) {
      const bool known = std::any_of(before.skipped.begin(), before.skipped.end(), [&](const auto& o) { return o.router == s.router; });
      const auto& names = after.verdict("newcomer")->frontends;
      CHECK((known || std::find(names.begin(), names.end(), s.router.name) != names.end()));
    }
    for (const auto& v : *before.made.verdicts) {
      const auto* now = after.verdict(v.service);
      REQUIRE(now != nullptr);
      CHECK(now->frontends == v.frontends);
      CHECK(now->backend == v.backend);
      CHECK(now->tasks_running == v.tasks_running);
      CHECK((now->state != model::routing_state::not_routed || v.state == model::routing_state::not_routed));
      for (const auto& d : now->diagnostics) {  // only the overlap itself may be news
        const bool known = std::find(v.diagnostics.begin(), v.diagnostics.end(), d) != v.diagnostics.end();
        CHECK((known || d.code == "same-rule" || d.code == "hidden-rule"));
      }
    }
    // Anywhere in the Engine's order: names follow an index there (Traefik 1), the routes stay.
    auto amid = services;
    amid.insert(amid.begin() + static_cast<std::ptrdiff_t>(r.below(amid.size())), newcomer);
    check_unmoved(before, route(swarm_of(amid)), false);
  }
}

TEST_CASE("pieces that a round keeps are those that a fresh start would make", "[integration][labels][property]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    choice r(seed);
    discovery::options options;
    options.entry_points = {"http", "https"};
    discovery::translator kept(options);
    std::vector<std::shared_ptr<const discovery::service_view>> services;
    for (int round = 0; round < 12; ++round) {
      const int slot = static_cast<int>(r.below(6));
      const std::string name = "svc-" + std::to_string(slot);
      std::erase_if(services, [&](const auto& v) { return v->spec.name == name; });
      if (!r.one_in(4)) {
        // Addresses that meet another service's now and then: disputed, then not.
        const int address = r.one_in(5) ? 5 : 10 * slot + 5;
        services.insert(services.begin() + static_cast<std::ptrdiff_t>(r.below(services.size() + 1)),
                        running(name, r.one_in(2) ? good_labels(r, slot) : any_labels(r), r.below(3), address));
      }
      const bool debug = r.one_in(3);
      const auto picture = swarm_of(services);
      const auto one = kept.translate(picture, {}, debug);
      const auto other = discovery::translator(options).translate(picture, {}, debug);
      CAPTURE(round);
      CHECK(*one.config == *other.config);
      CHECK(*one.verdicts == *other.verdicts);
      CHECK(one.lines == other.lines);
    }
  }
}
