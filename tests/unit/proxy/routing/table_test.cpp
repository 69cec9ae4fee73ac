// Traefik 1.7 section 6.5: which frontend a request meets.
#include "table_fixture.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <algorithm>

using namespace waggle;
using namespace waggle::test;
namespace routing = waggle::proxy::routing;

TEST_CASE("longer rules come first, a priority label before all", "[unit][proxy][routing][table]") {
  compiling compile;
  const model::backend b = backend("b", {server_at(1)});
  const auto table =
      compile(
          {{b}, {frontend("long", "Host:a;PathPrefix:/x/y", "b"), frontend("short", "Host:a", "b"), frontend("middle", "Host:a;PathPrefix:/x", "b")}})
          .next;
  CHECK(found(*table, get("a", "/x/y/z")) == "long");
  CHECK(found(*table, get("a", "/x/z")) == "middle");
  CHECK(found(*table, get("a", "/")) == "short");
  CHECK(found(*table, get("b", "/")) == "-");
  const auto raised = compile({{b}, {frontend("long", "Host:a;PathPrefix:/x", "b", 1), frontend("short", "Host:a", "b", 100)}}).next;
  CHECK(found(*raised, get("a", "/x")) == "short");
  const auto lowered = compile({{b}, {frontend("one", "Host:a;PathPrefix:/xxxxxx", "b", 1), frontend("two", "Host:a", "b")}}).next;
  CHECK(found(*lowered, get("a", "/xxxxxx")) == "two");  // 1 is the lowest
  const auto zero = compile({{b}, {frontend("one", "Host:a;PathPrefix:/x", "b", 0), frontend("two", "Host:a", "b", -5)}}).next;
  CHECK(found(*zero, get("a", "/x")) == "one");
}

TEST_CASE("blanks and modifiers count for the length; equals go by name in byte order", "[unit][proxy][routing][table]") {
  compiling compile;
  const model::backend b = backend("b", {server_at(1)});
  const auto padded = compile({{b}, {frontend("a", "Host:h", "b"), frontend("b", "Host: h", "b")}}).next;
  CHECK(found(*padded, get("h", "/")) == "b");
  std::vector<model::frontend> many;
  for (int i = 20; i >= 1; --i) many.push_back(frontend("f-" + std::to_string(i), "Host:h", "b"));
  CHECK(found(*compile({{b}, many}).next, get("h", "/")) == "f-1");
  many.pop_back();  // f-1
  CHECK(found(*compile({{b}, many}).next, get("h", "/")) == "f-10");
}

TEST_CASE("a frontend is seen on its entry points only", "[unit][proxy][routing][table]") {
  compiling compile;
  const auto table = compile({{backend("b", {server_at(1)})},
                              {frontend("both", "PathPrefix:/both", "b", 0, {"http", "admin"}), frontend("inner", "PathPrefix:/", "b", 0, {"admin"}),
                               frontend("lost", "PathPrefix:/", "b", 0, {"https"})}})
                         .next;
  CHECK(found(*table, get("", "/both"), 0) == "both");
  CHECK(found(*table, get("", "/both"), 1) == "both");
  CHECK(found(*table, get("", "/"), 0) == "-");
  CHECK(found(*table, get("", "/"), 1) == "inner");
  CHECK(found(*table, get("", "/"), 2) == "-");
  CHECK(found(routing::table{}, get("", "/"), 0) == "-");
}

TEST_CASE("several rules of one frontend must all match", "[unit][proxy][routing][table]") {
  compiling compile;
  model::frontend f = frontend("f", "PathPrefix:/a", "b");
  f.routes.push_back({"second", "Host:h"});
  const auto table = compile({{backend("b", {server_at(1)})}, {f}}).next;
  CHECK(found(*table, get("h", "/a")) == "f");
  CHECK(found(*table, get("h", "/")) == "-");
  CHECK(found(*table, get("x", "/a")) == "-");
}

TEST_CASE("the other slash form is told with the hit", "[unit][proxy][routing][table]") {
  compiling compile;
  const auto table = compile({{backend("b", {server_at(1)})}, {frontend("f", "Path:/a", "b"), frontend("g", "Path:/b/", "b")}}).next;
  const auto hit = [&](const char* path) { return table->find(0, get("", path)); };
  CHECK_FALSE(hit("/a").redirect_slash);
  CHECK(hit("/a/").redirect_slash);
  CHECK_FALSE(hit("/a/").with_slash);
  CHECK(hit("/b").with_slash);
}

