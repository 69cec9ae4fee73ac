// Containers of one engine → configuration and verdicts, as Traefik 1.7 makes them without Swarm mode (docs/traefik1.md, 2.6).
#include <catch.hpp>

#include "swarm/containers.hpp"
#include "traefik1.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <algorithm>

using namespace waggle;
using namespace waggle::discovery;
using model::routing_state;
using waggle::test::seen;
using labels = std::map<std::string, std::string>;

namespace {

options plain(bool compat = false) {
  options o;
  o.swarm_mode = false;
  o.entry_points = {"http"};
  o.compat_traefik1 = compat;
  return o;
}

container make(const std::string& name, labels l, const std::string& address, const std::string& status = "Up 3 seconds") {
  container out;
  out.id = "id-of-" + name;
  out.names = {"/" + name};
  out.labels = std::move(l);
  out.state = "running";
  out.status = status;
  out.network_mode = "front";
  out.ports = {{8000, 0, "", true}};
  out.networks = {{"front", "net-front", address, 24}};
  return out;
}

labels compose(labels l, const std::string& service = "web", const std::string& project = "shop") {
  l["com.docker.compose.project"] = project;
  l["com.docker.compose.service"] = service;
  return l;
}

translation translated(std::vector<container> all, const options& o = plain(), const own_networks& own = {}) {
  return translator(o).translate(picture_of_containers(std::move(all), o.use_bind_port_ip, {}), own, true);
}

const model::verdict& verdict_of(const translation& t, const std::string& name) {
  const auto it = std::find_if(t.verdicts->begin(), t.verdicts->end(), [&](const auto& v) { return v.service == name; });
  REQUIRE(it != t.verdicts->end());
  CHECK(it->container);
  return *it;
}

const model::diagnostic* finding(const model::verdict& v, const std::string& code) {
  const auto it = std::find_if(v.diagnostics.begin(), v.diagnostics.end(), [&](const auto& d) { return d.code == code; });
  return it == v.diagnostics.end() ? nullptr : &*it;
}

std::vector<std::string> urls(const translation& t, std::size_t backend = 0) {
  std::vector<std::string> out;
  const auto config = seen(t.config);
  for (const auto& s : config.backends[backend].servers) out.push_back(s.url.str());
  std::sort(out.begin(), out.end());
  return out;
}

const std::string healthy = "Up 3 seconds (healthy)", starting = "Up 1 second (health: starting)", unhealthy = "Up 9 seconds (unhealthy)";
const labels grouped{{"traefik.backend", "whoami"}, {"traefik.frontend.rule", "PathPrefix:/"}};

}  // namespace

TEST_CASE("two containers of one traefik.backend are balanced", "[unit][discovery][containers]") {
  const auto t = translated({make("web2", grouped, "10.0.0.3"), make("web1", grouped, "10.0.0.2")});
  const auto config = seen(t.config);
  REQUIRE(config.backends.size() == 1);
  CHECK(config.backends[0].name == "backend-whoami");
  CHECK(urls(t) == std::vector<std::string>{"http://10.0.0.2:8000", "http://10.0.0.3:8000"});
  CHECK(config.frontends.size() == 2);  // one each, to the same backend: no conflict
  for (const char* name : {"web1", "web2"}) CHECK(verdict_of(t, name).state == routing_state::routed);
}

TEST_CASE("a container keeps its slot under its name", "[unit][discovery][containers]") {
  auto first = make("web1", grouped, "10.0.0.2"), second = first;
  second.id = "id-of-the-next";
  second.networks[0].address = "10.0.0.9";
  const auto a = seen(translated({first}).config).backends[0].servers[0], b = seen(translated({second}).config).backends[0].servers[0];
  CHECK(a.id != b.id);
  CHECK(a.origin.task_id != b.origin.task_id);
  CHECK(a.origin.service_id == b.origin.service_id);
  CHECK(a.origin.slot == 1);
  CHECK(b.origin.slot == 1);
  CHECK(a.origin.node_id.empty());  // one silent container says nothing of the others
}

