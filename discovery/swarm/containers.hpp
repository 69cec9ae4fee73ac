// Containers of one engine without a swarm, as a snapshot like that of a swarm: each is a service of one task. Its name is the
// service's id and its slot's, so that who replaces it by one of the same name takes over its clients. Pure.
#pragma once

#include "swarm/snapshot.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// Of GET /containers/json: a port that is exposed, or bound to one of the host.
struct container_port {
  std::uint16_t target = 0, published = 0;  ///< published: 0 if it is only exposed
  std::string address;                      ///< of the host: "0.0.0.0", "::", "192.0.2.1"
  bool tcp = true;
};

struct container_network {
  std::string name, id;
  std::string address;     ///< IPv4, or IPv6 where there is no other; without mask
  unsigned prefix = 0;     ///< bits of the mask
  std::string address6{};  ///< IPv6, without mask
  unsigned prefix6 = 0;
};

/// An element of GET /containers/json, as far as routing goes.
struct container {
  std::string id;
  std::vector<std::string> names{};  ///< with "/" before them; of links "/other/alias"
  std::map<std::string, std::string> labels{};
  std::string state{};         ///< "running", "paused", "restarting", …
  std::string status{};        ///< for people, and the only place of the health: "Up 3 seconds (health: starting)"
  std::string network_mode{};  ///< "default", "host", "none", "container:<id>" or a network
  std::vector<container_port> ports{};
  std::vector<container_network> networks{};
};

/// "web" of the names "/web" and "/proxy/alias"; its short id if it has none of its own.
std::string name_of(const container& c);

/// @param bindings  keep what is published on addresses of the host (--docker.usebindportip)
/// @return in the Engine's order, those that cannot take requests yet or any more last. Views that did not change are those of
/// `before`. Cost: O(containers).
snapshot picture_of_containers(std::vector<container> containers, bool bindings, const snapshot& before);

}  // namespace waggle::discovery
