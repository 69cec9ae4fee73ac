// All that a scheduler is given for one choice: a connection, session or datagram that arrives and wants a server.
//
// A scheduler is a class in a file of its own: its model::scheduler as `policy`, a constructor from (scheduling, slots, hash key), made once a
// publish, and pick(arrival) const → index of the server, -1 if there is none for it. registry.hpp lists them.
#pragma once

#include "schedule/client.hpp"
#include "schedule/in_turn.hpp"
#include "schedule/random.hpp"
#include "schedule/server_state.hpp"
#include "schedule/slots.hpp"

#include <cstddef>
#include <span>

namespace waggle::proxy::schedule {

/// A value of one call.
struct arrival {
  const schedule::slots& slots;
  shared_state& shared;
  std::span<const server_state> servers;  ///< one for each of the publish's, in its order
  const client& from;
  schedule::random& random;

  std::size_t size() const noexcept { return servers.size(); }
  bool usable(std::size_t i) const noexcept { return servers[i].usable(); }
};

}  // namespace waggle::proxy::schedule
