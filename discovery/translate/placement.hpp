// Where the tasks of one service are reached: task → network → address → server. Depends on one service and the networks
// only, so it is kept while they do not change.
#pragma once

#include "swarm/snapshot.hpp"
#include "translate/network_select.hpp"
#include "translate/service_plan.hpp"

#include <string>
#include <vector>

namespace waggle::discovery {

/// What Traefik calls a container: a running task, or with Swarm's own balancing the service.
struct placed_item {
  std::string name;             ///< "web.1", "web.<task id>", "web"
  std::string task_id;          ///< empty for a service behind its virtual address
  std::string network_id, address;
  bool network_missed = false;  ///< a network was wanted, another was taken
  std::vector<model::server> servers;  ///< one for each segment of the plan
};

struct placement {
  std::vector<placed_item> items;
  std::vector<log_note> lines;               ///< Traefik's words while listing
  std::vector<model::diagnostic> diagnostics;
  std::string network;                       ///< by which the first item is reached
  std::size_t running = 0;                   ///< tasks that run, reached or not
  bool unreachable = false;                  ///< tasks run (or will), and none can be reached
};

placement place_service(const service_view& view, const service_plan& plan, const network_map& networks,
                        const own_networks& own, const options& opts);

}  // namespace waggle::discovery
