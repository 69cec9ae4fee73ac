// Services that move between networks, and which networks waggle itself is on.
#include <catch.hpp>

#include "builders.hpp"
#include "swarm/moves.hpp"
#include "watch/own_networks.hpp"

using namespace waggle::discovery;
using namespace waggle::discovery::test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const service_view> on_network(const std::string& name, const std::string& network, const std::string& address = "10.0.9.5") {
  const auto s = make_service(name, {}, network);
  return make_view(s, {make_task(s, 1, address, network)});
}

network with_subnet(const std::string& id, const std::string& name, const std::string& subnet, bool ingress = false) {
  auto n = make_network(id, name, ingress);
  n.subnet = subnet;
  return n;
}

}  // namespace

TEST_CASE("a network that services still speak of stays until they are looked at", "[unit][discovery][moves]") {
  const network_map before{{"old", make_network("old", "edge")}, {"idle", make_network("idle", "idle")}};
  network_map newest{{"new", make_network("new", "edge")}};
  keep_networks_in_use(newest, before, {on_network("moved", "new"), on_network("not-yet", "old")});
  CHECK(newest.contains("old"));
  CHECK(newest.contains("new"));
  CHECK_FALSE(newest.contains("idle"));
}

TEST_CASE("a service on a network that is not listed yet keeps its last view, for a while", "[unit][discovery][moves]") {
  const network_map listed{{"net-app", make_network("net-app", "appnet")}};
  const snapshot before{{running("web", {}), running("other", {})}, listed};
  const auto moved = on_network("web", "net-new");
  moving_services moving;
  waggle::base::mono_time now{};
  now += 100s;
  snapshot next{{moved, before.services[1]}, listed};
  CHECK(moving.hold(next, before, now) == std::set<std::string>{"net-new"});
  CHECK(next.services[0] == before.services[0]);
  CHECK(next.services[1] == before.services[1]);

  next.services[0] = moved;
  now += 1s;
  CHECK(moving.hold(next, before, now).size() == 1);
  next.services[0] = moved;
  now += 5s;  // a network of local scope: it never comes
  CHECK(moving.hold(next, before, now).empty());
  CHECK(next.services[0] == moved);

  snapshot fresh{{on_network("new", "net-new")}, listed};  // nothing to keep
  CHECK(moving.hold(fresh, before, now).empty());
}

TEST_CASE("a second move, before the first has been listed, has its own time", "[unit][discovery][moves]") {
  const network_map listed{{"net-app", make_network("net-app", "appnet")}};
  const snapshot before{{running("web", {})}, listed};
  moving_services moving;
  waggle::base::mono_time now{};
  now += 100s;
  const auto held_on = [&](const std::string& network) {
    snapshot next{{on_network("web", network)}, listed};
    return !moving.hold(next, before, now).empty() && next.services[0] == before.services[0];
  };
  CHECK(held_on("net-second"));
  now += 1'900ms;
  CHECK(held_on("net-second"));
  now += 50ms;
  CHECK(held_on("net-third"));
  now += 1'000ms;  // long after the first move's time
  CHECK(held_on("net-third"));
  now += 1'000ms;
  CHECK_FALSE(held_on("net-third"));
  CHECK(held_on("net-fourth"));  // also after one that was given up
}

TEST_CASE("addresses within subnets", "[unit][discovery][self]") {
  CHECK(in_subnet("10.0.1.5", "10.0.1.0/24"));
  CHECK_FALSE(in_subnet("10.0.2.5", "10.0.1.0/24"));
  CHECK(in_subnet("10.0.1.129", "10.0.1.128/25"));
  CHECK_FALSE(in_subnet("10.0.1.127", "10.0.1.128/25"));
  CHECK(in_subnet("fd00::5", "fd00::/64"));
  for (const char* wrong : {"", "10.0.1.0", "10.0.1.0/", "10.0.1.0/33", "10.0.1.0/0", "x/24", "fd00::/64"}) CHECK_FALSE(in_subnet("10.0.1.5", wrong));
}

TEST_CASE("own networks by the addresses of the own interfaces", "[unit][discovery][self]") {
  const network_map networks{{"edge", with_subnet("edge", "edge", "10.0.1.0/24")},
                             {"priv", with_subnet("priv", "aaa_private", "10.0.2.0/24")},
                             {"ing", with_subnet("ing", "ingress", "10.0.0.0/24", true)}};
  const auto s = make_service("waggle", {}, "edge");
  auto mine = make_task(s, 1, "10.0.1.9", "edge");
  snapshot picture{{on_network("web", "priv", "10.0.2.5")}, networks};

  // A container that is no task: what its addresses are within.
  auto found = place_by_addresses({{"eth0", "10.0.1.7"}, {"eth1", "172.18.0.3"}, {"eth2", "10.0.0.4"}}, picture);
  REQUIRE(found.networks.has_value());
  CHECK(*found.networks == std::map<std::string, std::string>{{"edge", "edge"}});
  CHECK(found.service_id.empty());

  // A task: what it is attached to.
  picture.services.push_back(make_view(s, {mine}));
  found = place_by_addresses({{"eth0", "10.0.1.9"}, {"eth1", "172.18.0.3"}}, picture);
  REQUIRE(found.networks.has_value());
  CHECK(found.networks->contains("edge"));
  CHECK(found.service_id == "id-waggle");

  // The node's own namespace, no addresses, none within: not known.
  CHECK_FALSE(place_by_addresses({{"docker0", "172.17.0.1"}, {"eth0", "10.0.1.9"}}, picture).networks);
  CHECK_FALSE(place_by_addresses({}, picture).networks);
  CHECK_FALSE(place_by_addresses({{"eth0", "192.0.2.1"}}, picture).networks);
}
