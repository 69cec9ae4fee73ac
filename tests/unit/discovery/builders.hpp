// Small swarms for tests of discovery, written in a line or two.
#pragma once

#include "swarm/snapshot.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery::test {

using labels = std::map<std::string, std::string>;

inline network make_network(const std::string& id, const std::string& name, bool ingress = false) { return {id, name, "swarm", "overlay", ingress}; }

inline service make_service(const std::string& name, labels l, const std::string& network_id = "net-app") {
  service s;
  s.id = "id-" + name;
  s.name = name;
  s.version = 10;
  s.labels = std::move(l);
  s.endpoint_mode = "vip";
  s.network_ids = {network_id};
  return s;
}

inline task make_task(const service& s, std::uint64_t slot, const std::string& address, const std::string& network_id = "net-app") {
  task t;
  t.id = "task-" + s.name + "-" + std::to_string(slot) + "-" + address;
  t.service_id = s.id;
  t.node_id = "node-1";
  t.slot = slot;
  t.version = 20;
  t.state = t.desired_state = "running";
  if (!address.empty()) t.attachments.push_back({network_id, "", address + "/24"});
  return t;
}

inline std::shared_ptr<const service_view> make_view(service s, std::vector<task> tasks) {
  return std::make_shared<const service_view>(service_view{std::move(s), std::move(tasks)});
}

inline network_map app_and_ingress() {
  return {{"net-app", make_network("net-app", "appnet")}, {"net-ing", make_network("net-ing", "ingress", true)}};
}

/// One service with tasks at 10.0.1.5, 10.0.1.6, … on "appnet".
inline std::shared_ptr<const service_view> running(const std::string& name, labels l, std::size_t replicas = 1, int first_address = 5) {
  const auto s = make_service(name, std::move(l));
  std::vector<task> tasks;
  for (std::size_t i = 0; i < replicas; ++i) {
    tasks.push_back(make_task(s, i + 1, "10.0.1." + std::to_string(first_address + static_cast<int>(i))));
  }
  return make_view(s, std::move(tasks));
}

inline snapshot swarm_of(std::vector<std::shared_ptr<const service_view>> services) { return {std::move(services), app_and_ingress()}; }

inline labels basic(const std::string& rule = "Host:web.example.com") { return {{"traefik.port", "80"}, {"traefik.frontend.rule", rule}}; }

inline labels with(labels base, const std::string& key, const std::string& value) {
  base[key] = value;
  return base;
}

}  // namespace waggle::discovery::test