TEST_CASE("the port: the label's, else the lowest that is exposed", "[unit][discovery][containers]") {
  auto c = make("web", {{"traefik.frontend.rule", "Host:a"}}, "10.0.0.2");
  c.ports = {{9000, 0, "", true}, {53, 0, "", false}, {8080, 32768, "0.0.0.0", true}, {8080, 32768, "::", true}};
  CHECK(urls(translated({c})) == std::vector<std::string>{"http://10.0.0.2:8080"});
  CHECK(finding(verdict_of(translated({c}), "web"), "lowest-port") != nullptr);
  CHECK(urls(translated({c}, plain(true))) == std::vector<std::string>{"http://10.0.0.2:53"});  // Traefik: of any protocol
  c.labels["traefik.port"] = "9000";
  CHECK(urls(translated({c})) == std::vector<std::string>{"http://10.0.0.2:9000"});
  c.labels["traefik.port"] = "";
  c.ports.clear();
  CHECK(verdict_of(translated({c}), "web").state == routing_state::not_routed);
  c.labels.erase("traefik.port");
  const auto t = translated({c});
  REQUIRE(finding(verdict_of(t, "web"), "no-port") != nullptr);
  CHECK(finding(verdict_of(t, "web"), "no-port")->text == "the label traefik.port is missing, and the container exposes no port");
}

TEST_CASE("containers of a compose service have one frontend and one backend", "[unit][discovery][containers]") {
  for (const bool compat : {false, true}) {
    CAPTURE(compat);
    const auto t = translated({make("shop-web-2", compose({}), "10.0.0.3"), make("shop-web-1", compose({}), "10.0.0.2")}, plain(compat));
    const auto config = seen(t.config);
    REQUIRE(config.frontends.size() == 1);
    CHECK(config.frontends[0].routes[0].rule == "Host:web.shop");
    REQUIRE(config.backends.size() == 1);
    CHECK(config.backends[0].name == "backend-web-shop");
    CHECK(config.backends[0].servers.size() == 2);
    for (const char* name : {"shop-web-1", "shop-web-2"}) {
      CHECK(verdict_of(t, name).state == routing_state::routed);
      CHECK(verdict_of(t, name).frontends == std::vector<std::string>{config.frontends[0].name});
    }
  }
}

TEST_CASE("a compose service with a rule that is being changed says so", "[unit][discovery][containers]") {
  const auto t = translated({make("shop-web-2", compose({{"traefik.frontend.rule", "Host:new"}}), "10.0.0.3"),
                             make("shop-web-1", compose({{"traefik.frontend.rule", "Host:old"}}), "10.0.0.2")});
  CHECK(seen(t.config).frontends.size() == 1);
  CHECK(seen(t.config).frontends[0].routes[0].rule == "Host:new");  // the Engine lists the newest first
  CHECK(seen(t.config).backends[0].servers.size() == 2);
  REQUIRE(finding(verdict_of(t, "shop-web-1"), "rule-of-another") != nullptr);
  CHECK(finding(verdict_of(t, "shop-web-2"), "rule-of-another") == nullptr);
}

TEST_CASE("rules by name and domain", "[unit][discovery][containers]") {
  auto o = plain();
  o.domain = "example.com";
  const auto t = translated({make("my_app", {}, "10.0.0.3"), make("shop-web-1", compose({}), "10.0.0.2")}, o);
  const auto config = seen(t.config);
  REQUIRE(config.frontends.size() == 2);
  CHECK(config.frontends[0].routes[0].rule == "Host:my-app.example.com");
  CHECK(config.frontends[1].routes[0].rule == "Host:web.shop.example.com");
  CHECK(verdict_of(t, "my_app").state == routing_state::routed);  // no label is needed for it
}

TEST_CASE("who is not meant to be routed is a note", "[unit][discovery][containers]") {
  const auto t = translated({make("db", {}, "10.0.0.3")});
  CHECK(verdict_of(t, "db").state == routing_state::not_routed);
  REQUIRE(verdict_of(t, "db").diagnostics.size() == 1);
  CHECK(verdict_of(t, "db").diagnostics[0].code == "no-labels");
  auto o = plain();
  o.exposed_by_default = false;
  const auto u =
      translated({make("a", grouped, "10.0.0.3"), make("b", {{"traefik.enable", "true"}, {"traefik.frontend.rule", "Host:b"}}, "10.0.0.4")}, o);
  CHECK(verdict_of(u, "a").reason == "traefik.enable: containers are not exposed by default");
  CHECK(verdict_of(u, "b").state == routing_state::routed);
  o = plain();
  o.constraints = {"tag==api"};
  const auto v = translated({make("a", grouped, "10.0.0.3")}, o);
  CHECK(finding(verdict_of(v, "a"), "constraint") != nullptr);
}

