// GET /events as a source of hints: services, nodes, networks of the swarm, containers of the own node; or containers alone.
#pragma once

#include "docker/api_codec.hpp"
#include "docker/client.hpp"
#include "docker/json_splitter.hpp"
#include "reconcile/change_source.hpp"

#include <utility>

namespace waggle::discovery {

/// What one event says of a swarm. Pure.
change_hint hint_of(const engine_event& event);
/// … of the containers of one Engine, whose names are the ids of services (swarm/containers.hpp).
change_hint container_hint_of(const engine_event& event);

class event_stream final : public change_source {
 public:
  event_stream(transport& wire, engine_client& client, engine_scope of) : wire_(wire), client_(client), of_(of) {}
  void open() override;
  void close() override { wire_.close_stream(); }
  bool alive() const override { return wire_.stream_open(); }
  change_hint take() override { return std::exchange(pending_, {}); }

 private:
  transport& wire_;
  engine_client& client_;
  const engine_scope of_;
  change_hint pending_;
};

}  // namespace waggle::discovery
