// GET /events as a source of hints: services, nodes, networks of the swarm, containers of the own node.
#pragma once

#include "docker/api_codec.hpp"
#include "docker/client.hpp"
#include "docker/json_splitter.hpp"
#include "reconcile/change_source.hpp"

#include <utility>

namespace waggle::discovery {

/// What one event says. Pure.
change_hint hint_of(const engine_event& event);

class event_stream final : public change_source {
 public:
  event_stream(transport& wire, engine_client& client) : wire_(wire), client_(client) {}
  void open() override;
  void close() override { wire_.close_stream(); }
  bool alive() const override { return wire_.stream_open(); }
  change_hint take() override { return std::exchange(pending_, {}); }

 private:
  transport& wire_;
  engine_client& client_;
  change_hint pending_;
};

}  // namespace waggle::discovery
