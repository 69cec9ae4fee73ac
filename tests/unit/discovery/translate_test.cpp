#include <catch.hpp>

#include "traefik1.hpp"
#include "builders.hpp"
#include "translate/constraints.hpp"
#include "translate/names.hpp"
#include "translate/network_select.hpp"
#include "translate/translate.hpp"

#include <algorithm>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;
using model::routing_state;
using waggle::test::seen;

namespace {

options default_options() {
  options o;
  o.entry_points = {"http", "https"};
  return o;
}

translation translated(const snapshot& picture, const own_networks& own = {}, options o = default_options()) {
  return translator(std::move(o)).translate(picture, own, true);
}

const model::verdict& verdict_of(const translation& t, const std::string& service) {
  for (const auto& v : *t.verdicts) {
    if (v.service == service) return v;
  }
  FAIL("no verdict for " << service);
  return t.verdicts->front();
}

bool found(const model::verdict& v, const std::string& code) {
  return std::any_of(v.diagnostics.begin(), v.diagnostics.end(), [&](const auto& d) { return d.code == code; });
}

}  // namespace

TEST_CASE("names as Traefik makes them", "[unit][discovery][names]") {
  CHECK(normalised("my_app.v1") == "my-app-v1");
  CHECK(normalised("***").empty());
  CHECK(normalised("b\xc3\xbc"
                   "cher \xe2\x82\xac 5") ==
        "b\xc3\xbc"
        "cher-5");
  CHECK(server_name("whoami-service.1", "http://10.0.0.5:8000") == "server-whoami-service-1-a179b2e38a607b1127e5537c2e614b05");
  CHECK(join_host_port("fd00:1::5", "80") == "[fd00:1::5]:80");
  CHECK(as_subdomain("/my_stack/web.v1") == "my-stack-web.v1");
}

TEST_CASE("constraints", "[unit][discovery][constraints]") {
  CHECK(glob_match("us-*", "us-east-1"));
  CHECK(glob_match("*a*b", "xaxxb"));
  CHECK_FALSE(glob_match("us-*", "eu-1"));
  CHECK(failed_constraint({"tag==a", "tag!=b"}, {"a"}).empty());
  CHECK(failed_constraint({"tag==a"}, {}) == "tag==a");
  CHECK(failed_constraint({"tag!=a"}, {}).empty());
}

TEST_CASE("the network: label, option, the shared one by name, never ingress", "[unit][discovery][network]") {
  const std::vector<reach> two{{"n1", "back", "10.0.1.5", false}, {"n2", "front", "10.0.2.5", false}, {"n9", "ingress", "10.255.0.5", true}};
  const own_networks own = std::map<std::string, std::string>{{"n2", "front"}, {"n9", "ingress"}};
  CHECK(choose_network(two, {"back", ""}, {}).chosen->network == "back");
  CHECK(choose_network(two, {"back", ""}, own).answer == network_answer::named_not_shared);
  CHECK(choose_network(two, {"back", ""}, own).chosen == nullptr);
  CHECK(choose_network(two, {"", "front"}, {}).chosen->network == "front");
  CHECK(choose_network(two, {"", "nosuch"}, own).chosen->network == "front");
  CHECK(choose_network(two, {"", ""}, own).chosen->network == "front");
  const auto unknown_own = choose_network(two, {"", ""}, {});
  CHECK(unknown_own.answer == network_answer::chosen_among_many);
  CHECK(unknown_own.chosen->network == "back");
  CHECK(choose_network(two, {"nosuch", ""}, own).answer == network_answer::not_attached);
  CHECK(choose_network(two, {"ingress", ""}, own).answer == network_answer::not_attached);
  CHECK(choose_network({two[2]}, {"", ""}, own).answer == network_answer::none_attached);
  CHECK(choose_network({two[0]}, {"", ""}, own).answer == network_answer::not_shared);
  bool fell_back = false;
  CHECK(choose_network_traefik1(two, {"nosuch", ""}, fell_back)->network == "back");
  CHECK(fell_back);
}

