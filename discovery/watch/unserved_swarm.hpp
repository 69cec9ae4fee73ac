// Who serves the containers of an Engine that manages a swarm may have forgotten --docker.swarmmode: nothing would be wrong, and
// nothing served.
#pragma once

#include "docker/client.hpp"
#include "watch/status_board.hpp"

#include <waggle/base/log.hpp>

#include <cstddef>
#include <vector>

namespace waggle::discovery {

/// Services with labels that are read with --docker.swarmmode alone. Pure.
std::size_t count_labelled(const std::vector<service>& all);

/// Asks the Engine for its swarm's services, tells of those with labels, and leaves their number on the board. An Engine that manages
/// no swarm, or does not say, is nothing to tell of.
void tell_of_unserved_swarm(engine_client& client, status_board& board, base::logger& log, base::log_level level);

}  // namespace waggle::discovery
