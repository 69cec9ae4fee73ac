// Rules that never win: who is told, and who is not because it is not certain.
#include <catch.hpp>

#include "traefik1.hpp"
#include "builders.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/refusals.hpp>

#include <string>
#include <string_view>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;
using model::routing_state;
using waggle::test::seen;

namespace {

struct wish {
  const char* rule;
  int priority = 0;
  const char* entry_points = "http,https";
  const char* backend = "";
};

labels labels_of(const wish& w) {
  labels out = basic(w.rule);
  if (w.priority > 0) out["traefik.frontend.priority"] = std::to_string(w.priority);
  if (*w.entry_points != '\0') out["traefik.frontend.entryPoints"] = w.entry_points;
  if (*w.backend != '\0') out["traefik.backend"] = w.backend;
  return out;
}

options two_entry_points() {
  options o;
  o.entry_points = {"http", "https"};
  o.default_entry_points = {"http"};
  return o;
}

model::verdict_list verdicts(const std::vector<std::shared_ptr<const service_view>>& services) {
  return *translator(two_entry_points()).translate(swarm_of(services), {}, false).verdicts;
}

const model::diagnostic* about(const model::verdict& v, std::string_view code) {
  for (const auto& d : v.diagnostics)
    if (d.code == code) return &d;
  return nullptr;
}

struct pair_case {
  wish a, b;
  const char* told;  ///< to b; a is never told that it is hidden
};

}  // namespace

TEST_CASE("a rule that another hides is told of", "[unit][discovery][verdict][rivals]") {
  const auto& c = GENERATE(values<pair_case>({
      {{"PathPrefix:/", 100}, {"Host:x;PathPrefix:/api"}, "hidden-rule"},
      {{"PathPrefix:/", 100}, {"Host:x"}, "hidden-rule"},
      {{"PathPrefix:/"}, {"Host:x"}, "hidden-rule"},  // it is longer
      {{"PathPrefix:/", 100}, {"Method:GET;Host:x;Headers:A,b"}, "hidden-rule"},
      {{"PathPrefix:/", 100}, {"HostRegexp:{x:[a-z]+}.example"}, "hidden-rule"},
      {{"Host:x", 100}, {"Host:x;Path:/y"}, "hidden-rule"},
      {{"Host:X", 100}, {"Path:/y;Host:x"}, "hidden-rule"},
      {{"Host:a.long.example,x"}, {"Host:x;Path:/y"}, "hidden-rule"},  // the longer rule has the higher priority
      {{"Host:x,y,z", 100}, {"Host:z,x;Path:/y,/z"}, "hidden-rule"},
      {{"Host:x;PathPrefix:/a,/b", 100}, {"Host:x;PathPrefix:/b/1,/a/1"}, "hidden-rule"},
      {{"Host:x;PathPrefixStrip:/api", 100}, {"Host:x;PathPrefix:/api/v1"}, "hidden-rule"},
      {{"Host:x;PathPrefix:/a", 100}, {"Host:x;Path:/a/{id:[0-9]+}"}, "hidden-rule"},
      {{"Host:x;PathPrefix:/a", 100}, {"Host:x;Path:/a/"}, "hidden-rule"},
      {{"Host:x;PathPrefix:/", 100}, {"Host:x;Path:/"}, "hidden-rule"},
      {{"Host:x", 7}, {"Host:x"}, "hidden-rule"},
      {{"Host:x", 7}, {"PathPrefix:/;Host:x", 6}, "hidden-rule"},
      {{"Host:x;Path:/y"}, {"Path:/y;Host:x"}, "hidden-rule"},  // a tie, which names decide
      {{"Host:x;Method:GET", 100}, {"Method:GET;Host:x;Path:/y"}, "hidden-rule"},
      {{"Host:x;Path:/{id}", 100}, {"Host:x;Path:/{id}"}, "hidden-rule"},
      {{"AddPrefix:/z", 100}, {"Host:x"}, "hidden-rule"},
      {{"Host:x", 100}, {"Host:x;Path:/y", 0, "https"}, "hidden-rule"},
      {{"Host:x"}, {"Host:x"}, "same-rule"},
  }));
  CAPTURE(c.a.rule, c.b.rule);
  const auto all = verdicts({running("a", labels_of(c.a)), running("b", labels_of(c.b), 1, 9)});
  CHECK(about(all[0], "hidden-rule") == nullptr);
  const auto* d = about(all[1], c.told);
  REQUIRE(d != nullptr);
  CHECK(d->label == "traefik.frontend.rule");
  CHECK(d->value == c.b.rule);
  CHECK(d->text.find("the service a ") != std::string::npos);
  CHECK(d->fix.find("traefik.frontend.priority") != std::string::npos);
  CHECK(d->rival.name == all[0].frontends.front());
  CHECK(all[1].state == routing_state::routed_with_warnings);
  CHECK(all[1].reason.find(d->text) != std::string::npos);
  CHECK(all[1].diagnostics.size() == 1);
}

