// How fresh and how healthy the view of the swarm is. Plain values.
#pragma once

#include <waggle/base/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace waggle::discovery {

/// A node that runs no tasks, or is to get no more.
struct node_trouble {
  std::string name;      ///< hostname, or the id while it is not known
  bool down = false;     ///< else:
  bool drained = false;  ///< … or paused: it keeps its tasks and gets no new ones
  bool operator==(const node_trouble&) const = default;
};

struct status {
  bool containers = false;                   ///< of one Engine are looked at, not a swarm
  bool connected = false;                    ///< the last look worked
  std::optional<base::mono_time> last_good;  ///< when the picture in force was taken; none before the first
  std::string last_error;                    ///< empty when connected
  std::uint64_t generation = 0, looks = 0, failed_looks = 0;
  std::map<std::string, std::uint64_t> looks_by_reason;  ///< "interval", "event", "feedback", …
  std::string engine_version, api_version;
  std::string ingress_subnet;               ///< of the routing mesh ("10.0.0.0/24"); empty: not known
  std::vector<node_trouble> nodes;          ///< those in trouble; empty also where the Engine does not list nodes
  std::size_t unserved_services = 0;        ///< with labels, of a swarm that the Engine manages, while only containers are served
  std::vector<std::string> own_mesh_ports;  ///< "80:8000": ports of waggle's own service that are published through it
};

}  // namespace waggle::discovery
