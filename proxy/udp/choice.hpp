// Which server a session, or with onePacket a datagram, goes to.
#pragma once

#include "plan/udp_service.hpp"
#include "schedule/client.hpp"
#include "schedule/persistence_table.hpp"
#include "upstream/endpoint.hpp"
#include "worker/worker.hpp"

namespace waggle::proxy::udp {

struct choice {
  int server = -1;        ///< its index; -1: there is none now
  bool remember = false;  ///< by persistence
};

/// What is known of a client that is not new.
struct choice_hints {
  schedule::slot_id slot = 0;                 ///< it had; 0: none
  const upstream::endpoint* tried = nullptr;  ///< not this one
};

/// @param of  of the current table. @param from  as it sends, not masked.
choice choose_server(worker& w, const plan::udp_service& of, schedule::client from, const choice_hints& hints);

/// A session to this server begins: persistence remembers it. @return what keeps the entry meanwhile; may be empty.
schedule::persistence_table::hold remember(worker& w, const plan::udp_service& of, const schedule::client& from, const choice& c);

}  // namespace waggle::proxy::udp
