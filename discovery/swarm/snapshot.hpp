// One complete picture of the swarm, and how a look at some services is laid over it. Never partial: a picture is made
// from whole answers or not at all.
#pragma once

#include "swarm/types.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace waggle::discovery {

/// A service with its tasks in the Engine's order. Shared between pictures while it does not change.
struct service_view {
  service spec;
  std::vector<task> tasks;
  bool operator==(const service_view&) const = default;
};

struct snapshot {
  std::vector<std::shared_ptr<const service_view>> services;  ///< in the Engine's order
  network_map networks;
};

/// Lists as the Engine answered them; tasks of unknown services are dropped. Views that did not change are taken from
/// `before`, so that comparing two pictures is comparing pointers. Cost: O(services + tasks).
std::vector<std::shared_ptr<const service_view>> assemble(std::vector<service> services, std::vector<task> tasks, const snapshot& before);

/// Lays a look at the services `asked` over a full picture: those that were not answered are gone, new ones go last.
std::vector<std::shared_ptr<const service_view>> overlay(const std::vector<std::string>& asked, std::vector<service> services,
                                                         std::vector<task> tasks, const snapshot& before);

/// The places of those services of `ids` that the picture knows. Few are asked for, so the many are compared with them.
std::vector<std::size_t> places_of(const std::vector<std::string>& ids, const snapshot& picture);

/// Puts only new task lists under the services at these places (a look in the hot window asks for nothing else).
std::vector<std::shared_ptr<const service_view>> overlay_tasks(const std::vector<std::size_t>& places, std::vector<task> tasks,
                                                               const snapshot& before);

bool same(const snapshot& a, const snapshot& b) noexcept;

/// Where the services of two pictures differ, if both list the same services in the same order: the usual case, in which
/// nobody has to look at more than these. None if a service came or went. Cost: a comparison of pointers for each service.
std::optional<std::vector<std::size_t>> changed_places(const snapshot& before, const snapshot& after);

/// Has work in progress: tasks wanted but not running yet, or an update under way.
bool unsettled(const service_view& view);

/// Network ids that tasks or virtual addresses of these services mention and the map does not know.
std::vector<std::string> unknown_networks(const std::vector<std::shared_ptr<const service_view>>& services, const network_map& known);

}  // namespace waggle::discovery
