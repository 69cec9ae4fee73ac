// Services that move from network to network while they are looked at: what a look knows of networks may be older or newer than
// what it knows of tasks, and neither must cost a route. Pure, given `now`.
#pragma once

#include "swarm/snapshot.hpp"

#include <waggle/base/clock.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace waggle::discovery {

/// A look at some services brings a new list of networks; the other services were seen with the old one. What they speak of and the
/// new list no longer holds stays until they are looked at, too.
void keep_networks_in_use(network_map& newest, const network_map& before, const std::vector<std::shared_ptr<const service_view>>& services);

/// A service whose tasks are on a network that the list does not hold yet keeps its last view until the list does, but not for long:
/// a network of local scope never gets there.
class moving_services {
 public:
  /// Puts views of `before` in the place of new ones. @return the ids of networks that are waited for.
  std::set<std::string> hold(snapshot& next, const snapshot& before, base::mono_time now);

 private:
  std::map<std::string, base::mono_time> since_;  // service and its unknown networks → when first seen so
};

}  // namespace waggle::discovery
