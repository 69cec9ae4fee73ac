// Containers of one engine: lists as a real dockerd gave them (tests/golden/engine), and what becomes of them.
#include <catch.hpp>

#include "docker/api_codec.hpp"
#include "docker/container_codec.hpp"
#include "docker/event_stream.hpp"
#include "docker/json_splitter.hpp"
#include "swarm/containers.hpp"
#include "watch/unserved_swarm.hpp"

#include "builders.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace waggle;
using namespace waggle::discovery;

namespace {

std::string recorded(const std::string& name) {
  std::ifstream in(WAGGLE_GOLDEN_ENGINE "/" + name);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<container> containers_of(const std::string& json) {
  const auto state = decode_state(json);
  REQUIRE(state.has_value());
  CHECK(state->of_containers);
  return state->containers;
}

const container& named(const std::vector<container>& all, const std::string& name) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const container& c) { return name_of(c) == name; });
  REQUIRE(it != all.end());
  return *it;
}

const service_view& view(const snapshot& s, const std::string& name) {
  const auto it = std::find_if(s.services.begin(), s.services.end(), [&](const auto& v) { return v->spec.name == name; });
  REQUIRE(it != s.services.end());
  return **it;
}

std::vector<std::string> names_in(const snapshot& s) {
  std::vector<std::string> out;
  for (const auto& v : s.services) out.push_back(v->spec.name);
  return out;
}

}  // namespace

TEST_CASE("a container as the Engine lists it", "[unit][discovery][containers]") {
  const auto all = containers_of(recorded("containers.json"));
  CHECK(all.size() == 9);
  const container& web = named(all, "web2");
  CHECK(web.id.size() == 64);
  CHECK(web.state == "running");
  CHECK(web.network_mode == "front");
  CHECK(web.labels == std::map<std::string, std::string>{{"traefik.backend", "whoami"}, {"traefik.frontend.rule", "PathPrefix:/"}});
  REQUIRE(web.networks.size() == 2);
  CHECK(web.networks[1].name == "front");
  CHECK(web.networks[1].address == "10.221.1.3");
  CHECK(web.networks[1].prefix == 24);
  CHECK(web.networks[1].id.size() == 64);
  REQUIRE(web.ports.size() == 4);
  CHECK(web.ports[0].target == 7000);
  CHECK(web.ports[0].published == 0);
  CHECK(web.ports[1].published == 8081);
  CHECK(web.ports[3].address == "127.0.0.1");
  CHECK_FALSE(web.ports[3].tcp);
}

TEST_CASE("objects within a network are not networks", "[unit][discovery][containers]") {
  const auto c =
      decode_listed_container(R"({"Id":"c1","Names":["/a"],"NetworkSettings":{"Networks":{"my.net":{"IPAMConfig":{"IPv4Address":"10.0.0.9"},
    "Links":null,"Aliases":["x"],"DriverOpts":{"k":"v"},"NetworkID":"n1","IPAddress":"","GlobalIPv6Address":"fd00::9","GlobalIPv6PrefixLen":64}}}})");
  REQUIRE(c.has_value());
  REQUIRE(c->networks.size() == 1);
  CHECK(c->networks[0].name == "my.net");
  CHECK(c->networks[0].id == "n1");
  CHECK(c->networks[0].address6 == "fd00::9");
  CHECK(c->networks[0].prefix6 == 64);
  const auto picture = picture_of_containers({*c}, false, {});
  CHECK(view(picture, "a").tasks[0].attachments == std::vector<attachment>{{"n1", "my.net", "fd00::9/64"}});
}

TEST_CASE("what is no container is refused", "[unit][discovery][containers]") {
  CHECK(decode_listed_container("{").has_error());
  CHECK(decode_listed_container(R"({"Names":["/a"]})").error().reason == "a container without Id");
  CHECK(decode_listed_container(R"({"Id":"c","Ports":[{"PrivatePort":70000,"PublicPort":-1,"Type":"tcp"}]})")->ports[0].target == 0);
}

TEST_CASE("the picture: health, whose network, who comes last", "[unit][discovery][containers]") {
  const auto picture = picture_of_containers(containers_of(recorded("containers.json")), false, {});
  // Those that take no requests are behind the others, all else is as listed.
  CHECK(names_in(picture) == std::vector<std::string>{"comp1", "dflt", "lonely", "side", "hosty", "web2", "web1", "paused", "healthy"});
  CHECK(view(picture, "healthy").tasks[0].state == "unhealthy");
  CHECK_FALSE(view(picture, "healthy").tasks[0].running());
  CHECK(view(picture, "healthy").spec.health_check);
  CHECK(view(picture, "paused").tasks[0].state == "paused");
  CHECK_FALSE(unsettled(view(picture, "healthy")));

  const service_view& web = view(picture, "web2");
  CHECK(web.spec.container);
  CHECK(web.spec.id == "web2");
  CHECK(web.tasks[0].slot == 1);
  CHECK(web.tasks[0].attachments.size() == 2);
  CHECK(web.tasks[0].bindings.empty());  // nobody asked for them
  CHECK(web.spec.ports == std::vector<published_port>{{7000, 0, true, false}, {8000, 0, true, false}, {9000, 0, false, false}});
  CHECK(picture.networks.at(web.tasks[0].attachments[1].network_id.str()).name == "front");

  CHECK(view(picture, "side").tasks[0].attachments == view(picture, "web1").tasks[0].attachments);
  CHECK(view(picture, "hosty").tasks[0].attachments[0].address == "127.0.0.1/8");
  CHECK(view(picture, "lonely").tasks[0].attachments[0].address.empty());
}

