#include "watch/container_poller.hpp"

#include "swarm/containers.hpp"

#include <utility>

namespace waggle::discovery {

engine_result<snapshot> container_poller::take(const look&, const snapshot& before) {
  step_ = "containers";
  auto listed = client_.containers();
  if (listed.has_error()) return listed.error();
  answered_ = base::now();
  return picture_of_containers(std::move(*listed), bindings_, before);
}

}  // namespace waggle::discovery
