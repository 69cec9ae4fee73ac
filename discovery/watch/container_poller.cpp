#include "watch/container_poller.hpp"

#include "swarm/containers.hpp"
#include "swarm/moves.hpp"

#include <utility>

namespace waggle::discovery {

engine_result<snapshot> container_poller::take(const look&, const snapshot& before) {
  step_ = "containers";
  auto listed = client_.containers();
  if (listed.has_error()) return listed.error();
  answered_ = base::now();
  snapshot out = picture_of_containers(std::move(*listed), bindings_, before);
  // Those who vanish in bulk are doubted and served on (reconcile/guard), so their networks stay as long as they do.
  keep_networks_in_use(out.networks, before.networks, before.services);
  return out;
}

}  // namespace waggle::discovery