TEST_CASE("compat: a slash redirect of a rule that failed later is given to who matches next", "[unit][proxy][routing][table]") {
  for (const bool compat : {true, false}) {
    CAPTURE(compat);
    compiling compile;
    compile.opts.compat_traefik1 = compat;
    const auto table = compile({{backend("b", {server_at(1)})},
                                {frontend("f", "Path:/a;Method:POST", "b", 9), frontend("g", "PathPrefix:/", "b", 1),
                                 frontend("h", "Path:/c/;Host:x", "b", 9), frontend("i", "Host:x;Path:/d", "b", 9)}})
                           .next;
    const auto hit = [&](const char* path) { return table->find(0, get("h", path)); };
    CHECK(hit("/a/").to->name == "g");
    CHECK(hit("/a/").redirect_slash == compat);
    CHECK_FALSE(hit("/a/").with_slash);
    CHECK_FALSE(hit("/a").redirect_slash);
    CHECK_FALSE(hit("/b/").redirect_slash);
    CHECK(hit("/c").redirect_slash == compat);  // Path is asked before Host
    CHECK(hit("/c").with_slash == compat);
    CHECK_FALSE(hit("/d/").redirect_slash);  // Host is asked first
  }
}

TEST_CASE("host index and priority order agree with asking every frontend", "[unit][proxy][routing][table][property]") {
  waggle::test::random random(31);
  const char* hosts[] = {"a", "b", "c", "a.b", "x.a.b", "B"};
  const char* paths[] = {"/", "/x", "/x/", "/x/y", "/y", "/z/1"};
  const char* rules[] = {"Host:a",
                         "Host:B",
                         "Host:a,b",
                         "Host:c,a.b,c",
                         "Host:a;Host:b",
                         "HostRegexp:{s:.+}.b",
                         "HostRegexp:{a:[a-b]}",
                         "PathPrefix:/x",
                         "PathPrefix:/",
                         "Path:/x",
                         "Host:a;PathPrefix:/x",
                         "Host:a.b;Path:/y",
                         "Method:POST",
                         "Host:b;Method:GET",
                         "Host:c;PathPrefix:/z/{id}",
                         "PathPrefix:/x;Host:c"};
  std::size_t hits = 0;
  for (int round = 0; round < 300; ++round) {
    compiling compile;
    std::vector<model::frontend> frontends;
    const std::size_t n = 1 + random.below(14);
    for (std::size_t i = 0; i < n; ++i) {
      frontends.push_back(
          frontend("f" + std::to_string(random.below(1'000)), random.of(rules), "b", random.one_in(3) ? static_cast<int>(random.below(12)) : 0));
      if (random.one_in(6)) frontends.back().routes.push_back({"more", random.of(rules)});
    }
    const auto table = compile({{backend("b", {server_at(1)})}, frontends}).next;
    // The naive way: all of them, best first.
    struct entry {
      std::int64_t priority;
      std::string name;
      std::vector<std::shared_ptr<const match::compiled_rule>> rules;
    };
    std::vector<entry> naive;
    for (const model::frontend& f : frontends) {
      entry e{f.priority, f.name, {}};
      for (const auto& r : f.routes) {
        if (f.priority <= 0) e.priority += static_cast<std::int64_t>(r.rule.size());
        e.rules.push_back(*match::compiled_rule::compile(r.rule));
      }
      naive.push_back(std::move(e));
    }
    std::stable_sort(naive.begin(), naive.end(),
                     [](const entry& x, const entry& y) { return x.priority != y.priority ? x.priority > y.priority : x.name < y.name; });
    for (int k = 0; k < 40; ++k) {
      std::string host = random.one_in(8) ? "" : random.of(hosts);
      std::transform(host.begin(), host.end(), host.begin(), http::to_lower);
      const match::request_view request{random.one_in(4) ? "POST" : "GET", host, random.of(paths), {}, {}};
      std::string expected = "-";
      for (const entry& e : naive) {
        if (!std::all_of(e.rules.begin(), e.rules.end(), [&](const auto& r) { return r->match(request).matched; })) continue;
        expected = e.name;
        break;
      }
      hits += expected != "-";
      CAPTURE(host, request.path, request.method);
      REQUIRE(found(*table, request) == expected);
    }
  }
  CHECK(hits > 3'000);
}