TEST_CASE("what may win is not told of", "[unit][discovery][verdict][rivals]") {
  const auto& c = GENERATE(values<pair_case>({
      {{"Host:x"}, {"Host:x;Path:/y"}, ""},  // as it is meant: the longer one is asked first
      {{"PathPrefix:/"}, {"Host:x.example.com"}, ""},
      {{"PathPrefix:/", 5}, {"Host:x"}, ""},
      {{"Host:x", 100}, {"Host:y"}, ""},
      {{"Host:x", 100}, {"Host:x,y"}, ""},
      {{"Host:x", 100}, {"PathPrefix:/"}, ""},
      {{"Host:x;PathPrefix:/a", 100}, {"Host:x;PathPrefix:/b"}, ""},
      {{"Host:x;PathPrefix:/a/b", 100}, {"Host:x;PathPrefix:/a"}, ""},
      {{"Host:x;PathPrefix:/a/", 100}, {"Host:x;Path:/a/"}, ""},  // which also takes /a
      {{"Host:x;PathPrefix:/a", 100}, {"Host:x;PathPrefix:/a,/b"}, ""},
      {{"Host:x;PathPrefix:/A", 100}, {"Host:x;PathPrefix:/a"}, ""},
      {{"Host:x;Path:/a", 100}, {"Host:x;PathPrefix:/a"}, ""},
      {{"Host:x;PathPrefix:/{id}", 100}, {"Host:x;PathPrefix:/a"}, ""},
      {{"Host:x;PathPrefix:/a", 100}, {"Host:x;Path:/{id}"}, ""},
      {{"Host:x;PathPrefix:/a", 100}, {"Host:x;Path:/a{x:)|(?:b}"}, ""},
      {{"Host:x;Method:GET", 100}, {"Host:x;Path:/y"}, ""},
      {{"Host:x;Headers:A,b", 100}, {"Host:x;Headers:A,b,C,d"}, ""},
      {{"HostRegexp:{any:.*}", 100}, {"Host:x"}, ""},
      {{"Host:x", 100, "http"}, {"Host:x;Path:/y", 0, "http,https"}, ""},  // it wins on the other entry point
      {{"Host:x", 100, "https"}, {"Host:x;Path:/y", 0, "http"}, ""},
      {{"Host:x", 100, "http", "together"}, {"Host:x;Path:/y", 0, "http", "together"}, ""},
  }));
  CAPTURE(c.a.rule, c.b.rule);
  const auto all = verdicts({running("a", labels_of(c.a)), running("b", labels_of(c.b), 1, 9)});
  CHECK(all[0].diagnostics.empty());
  CHECK(all[1].diagnostics.empty());
}

TEST_CASE("of two services with one rule both are told which one wins", "[unit][discovery][verdict][rivals]") {
  const auto all = verdicts({running("a", basic()), running("b", basic(), 1, 9)});
  REQUIRE(about(all[0], "same-rule") != nullptr);
  REQUIRE(about(all[1], "same-rule") != nullptr);
  CHECK(about(all[0], "same-rule")->text.find("this one wins") != std::string::npos);
  CHECK(about(all[1], "same-rule")->text.find("that one always wins") != std::string::npos);
}