TEST_CASE("a container that is not healthy gets no requests", "[unit][discovery][containers]") {
  const auto t = translated(
      {make("web3", grouped, "10.0.0.4", starting), make("web2", grouped, "10.0.0.3", unhealthy), make("web1", grouped, "10.0.0.2", healthy)});
  CHECK(urls(t) == std::vector<std::string>{"http://10.0.0.2:8000"});
  CHECK(seen(t.config).frontends.size() == 1);
  CHECK(verdict_of(t, "web2").state == routing_state::not_routed);
  CHECK(verdict_of(t, "web2").reason == "its health check fails; it gets no requests");
  CHECK(verdict_of(t, "web3").reason == "its health check has not succeeded yet; it gets no requests");
  const auto u = translated({make("web1", grouped, "10.0.0.2", unhealthy)}, plain(true));
  CHECK(seen(u.config).frontends.empty());
}

TEST_CASE("alone it keeps its route, unless another serves the same requests", "[unit][discovery][containers]") {
  const labels a{{"traefik.frontend.rule", "Host:a"}};
  const auto alone = translated({make("blue", a, "10.0.0.2", unhealthy)});
  REQUIRE(seen(alone.config).frontends.size() == 1);
  CHECK(seen(alone.config).backends[0].servers.empty());
  CHECK(verdict_of(alone, "blue").state == routing_state::routed_with_warnings);
  CHECK(verdict_of(alone, "blue").reason == "its health check fails; requests get 503");
  // Blue serves while green is getting up: green's route would be the first by name and answer 503.
  const auto both = translated({make("zgreen", a, "10.0.0.3", starting), make("blue", a, "10.0.0.2", healthy)});
  REQUIRE(seen(both.config).frontends.size() == 1);
  CHECK(seen(both.config).frontends[0].backend == "backend-blue");
  CHECK(verdict_of(both, "zgreen").state == routing_state::not_routed);
}

TEST_CASE("two containers that want the same requests are told as containers", "[unit][discovery][containers]") {
  const labels a{{"traefik.frontend.rule", "Host:a"}};
  const auto t = translated({make("one", a, "10.0.0.3"), make("two", a, "10.0.0.2")});
  REQUIRE(finding(verdict_of(t, "two"), "same-rule") != nullptr);
  CHECK(finding(verdict_of(t, "two"), "same-rule")->text.starts_with("the container one has the same rule"));
}

TEST_CASE("networks of containers", "[unit][discovery][containers]") {
  auto c = make("web", grouped, "10.0.0.2");
  c.networks.push_back({"back", "net-back", "10.1.0.2", 24});
  CHECK(urls(translated({c})) == std::vector<std::string>{"http://10.1.0.2:8000"});  // the first by name
  const own_networks own = std::map<std::string, std::string>{{"net-front", "front"}};
  CHECK(urls(translated({c}, plain(), own)) == std::vector<std::string>{"http://10.0.0.2:8000"});
  c.labels["traefik.docker.network"] = "front";
  CHECK(urls(translated({c})) == std::vector<std::string>{"http://10.0.0.2:8000"});
  c.labels["traefik.docker.network"] = "nosuch";
  const auto t = translated({c});
  REQUIRE(finding(verdict_of(t, "web"), "unknown-network") != nullptr);
  CHECK(finding(verdict_of(t, "web"), "unknown-network")->text.starts_with("the container web is on no network of that name"));
  CHECK(urls(translated({c}, plain(true))) == std::vector<std::string>{"http://10.1.0.2:8000"});  // Traefik: any
  c.networks = {{"none", "net-none", "", 0}};
  c.labels.erase("traefik.docker.network");
  CHECK(finding(verdict_of(translated({c}), "web"), "no-network") != nullptr);
}

TEST_CASE("a container on the host's network is on the loopback of whoever is there, too", "[unit][discovery][containers]") {
  auto c = make("web", {{"traefik.frontend.rule", "Host:a"}, {"traefik.port", "8123"}}, "");
  c.network_mode = "host";
  c.ports.clear();
  c.networks = {{"host", "net-host", "", 0}};
  CHECK(urls(translated({c})) == std::vector<std::string>{"http://127.0.0.1:8123"});
  const own_networks own = std::map<std::string, std::string>{{"net-front", "front"}};
  CHECK(finding(verdict_of(translated({c}, plain(), own), "web"), "no-shared-network") != nullptr);
}

