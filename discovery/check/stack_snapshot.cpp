#include "check/stack_snapshot.hpp"

#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace waggle::discovery::check {

namespace {

std::string id_of(const stack_network& n) { return "network-" + n.name; }

// Tasks reach each other on overlay networks only; what Docker makes of another driver is a finding of its own.
bool usable(const stack_network* n) { return n != nullptr && n->driver == "overlay"; }

// 10.x.y.z, another one at each call.
std::string next_address(unsigned& counter) {
  ++counter;
  return "10." + std::to_string(counter >> 16 & 255) + "." + std::to_string(counter >> 8 & 255) + "." + std::to_string(counter & 255) + "/8";
}

// "8080:80/udp", "80", "127.0.0.1:80:80": what stands last is the task's.
published_port port_of(std::string_view written) {
  published_port out;
  const auto slash = written.find('/');
  out.tcp = slash == std::string_view::npos || written.substr(slash) == "/tcp";
  written = written.substr(0, slash);
  const auto colon = written.rfind(':');
  const std::string_view target = colon == std::string_view::npos ? written : written.substr(colon + 1);
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(target.data(), target.data() + target.size(), port);
  if (ec == std::errc() && end == target.data() + target.size() && port <= 65535) out.target = static_cast<std::uint16_t>(port);
  return out;
}

std::shared_ptr<const service_view> view_of(const stack& from, const stack_service& s, unsigned& counter) {
  service_view out;
  out.spec.name = full_name(from, s);
  out.spec.id = "service-" + out.spec.name;
  out.spec.global = s.global;
  if (!s.global) out.spec.replicas = s.replicas;
  out.spec.endpoint_mode = s.endpoint_mode;
  for (const auto& p : s.mesh_ports) out.spec.ports.push_back(port_of(p));
  for (const auto& l : s.deploy_labels) out.spec.labels[l.key] = l.value;
  for (const auto& l : s.container_labels)
    if (l.key.starts_with("traefik.") || l.key.starts_with("waggle.")) out.spec.container_labels = true;
  task t;
  t.id = "task-" + out.spec.name;
  t.service_id = out.spec.id;
  t.node_id = "node";
  t.slot = 1;
  t.state = t.desired_state = "running";
  for (const auto& key : s.networks) {
    const auto* n = from.find_network(key);
    if (!usable(n)) continue;
    out.spec.network_ids.push_back(id_of(*n));
    t.attachments.push_back({id_of(*n), n->name, next_address(counter)});
    if (s.endpoint_mode == "vip") out.spec.virtual_ips.push_back({id_of(*n), next_address(counter)});
  }
  if (s.global || s.replicas > 0) out.tasks.push_back(std::move(t));
  return std::make_shared<const service_view>(std::move(out));
}

}  // namespace

std::string full_name(const stack& from, const stack_service& s) { return from.name + "_" + s.name; }

stack_snapshot picture_of(const stack& from) {
  stack_snapshot out;
  for (const auto& n : from.networks)
    if (usable(&n)) out.swarm.networks[id_of(n)] = {id_of(n), n.name, "swarm", n.driver, false};
  unsigned counter = 0;
  for (const auto& s : from.services) out.swarm.services.push_back(view_of(from, s, counter));
  if (const auto* proxy = from.proxy()) {
    auto& own = out.own.emplace();
    for (const auto& key : proxy->networks)
      if (const auto* n = from.find_network(key); usable(n)) own[id_of(*n)] = n->name;
  }
  return out;
}

}  // namespace waggle::discovery::check