TEST_CASE("a segment may hide another of its service", "[unit][discovery][verdict][rivals]") {
  const auto all = verdicts({running("web", {{"traefik.all.port", "80"},
                                             {"traefik.all.frontend.rule", "Host:x"},
                                             {"traefik.all.frontend.priority", "50"},
                                             {"traefik.api.port", "81"},
                                             {"traefik.api.frontend.rule", "Host:x;PathPrefix:/api"}})});
  REQUIRE(about(all[0], "hidden-rule") != nullptr);
  CHECK(about(all[0], "hidden-rule")->text.find("another segment") != std::string::npos);
}

TEST_CASE("a frontend that the proxy refused hides nothing", "[unit][discovery][verdict][rivals]") {
  const auto all = verdicts({running("a", labels_of({"PathPrefix:/", 100})), running("b", basic("Host:x"), 1, 9)});
  model::verdict b = all[1];
  REQUIRE(b.state == routing_state::routed_with_warnings);
  CHECK(tell_refusals(b, {{{model::protocol::http, all[0].frontends.front()}, "open users: no such file"}}));
  CHECK(b.diagnostics.empty());
  CHECK(b.state == routing_state::routed);
  CHECK(b.reason.empty());
}

TEST_CASE("a service that cannot be reached takes nothing from one that works", "[unit][discovery][verdict][rivals]") {
  const auto far = [](const char* name, labels l) {
    auto s = make_service(name, std::move(l), "net-far");
    return make_view(s, {make_task(s, 1, "10.0.9.5", "net-far")});
  };
  const auto label = GENERATE("", "farnet");
  labels asked = with(basic("PathPrefix:/"), "traefik.frontend.priority", "100");
  if (*label != '\0') asked["traefik.docker.network"] = label;
  for (const bool by_option : {false, true}) {
    CAPTURE(label, by_option);
    snapshot picture = swarm_of({far("aaa", asked), running("web", basic("PathPrefix:/"))});
    picture.networks.emplace("net-far", make_network("net-far", "farnet"));
    options o;
    if (by_option) o.network = "farnet";
    const own_networks own = std::map<std::string, std::string>{{"net-app", "appnet"}};
    const auto t = translator(o).translate(picture, own, false);
    REQUIRE(seen(t.config).frontends.size() == 1);
    CHECK(seen(t.config).frontends[0].service == "web");
    const auto& all = *t.verdicts;
    CHECK(all[0].state == routing_state::not_routed);
    CHECK((about(all[0], "no-shared-network") || about(all[0], "network-not-shared")));
    CHECK(all[1].state == routing_state::routed);
    const auto* told = about(all[1], "unreachable-rival");
    REQUIRE(told);
    CHECK(told->text.find("the service aaa has the same rule") != std::string::npos);
  }
}

TEST_CASE("whoever cannot be reached is told of, however the same requests are asked for", "[unit][discovery][verdict][rivals]") {
  const auto [mine, its, text] = GENERATE(table<const char*, const char*, const char*>({
      {"Host:a.example,b.example", "Host:b.example,A.example", "asks for the same requests"},
      {"Host:x;PathPrefix:/a,/b", "PathPrefix:/b,/a;Host:X.", "asks for the same requests"},
      {"Host:x;PathPrefix:/a", "Host:x;PathPrefixStrip:/a", "asks for the same requests"},
      {"Host:x", "Host:x", "has the same rule"},
      {"Host:x;Path:/a", "Host:x;PathPrefix:/a", ""},
      {"Host:x", "Host:x,y", ""},
      {"Host:x;Method:GET", "Host:x", ""},
  }));
  CAPTURE(mine, its);
  auto far = make_service("far", basic(its), "net-far");
  snapshot picture = swarm_of({make_view(far, {make_task(far, 1, "10.0.9.5", "net-far")}), running("web", basic(mine))});
  picture.networks.emplace("net-far", make_network("net-far", "farnet"));
  const auto t = translator(options()).translate(picture, std::map<std::string, std::string>{{"net-app", "appnet"}}, false);
  const auto* told = about((*t.verdicts)[1], "unreachable-rival");
  REQUIRE((told != nullptr) == (*text != '\0'));
  if (told != nullptr) CHECK(told->text.find("the service far " + std::string(text)) != std::string::npos);
}