TEST_CASE("health is what stands behind the time", "[unit][discovery][containers]") {
  const auto [status, state, expected] = GENERATE(table<const char*, const char*, const char*>({
      {"Up 2 seconds", "running", "running"},
      {"Up 2 seconds (healthy)", "running", "running"},
      {"Up 2 seconds (health: starting)", "running", "starting"},
      {"Up About a minute (unhealthy)", "running", "unhealthy"},
      {"Up 2 seconds (Paused)", "paused", "paused"},
      {"Restarting (1) 3 seconds ago", "restarting", "restarting"},
  }));
  CAPTURE(status);
  container c{"c1", {"/a"}, {}, state, status, "default", {}, {}};
  CHECK(picture_of_containers({c}, false, {}).services.front()->tasks[0].state == expected);
}

TEST_CASE("the order in which the Engine tells ports and networks changes nothing", "[unit][discovery][containers]") {
  auto all = containers_of(recorded("containers.json"));
  const auto before = picture_of_containers(all, true, {});
  for (container& c : all) {
    std::reverse(c.ports.begin(), c.ports.end());
    std::reverse(c.networks.begin(), c.networks.end());
  }
  const auto after = picture_of_containers(all, true, before);
  CHECK(same(before, after));
  for (std::size_t i = 0; i < after.services.size(); ++i) CHECK(after.services[i] == before.services[i]);  // the same objects
}

TEST_CASE("a container's own name, not that of a link", "[unit][discovery][containers]") {
  CHECK(name_of({.id = "0123456789abcdef", .names = {"/proxy/db", "/db"}}) == "db");
  CHECK(name_of({.id = "0123456789abcdef", .names = {}}) == "0123456789ab");
}

TEST_CASE("a chain of containers that share a network ends", "[unit][discovery][containers]") {
  container a{"a", {"/a"}, {}, "running", "Up", "container:b", {}, {}}, b{"b", {"/b"}, {}, "running", "Up", "container:a", {}, {}};
  container lost{"c", {"/c"}, {}, "running", "Up", "container:gone", {}, {}};
  const auto picture = picture_of_containers({a, b, lost}, false, {});
  for (const auto& v : picture.services) CHECK(v->tasks[0].attachments.empty());
}

TEST_CASE("docker inspect says the same as the list", "[unit][discovery][containers]") {
  const auto inspected = picture_of_containers(containers_of(recorded("inspected.json")), true, {});
  const auto listed = picture_of_containers(containers_of(recorded("containers.json")), true, {});
  CHECK(inspected.services.size() == 5);
  for (const auto& v : inspected.services) {
    CAPTURE(v->spec.name);
    CHECK(*v == view(listed, v->spec.name));
  }
}

TEST_CASE("what a real Engine's events say of containers", "[unit][discovery][containers]") {
  std::vector<change_hint> hints;
  json_splitter splitter(json_splitter::shape::sequence, [&](std::string_view element) {
    const auto event = decode_event(element);
    REQUIRE(event.has_value());
    hints.push_back(container_hint_of(*event));
    return true;
  });
  REQUIRE(splitter.feed(recorded("container_events.json")));
  // start, health_status: unhealthy, rename, pause, unpause, die; die, start of another
  REQUIRE(hints.size() == 8);
  for (const auto& h : hints) CHECK(h.everything);
  CHECK(hints[0].removed.empty());
  CHECK(hints[2].removed == std::set<std::string>{"ev"});
  CHECK(hints[5].removed == std::set<std::string>{"ev2"});
  CHECK(hints[5].services == std::set<std::string>{"ev2"});
  CHECK(hints[6].removed == std::set<std::string>{"dflt"});
  CHECK(container_hint_of({"network", "connect", "n1", {}}).empty());
}

TEST_CASE("services that would be served with --docker.swarmmode", "[unit][discovery][containers]") {
  CHECK(count_labelled({}) == 0);
  CHECK(count_labelled({test::make_service("a", {{"traefik.port", "80"}}), test::make_service("b", {{"com.example", "x"}})}) == 1);
}
