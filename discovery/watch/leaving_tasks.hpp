// Tasks that Swarm has told to stop and that still run. The list of wanted tasks does not hold them; connections of TCP and UDP services
// live on them until they are gone. Pure.
#pragma once

#include "swarm/snapshot.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace waggle::discovery {

/// One service whose tasks left the list.
struct left_tasks {
  std::size_t place = 0;    ///< in the new picture
  std::vector<task> tasks;  ///< as they were
};

/// Tasks that ran, or were ending, in `before` and are not in `now`: of services that have a part below HTTP, and whose view changed.
/// @param down  ids of nodes: what ran there is gone
std::vector<left_tasks> who_left(const snapshot& before, const std::vector<std::shared_ptr<const service_view>>& now,
                                 const std::set<std::string>& down);

/// Puts those of `left` that still run back into the picture, marked as not wanted.
/// @param ended  as the Engine lists tasks that it wants shut down
void keep_leaving(std::vector<std::shared_ptr<const service_view>>& now, const std::vector<left_tasks>& left, const std::vector<task>& ended,
                  const snapshot& before);

}  // namespace waggle::discovery