TEST_CASE("a bad label costs only its own service, and the verdict says which", "[unit][discovery][verdict]") {
  struct row {
    std::string key, value, code;
  };
  const auto r = GENERATE(values<row>({{"traefik.port", "http", "bad-port"},
                                       {"traefik.port", "70000", "bad-port"},
                                       {"traefik.port", "0", "bad-port"},
                                       {"traefik.port", "+80", "bad-port"},
                                       {"traefik.frontend.rule", "Bogus:x", "bad-rule"},
                                       {"traefik.frontend.rule", "", "empty-rule"},
                                       {"traefik.frontend.rule", "HostRegexp:{n:\\d+}.a", "bad-escape"},
                                       {"traefik.frontend.rule", "Host:a\r\nX: y", "control-character"},
                                       {"traefik.docker.network", "nosuch", "unknown-network"},
                                       {"traefik.frontend.rule", "Host:\xff", "not-utf8"},
                                       {"traefik.frontend.headers.customResponseHeaders", "X-A:a\\r\\nSet-Cookie: b", "control-character"},
                                       {"traefik.frontend.headers.customRequestHeaders", "X A:1", "bad-header-name"},
                                       {"traefik.frontend.entryPoints", "nosuch", "unknown-entry-point"},
                                       {"traefik.weight", "-1", "bad-weight"},
                                       {"traefik.protocol", "ftp", "bad-protocol"},
                                       {"traefik.x", std::string(70'000, 'x'), "labels-too-large"}}));
  CAPTURE(r.key, r.value.substr(0, 40));
  const auto t = translated(swarm_of({running("bad", with(basic(), r.key, r.value)), running("good", basic("Host:good"), 1, 9)}));
  const auto& v = verdict_of(t, "bad");
  CHECK(v.state == routing_state::not_routed);
  CHECK(found(v, r.code));
  CHECK_FALSE(v.reason.empty());
  for (const auto& d : v.diagnostics) CHECK_FALSE(d.fix.empty());
  CHECK(verdict_of(t, "good").state == routing_state::routed);
  REQUIRE(seen(t.config).frontends.size() == 1);
  CHECK(seen(t.config).frontends[0].service == "good");
  CHECK(seen(t.config).backends.size() == 1);
}

TEST_CASE("no port, no rule, no labels, switched off", "[unit][discovery][verdict]") {
  const auto t = translated(swarm_of({running("noport", {{"traefik.frontend.rule", "Host:a"}}), running("norule", {{"traefik.port", "80"}}),
                                      running("plain", {}), running("off", with(basic(), "traefik.enable", "false"))}));
  CHECK(seen(t.config).frontends.empty());
  CHECK(found(verdict_of(t, "noport"), "no-port"));
  CHECK(found(verdict_of(t, "norule"), "no-rule"));
  CHECK(found(verdict_of(t, "plain"), "no-labels"));
  CHECK(found(verdict_of(t, "off"), "disabled"));
}

TEST_CASE("the only published port stands in for traefik.port, said as such, and only where a rule asks for a route", "[unit][discovery][verdict]") {
  const auto publishing = [](labels l, std::vector<published_port> ports) {
    auto view = *running("web", std::move(l));
    view.spec.ports = std::move(ports);
    return swarm_of({std::make_shared<const service_view>(view)});
  };
  const labels rule{{"traefik.frontend.rule", "Host:a"}};
  const auto t = translated(publishing(rule, {{8000, 80, true, true}, {53, 53, false, true}}));
  CHECK(verdict_of(t, "web").state == routing_state::routed_with_warnings);
  CHECK(found(verdict_of(t, "web"), "port-guessed"));
  REQUIRE(seen(t.config).backends.size() == 1);
  CHECK(seen(t.config).backends[0].servers[0].port == 8000);
  CHECK(found(verdict_of(translated(publishing(rule, {{8000, 80, true, true}, {9000, 90, true, true}})), "web"), "no-port"));
  CHECK(found(verdict_of(translated(publishing({}, {{5432, 5432, true, true}})), "web"), "no-labels"));
  CHECK(found(verdict_of(translated(publishing({{"traefik.enable", "true"}}, {{5432, 5432, true, true}})), "web"), "no-port"));
  const auto given = translated(publishing(with(rule, "traefik.port", "81"), {{8000, 80, true, true}}));
  CHECK(seen(given.config).backends[0].servers[0].port == 81);
  CHECK_FALSE(found(verdict_of(given, "web"), "port-guessed"));
}

TEST_CASE("a port that is published later is seen", "[unit][discovery][verdict]") {
  translator keeps(default_options());
  auto view = *running("web", {{"traefik.frontend.rule", "Host:a"}});
  const auto before = keeps.translate(swarm_of({std::make_shared<const service_view>(view)}), {}, false);
  CHECK(seen(before.config).backends.empty());
  view.spec.ports = {{8000, 80, true, true}};
  const auto after = keeps.translate(swarm_of({std::make_shared<const service_view>(view)}), {}, false);
  CHECK(seen(after.config).backends.size() == 1);
}

TEST_CASE("a bad value with a default routes with a warning", "[unit][discovery][verdict]") {
  const auto t = translated(swarm_of({running("web", with(basic(), "traefik.frontend.priority", "high"))}));
  CHECK(verdict_of(t, "web").state == routing_state::routed_with_warnings);
  CHECK(seen(t.config).frontends.size() == 1);
}

TEST_CASE("certificates may be label text, with their line breaks escaped", "[unit][discovery][verdict]") {
  const auto labels = with(basic(), "traefik.frontend.auth.forward.address", "https://auth/");
  const auto pem = with(labels, "traefik.frontend.auth.forward.tls.ca", "-----BEGIN CERTIFICATE-----\\nMII\\n-----END CERTIFICATE-----\\n");
  const auto t =
      translated(swarm_of({running("web", pem), running("bad", with(labels, "traefik.frontend.auth.forward.tls.ca", "/ca.pem\\nx"), 1, 9)}));
  CHECK(verdict_of(t, "web").state == routing_state::routed);
  REQUIRE(seen(t.config).frontends.size() == 1);
  CHECK(seen(t.config).frontends[0].options.auth->forward->tls->ca == "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
  CHECK(found(verdict_of(t, "bad"), "control-character"));
}

TEST_CASE("labels about client certificates say that nothing happens", "[unit][discovery][verdict]") {
  const std::string label = GENERATE("traefik.frontend.passTLSCert", "traefik.frontend.passTLSClientCert.pem",
                                     "traefik.frontend.passTLSClientCert.infos.issuer.commonName", "traefik.admin.frontend.passTLSClientCert.pem");
  const auto t = translated(swarm_of({running("web", with(with(basic(), "traefik.admin.port", "81"), label, "true"))}));
  const auto& v = verdict_of(t, "web");
  CHECK(v.state == routing_state::routed_with_warnings);
  REQUIRE(found(v, "no-client-certificate"));
  for (const auto& d : v.diagnostics)
    if (d.code == "no-client-certificate") CHECK(d.label == label);
}

TEST_CASE("a service without running tasks keeps its route", "[unit][discovery][translate]") {
  const auto t = translated(swarm_of({running("web", basic(), 0)}));
  REQUIRE(seen(t.config).frontends.size() == 1);
  REQUIRE(seen(t.config).backends.size() == 1);
  CHECK(seen(t.config).backends[0].servers.empty());
  CHECK(found(verdict_of(t, "web"), "no-running-task"));
  options compat = default_options();
  compat.compat_traefik1 = true;
  CHECK(seen(translated(swarm_of({running("web", basic(), 0)}), {}, compat).config).frontends.empty());
}

TEST_CASE("only tasks that are wanted and running are used", "[unit][discovery][translate]") {
  const auto s = make_service("web", basic());
  auto going = make_task(s, 1, "10.0.1.5"), coming = make_task(s, 2, "10.0.1.6"), up = make_task(s, 3, "10.0.1.7");
  going.desired_state = "shutdown";
  coming.state = "starting";
  const auto t = translated(swarm_of({make_view(s, {going, coming, up})}));
  REQUIRE(seen(t.config).backends[0].servers.size() == 1);
  const auto server = seen(t.config).backends[0].servers[0];
  CHECK(server.host == "10.0.1.7");
  CHECK(server.port == 80);
  CHECK(server.origin.task_id == up.id);
  CHECK(server.origin.slot == 3);
}

TEST_CASE("an address claimed by two live tasks is used by neither", "[unit][discovery][translate]") {
  const auto a = running("a", basic("Host:a")), b = running("b", basic("Host:b"), 2);  // both begin at 10.0.1.5
  const auto t = translated(swarm_of({a, b}));
  CHECK(seen(t.config).backends[0].servers.empty());
  REQUIRE(seen(t.config).backends[1].servers.size() == 1);
  CHECK(seen(t.config).backends[1].servers[0].host == "10.0.1.6");
  CHECK(found(verdict_of(t, "a"), "duplicate-address"));
  CHECK(found(verdict_of(t, "b"), "duplicate-address"));
}

TEST_CASE("nothing shared: the verdict lists both sides", "[unit][discovery][verdict]") {
  const own_networks own = std::map<std::string, std::string>{{"net-x", "edge"}};
  const auto t = translated(swarm_of({running("web", basic())}), own);
  const auto& v = verdict_of(t, "web");
  CHECK(v.state == routing_state::not_routed);
  CHECK(v.reason.find("appnet") != std::string::npos);
  CHECK(v.reason.find("edge") != std::string::npos);
}

TEST_CASE("a network that an update adds does not take the route away meanwhile", "[unit][discovery][translate]") {
  auto s = make_service("web", with(basic(), "traefik.docker.network", "newnet"));
  s.network_ids = {"net-app", "net-new"};
  snapshot picture = swarm_of({make_view(s, {make_task(s, 1, "10.0.1.5")})});
  picture.networks["net-new"] = make_network("net-new", "newnet");
  const auto t = translated(picture);
  REQUIRE(seen(t.config).backends.size() == 1);
  CHECK(seen(t.config).backends[0].servers.size() == 1);
}

TEST_CASE("one bad segment costs only itself", "[unit][discovery][segments]") {
  const auto t = translated(swarm_of({running(
      "web", {{"traefik.a.port", "80"}, {"traefik.a.frontend.rule", "Host:a"}, {"traefik.b.port", "x"}, {"traefik.b.frontend.rule", "Host:b"}})}));
  REQUIRE(seen(t.config).frontends.size() == 1);
  CHECK(seen(t.config).frontends[0].name == "frontend-a-web-a");
  CHECK(verdict_of(t, "web").state == routing_state::routed_with_warnings);
}

TEST_CASE("two services with one rule are told of each other", "[unit][discovery][verdict]") {
  const auto t = translated(swarm_of({running("a", basic()), running("b", basic(), 1, 9)}));
  CHECK(seen(t.config).frontends.size() == 2);
  CHECK(found(verdict_of(t, "a"), "same-rule"));
  CHECK(found(verdict_of(t, "b"), "same-rule"));
}

TEST_CASE("services that do not change are not worked out again, and come out the same", "[unit][discovery][translate]") {
  translator tr(default_options());
  const auto web = running("web", basic(), 2), api = running("api", basic("Host:api"), 1, 9);
  const auto one = tr.translate(swarm_of({web, api}), {}, false);
  const auto two = tr.translate(swarm_of({web, api}), {}, false);
  CHECK(*one.config == *two.config);
  const auto three = tr.translate(swarm_of({web}), {}, false);
  CHECK(seen(three.config).backends.size() == 1);
}

TEST_CASE("waggle's own labels: what they say and what is refused", "[unit][discovery][translate][labels]") {
  labels l{{"traefik.port", "80"}, {"traefik.frontend.rule", "Host:web"}, {"traefik.backend.loadbalancer.stickiness", "true"}};
  const auto translated_with = [&](const labels& more) {
    labels all = l;
    all.insert(more.begin(), more.end());
    return translated({{running("web", all)}, app_and_ingress()});
  };
  const auto plain = translated_with({});
  CHECK(seen(plain.config).backends[0].hold.count() == 0);
  CHECK(seen(plain.config).backends[0].balance->stickiness->value.empty());
  const auto both = translated_with({{"waggle.backend.hold", "5s"}, {"waggle.backend.loadbalancer.stickiness.value", "opaque"}});
  CHECK(seen(both.config).backends[0].hold == std::chrono::seconds(5));
  CHECK(seen(both.config).backends[0].balance->stickiness->value == "opaque");
  CHECK(verdict_of(both, "web").state == routing_state::routed);
  CHECK(seen(translated_with({{"waggle.backend.hold", "60s"}}).config).backends[0].hold == std::chrono::minutes(1));
  for (const char* bad : {"61s", "-1s", "soon", "", "1e3"}) {
    CAPTURE(bad);
    const auto t = translated_with({{"waggle.backend.hold", bad}});
    CHECK(seen(t.config).backends[0].hold.count() == 0);
    CHECK(verdict_of(t, "web").state == routing_state::routed_with_warnings);  // no more than the label is lost
    CHECK(found(verdict_of(t, "web"), "bad-value"));
  }
  using std::chrono::milliseconds;
  CHECK(seen(plain.config).backends[0].timeouts == model::server_timeouts{});
  const auto timed = translated_with(
      {{"waggle.backend.timeout.connect", "250ms"}, {"waggle.backend.timeout.response", "5m"}, {"waggle.backend.timeout.idle", "24h"}});
  CHECK(seen(timed.config).backends[0].timeouts == model::server_timeouts{milliseconds(250), std::chrono::minutes(5), std::chrono::hours(24)});
  CHECK(verdict_of(timed, "web").state == routing_state::routed);
  for (const char* key : {"waggle.backend.timeout.connect", "waggle.backend.timeout.response", "waggle.backend.timeout.idle"})
    for (const char* bad : {"5ms", "-1s", "25h", "soon", "", "1e3", "99999999999h"}) {
      CAPTURE(key, bad);
      const auto t = translated_with({{key, bad}});
      CHECK(seen(t.config).backends[0].timeouts == model::server_timeouts{});
      CHECK(verdict_of(t, "web").state == routing_state::routed_with_warnings);
      CHECK(found(verdict_of(t, "web"), "bad-value"));
    }
  const auto patient = translated_with({{"waggle.backend.timeout.response", "0"}, {"waggle.backend.timeout.idle", "0s"}});
  CHECK(seen(patient.config).backends[0].timeouts ==
        model::server_timeouts{milliseconds(0), model::server_timeouts::unlimited, model::server_timeouts::unlimited});
  CHECK(verdict_of(patient, "web").state == routing_state::routed);
  CHECK(found(verdict_of(translated_with({{"waggle.backend.timeout.connect", "0s"}}), "web"), "bad-value"));
  CHECK(seen(plain.config).backends[0].slow_start.count() == 0);
  CHECK(seen(translated_with({{"waggle.backend.slowStart", "1m30s"}}).config).backends[0].slow_start == std::chrono::seconds(90));
  CHECK(seen(translated_with({{"waggle.backend.slowStart", "15m"}}).config).backends[0].slow_start == std::chrono::minutes(15));
  for (const char* bad : {"16m", "-1s", "slow", ""}) {
    CAPTURE(bad);
    const auto t = translated_with({{"waggle.backend.slowStart", bad}, {"waggle.backend.hold", "5s"}});
    CHECK(seen(t.config).backends[0].slow_start.count() == 0);
    CHECK(seen(t.config).backends[0].hold == std::chrono::seconds(5));
    CHECK(found(verdict_of(t, "web"), "bad-value"));
  }
  CHECK(found(verdict_of(translated_with({{"waggle.backend.loadbalancer.stickiness.value", "secret"}}), "web"), "bad-value"));
  const auto misspelt = translated_with({{"waggle.backend.hld", "5s"}});
  REQUIRE(found(verdict_of(misspelt, "web"), "unknown-label"));
  CHECK(verdict_of(misspelt, "web").diagnostics.back().fix.find("waggle.backend.hold") != std::string::npos);
  l.erase("traefik.backend.loadbalancer.stickiness");
  CHECK(found(verdict_of(translated_with({{"waggle.backend.loadbalancer.stickiness.value", "opaque"}}), "web"), "no-effect"));
}

TEST_CASE("a lock that is empty is told of, unless another one locks", "[unit][discovery][verdict]") {
  const std::string auth = "traefik.frontend.auth.", list = "traefik.frontend.whiteList.sourceRange";
  const auto told = [](const std::map<std::string, std::string>& more) {
    labels l = basic();
    l.insert(more.begin(), more.end());
    const auto t = translated({{running("web", l)}, app_and_ingress()});
    const auto& v = verdict_of(t, "web");
    CHECK(v.state != model::routing_state::not_routed);
    return std::count_if(v.diagnostics.begin(), v.diagnostics.end(), [](const auto& d) { return d.code == "empty-lock"; });
  };
  CHECK(told({{auth + "basic.users", ""}}) == 1);
  CHECK(told({{auth + "basic", " ,"}, {auth + "digest.users", ""}}) == 1);
  CHECK(told({{auth + "forward.address", ""}, {list, ","}}) == 2);
  CHECK(told({{list, ""}, {"traefik.frontend.whitelistSourceRange", "10.0.0.0/8"}}) == 0);
  CHECK(told({{auth + "basic.users", ""}, {auth + "basic.usersFile", "/run/secrets/users"}}) == 0);
  CHECK(told({{auth + "headerField", "X-User"}}) == 0);
}

TEST_CASE("a backend knows how many tasks its services want", "[unit][discovery][translate]") {
  const auto service_with = [](const std::string& name, std::optional<std::uint64_t> replicas, int address) {
    auto view = *running(name, {{"traefik.port", "80"}, {"traefik.frontend.rule", "Host:" + name}, {"traefik.backend", "shared"}}, 1, address);
    view.spec.replicas = replicas;
    return std::make_shared<const service_view>(view);
  };
  const auto sum = [&](std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
    return seen(translated({{service_with("a", a, 5), service_with("b", b, 15)}, app_and_ingress()}).config).backends[0].replicas;
  };
  CHECK(sum(2, 3) == 5);
  CHECK(sum(0, 0) == 0);
  CHECK(sum(2, {}) == model::unknown_replicas);  // a global service: nobody says
  CHECK(sum({}, 2) == model::unknown_replicas);
  CHECK(sum(~std::uint64_t{0}, 1) == 1'000'001);
}

TEST_CASE("segments with different ports are different endpoints of a task", "[unit][discovery][translate]") {
  const auto t = translated(swarm_of({running("web", {{"traefik.a.port", "80"},
                                                      {"traefik.a.frontend.rule", "Host:a.example"},
                                                      {"traefik.b.port", "81"},
                                                      {"traefik.b.frontend.rule", "Host:b.example"}})}));
  REQUIRE(seen(t.config).backends.size() == 2);
  CHECK(seen(t.config).backends[0].servers.at(0).id != seen(t.config).backends[1].servers.at(0).id);
  CHECK(seen(t.config).backends[0].servers.at(0).port != seen(t.config).backends[1].servers.at(0).port);
}
