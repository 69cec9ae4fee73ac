#include "docker/event_stream.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery {

change_hint hint_of(const engine_event& e) {
  change_hint out;
  out.reason = e.type + " event";
  if (e.type == "service") {
    if (e.actor_id.empty()) out.everything = true;
    else out.services.insert(e.actor_id);
    if (e.action == "remove") out.removed.insert(e.actor_id);
  } else if (e.type == "container") {
    // Only containers of Swarm tasks matter; they carry the ids as labels (moby daemon/events.go copies labels).
    if (const auto it = e.attributes.find("com.docker.swarm.service.id"); it != e.attributes.end()) {
      out.services.insert(it->second);
    }
  } else if (e.type == "network") {
    // connect and disconnect come for every container of this node that starts or stops; its container event suffices.
    if (e.action != "connect" && e.action != "disconnect") {
      out.networks = true;
      out.everything = true;
    }
  } else if (e.type == "node") {
    out.nodes = true;
    out.everything = true;
  }
  return out;
}

change_hint container_hint_of(const engine_event& e) {
  change_hint out;
  if (e.type != "container") return out;
  out.reason = "container event";
  out.everything = true;
  const auto attribute = [&e](const char* key) {
    const auto it = e.attributes.find(key);
    return it == e.attributes.end() ? std::string() : it->second;
  };
  // One that ends, or goes by another name, is missed by nobody. The list may show it as running for some milliseconds more: a service
  // that is named is looked at closely.
  if (e.action == "die") {
    out.services.insert(attribute("name"));
    out.removed.insert(attribute("name"));
  }
  if (std::string was = attribute("oldName"); e.action == "rename") out.removed.insert(was.starts_with('/') ? was.substr(1) : std::move(was));
  return out;
}

void event_stream::open() {
  pending_ = {};
  auto splitter = std::make_shared<json_splitter>(json_splitter::shape::sequence, [this](std::string_view element) {
    const auto event = decode_event(element);
    if (event.has_error()) return false;
    pending_.merge(of_ == engine_scope::swarm ? hint_of(*event) : container_hint_of(*event));
    return true;
  });
  wire_.open_stream(client_.events_target(of_), [splitter](std::string_view bytes) { return splitter->feed(bytes); });
}

}  // namespace waggle::discovery
