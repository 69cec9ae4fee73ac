// A swarm with services below HTTP, in a line or two.
#pragma once

#include "builders.hpp"
#include "translate/translate.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery::test {

/// Entry points "pg" (5432/tcp), "dns" (53/udp) and "http".
inline options layer4_options() {
  options o;
  o.entry_points = {"http"};
  o.layer4_entry_points = {{"pg", model::protocol::tcp, 5432, false}, {"dns", model::protocol::udp, 53, false}};
  return o;
}

inline translation translated(std::vector<std::shared_ptr<const service_view>> services, const options& opts = layer4_options()) {
  return translator(opts).translate(swarm_of(std::move(services)), {}, false);
}

/// What became of one service "pg" with a task, and what it was told.
struct sole {
  explicit sole(labels l, const options& opts = layer4_options()) : all(translated({running("pg", std::move(l))}, opts)) {}

  const model::verdict& verdict() const { return all.verdicts->front(); }
  const model::tcp_service& tcp() const { return all.config->tcp.services.front(); }
  const model::udp_service& udp() const { return all.config->udp.services.front(); }
  const model::tcp_router& tcp_router() const { return all.config->tcp.routers.front(); }
  const model::udp_router& udp_router() const { return all.config->udp.routers.front(); }
  bool routed() const { return verdict().state != model::routing_state::not_routed; }
  bool clean() const { return verdict().state == model::routing_state::routed && verdict().diagnostics.empty(); }

  /// The finding of that code; one without a code if there is none.
  model::diagnostic finding(const std::string& code) const {
    const auto& list = verdict().diagnostics;
    const auto at = std::find_if(list.begin(), list.end(), [&](const auto& d) { return d.code == code; });
    return at == list.end() ? model::diagnostic{} : *at;
  }

  translation all;
};

inline labels tcp_labels(const std::string& option = {}, const std::string& value = {}) {
  labels out{{"waggle.tcp.port", "5432"}};
  if (!option.empty()) out["waggle.tcp." + option] = value;
  return out;
}
inline labels udp_labels(const std::string& option = {}, const std::string& value = {}) {
  labels out{{"waggle.udp.port", "53"}};
  if (!option.empty()) out["waggle.udp." + option] = value;
  return out;
}

}  // namespace waggle::discovery::test
