// What TCP and UDP services have in common as one publish left them: servers and how clients are shared out among them. Immutable. What
// changes meanwhile hangs on the dense numbers and lives in the workers, or is counted over all of them (turns, connection counts).
#pragma once

#include "plan/backend.hpp"
#include "schedule/connection_counts.hpp"
#include "schedule/persistence_entry.hpp"
#include "schedule/plan.hpp"
#include "schedule/server_state.hpp"

#include <memory>
#include <string>
#include <vector>

namespace waggle::proxy::plan {

struct layer4_server : server {
  bool leaving = false;                               ///< its task ends: nobody new, what is open goes on until it is gone
  std::shared_ptr<schedule::connection_counts> open;  ///< over workers and publishes; UDP: sessions
};

struct layer4_service {
  dense_id id = 0;  ///< among those of its protocol
  std::string key;  ///< "provider/name"
  std::string name;
  std::vector<layer4_server> servers;
  std::shared_ptr<const schedule::plan> schedule;  ///< of the servers, in this order
  std::shared_ptr<schedule::shared_state> turns;   ///< over workers and publishes
  schedule::persistence_owner owner = 0;           ///< in the persistence table
};

}  // namespace waggle::proxy::plan