TEST_CASE("containers that share a network share an address and are both used", "[unit][discovery][containers]") {
  auto side = make("side", {{"traefik.frontend.rule", "Host:side"}, {"traefik.port", "9000"}}, "");
  side.network_mode = "container:id-of-web";
  side.networks.clear();
  side.ports.clear();
  const auto t = translated({side, make("web", {{"traefik.frontend.rule", "Host:web"}}, "10.0.0.2")});
  CHECK(urls(t, 0) == std::vector<std::string>{"http://10.0.0.2:9000"});
  CHECK(urls(t, 1) == std::vector<std::string>{"http://10.0.0.2:8000"});
}

TEST_CASE("published ports, where they are asked for", "[unit][discovery][containers]") {
  auto c = make("web", grouped, "10.0.0.2");
  c.ports = {{8000, 32000, "192.0.2.1", true}, {8000, 0, "", true}};
  CHECK(urls(translated({c})) == std::vector<std::string>{"http://10.0.0.2:8000"});
  auto o = plain();
  o.use_bind_port_ip = true;
  CHECK(urls(translated({c}, o)) == std::vector<std::string>{"http://192.0.2.1:32000"});
  const own_networks elsewhere = std::map<std::string, std::string>{{"net-other", "other"}};
  CHECK(urls(translated({c}, o, elsewhere)) == std::vector<std::string>{"http://192.0.2.1:32000"});  // no network is needed for it
  c.ports = {{8000, 32000, "0.0.0.0", true}};
  const auto t = translated({c}, o);
  CHECK(urls(t) == std::vector<std::string>{"http://10.0.0.2:8000"});
  CHECK(std::any_of(t.lines.begin(), t.lines.end(), [](const log_note& l) {
    return l.text == "Unable to find a binding for container \"/web\", falling back on its internal IP/Port.";
  }));
}

TEST_CASE("segments of a container", "[unit][discovery][containers]") {
  const auto t = translated({make(
      "app", {{"traefik.api.frontend.rule", "PathPrefix:/api"}, {"traefik.api.port", "9000"}, {"traefik.web.frontend.rule", "Host:w"}}, "10.0.0.2")});
  const auto config = seen(t.config);
  REQUIRE(config.backends.size() == 2);
  CHECK(config.backends[0].name == "backend-app-api");
  CHECK(config.backends[0].servers[0].url == "http://10.0.0.2:9000");
  CHECK(config.backends[1].servers[0].url == "http://10.0.0.2:8000");  // the lowest port that is exposed
}

TEST_CASE("Traefik 1.7's configuration of two containers, letter by letter", "[unit][discovery][containers]") {
  const auto t = translated({make("web2", grouped, "10.0.0.3"), make("web1", grouped, "10.0.0.2")}, plain(true));
  CHECK(
      traefik_json(*t.config) ==
      R"({"backends":{"backend-whoami":{"servers":{"server-web1-46e9089fee7cae173ae62271a4394243":{"url":"http://10.0.0.2:8000","weight":1},)"
      R"("server-web2-25d407b80f2ee93932c33a053a63323f":{"url":"http://10.0.0.3:8000","weight":1}},"loadBalancer":{"method":"wrr"}}},"frontends":{)"
      R"("frontend-PathPrefix-0":{"entryPoints":["http"],"backend":"backend-whoami","routes":{"route-frontend-PathPrefix-0":{"rule":"PathPrefix:/"}},)"
      R"("passHostHeader":true,"priority":0,"basicAuth":null},)"
      R"("frontend-PathPrefix-1":{"entryPoints":["http"],"backend":"backend-whoami","routes":{"route-frontend-PathPrefix-1":{"rule":"PathPrefix:/"}},)"
      R"("passHostHeader":true,"priority":0,"basicAuth":null}}})");
}

TEST_CASE("a label that only Swarm has an answer for", "[unit][discovery][containers]") {
  auto l = grouped;
  l["traefik.backend.loadbalancer.swarm"] = "true";
  const auto t = translated({make("web", l, "10.0.0.2")});
  CHECK(urls(t) == std::vector<std::string>{"http://10.0.0.2:8000"});
  CHECK(finding(verdict_of(t, "web"), "no-effect") != nullptr);
}
