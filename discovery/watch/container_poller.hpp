// Takes pictures of the containers of one Engine: one call a look, whatever it is about.
#pragma once

#include "docker/client.hpp"
#include "watch/snapshot_reader.hpp"

namespace waggle::discovery {

class container_poller final : public snapshot_reader {
 public:
  /// @param bindings  keep what containers publish (--docker.usebindportip)
  container_poller(engine_client& client, bool bindings) : client_(client), bindings_(bindings) {}

  engine_result<snapshot> take(const look& what, const snapshot& before) override;

 private:
  engine_client& client_;
  const bool bindings_;
};

}  // namespace waggle::discovery
