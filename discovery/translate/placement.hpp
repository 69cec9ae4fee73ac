// Where the tasks of one service are reached: task → network → address → server. Depends on one service and the networks
// only, so it is kept while they do not change.
#pragma once

#include "swarm/snapshot.hpp"
#include "translate/network_select.hpp"
#include "translate/service_plan.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/service/server.hpp>
#include <waggle/model/verdict.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// What Traefik calls a container: a running task, or with Swarm's own balancing the service. Small, because there may be
/// a hundred thousand; points into the view and the networks it was made from.
struct addressed_task {
  const task* at = nullptr;  ///< nullptr for a service behind its virtual address
  const std::string* network_id = nullptr;
  std::string_view address;     ///< in the view, or "<nil>"; empty: it is reached by what it publishes
  bool network_missed = false;  ///< a network was wanted, another was taken
};

/// Where what the container listens on at `port` is published on an address of the host; null: nowhere.
const port_binding* binding_of(const task& t, std::string_view port);

/// "web.1", "web.<task id>" for global services, "web" for one behind its virtual address, "/web" for a container.
std::string item_name(const service& s, const addressed_task& item);
/// Who runs the server of one item. @param service_id, service_name  those of `s`, shared by all its servers.
model::origin origin_of(const service& s, const base::shared_text& service_id, const base::shared_text& service_name, const addressed_task& item);
/// The server of one item in one segment.
/// @param service_id, service_name  those of `s`, shared by all its servers.
model::server make_server(const service& s, const base::shared_text& service_id, const base::shared_text& service_name, const segment_plan& segment,
                          const addressed_task& item);

struct placement {
  std::vector<addressed_task> items;
  std::vector<addressed_task> leaving;  ///< tasks that end, of a service that has a part below HTTP
  std::vector<log_note> lines;          ///< Traefik's words while listing
  std::vector<model::diagnostic> diagnostics;
  std::string network;       ///< by which the first item is reached
  std::size_t running = 0;   ///< tasks that run, reached or not
  bool unreachable = false;  ///< tasks run (or will), and none can be reached
};

/// @param view, networks  must outlive the result.
placement place_service(const service_view& view, const service_plan& plan, const network_map& networks, const own_networks& own,
                        const options& opts);

}  // namespace waggle::discovery
