#include "swarm/containers.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr std::size_t short_id = 12;
constexpr int longest_chain = 8;  // of containers that use the network of the next

using by_id = std::unordered_map<std::string_view, const container*>;

bool ends_with(std::string_view text, std::string_view part) noexcept { return text.ends_with(part); }

// moby container/state.go: the health stands in brackets at the end of what is shown to people. A container without a check has none.
std::string_view health_of(const container& c) noexcept {
  if (ends_with(c.status, "(unhealthy)")) return "unhealthy";
  if (ends_with(c.status, "(health: starting)")) return "starting";
  return ends_with(c.status, "(healthy)") ? "healthy" : "";
}

std::string state_of(const container& c) {
  const auto health = health_of(c);
  if (c.state != "running" || health.empty() || health == "healthy") return c.state;
  return std::string(health);
}

// Whose networks it uses: its own, or those of the container that it was started beside. Null: that one is not there.
const container* network_owner(const container& of, const by_id& all) {
  constexpr std::string_view beside = "container:";
  const container* at = &of;
  for (int i = 0; i < longest_chain; ++i) {
    if (!at->network_mode.starts_with(beside)) return at;
    const auto it = all.find(std::string_view(at->network_mode).substr(beside.size()));
    if (it == all.end()) return nullptr;
    at = it->second;
  }
  return nullptr;
}

std::vector<attachment> attachments_of(const container& owner) {
  std::vector<attachment> out;
  for (const container_network& n : owner.networks) {
    if (n.id.empty()) continue;  // not connected yet
    std::string address = n.address + "/" + std::to_string(n.prefix);
    if (owner.network_mode == "host") address = "127.0.0.1/8";
    else if (n.address.empty()) address = n.address6.empty() ? std::string() : n.address6 + "/" + std::to_string(n.prefix6);
    out.push_back({n.id, n.name, std::move(address)});
  }
  // The Engine lists them in any order.
  std::sort(out.begin(), out.end(), [](const attachment& a, const attachment& b) { return a.network_name.view() < b.network_name.view(); });
  return out;
}

std::vector<published_port> exposed(const std::vector<container_port>& ports) {
  std::vector<published_port> out;
  for (const container_port& p : ports) out.push_back({p.target, 0, p.tcp, false});
  const auto order = [](const published_port& p) { return std::tuple(p.target, !p.tcp); };
  std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  out.erase(std::unique(out.begin(), out.end()), out.end());  // once for IPv4 and once for IPv6
  return out;
}

bool names_an_address(const container_port& p) { return p.published != 0 && !p.address.empty() && p.address != "0.0.0.0" && p.address != "::"; }

std::vector<port_binding> bindings_of(const std::vector<container_port>& ports) {
  std::vector<port_binding> out;
  for (const container_port& p : ports)
    if (names_an_address(p)) out.push_back({p.target, p.published, p.address});
  std::sort(out.begin(), out.end(), [](const port_binding& a, const port_binding& b) {
    return std::tie(a.target, a.address, a.published) < std::tie(b.target, b.address, b.published);
  });
  return out;
}

service_view view_of(container& c, const container* owner, bool bindings) {
  service_view out;
  service& s = out.spec;
  s.id = s.name = name_of(c);
  s.container = true;
  s.replicas = 1;
  s.health_check = !health_of(c).empty();
  s.ports = exposed(c.ports);
  task t;
  t.id = c.id;
  t.service_id = s.id;
  t.slot = 1;
  t.state = state_of(c);
  if (owner != nullptr) t.attachments = attachments_of(*owner);
  if (bindings) t.bindings = bindings_of(c.ports);
  for (const attachment& a : t.attachments) s.network_ids.push_back(a.network_id.str());
  s.labels = std::move(c.labels);
  out.tasks.push_back(std::move(t));
  return out;
}

}  // namespace

std::string name_of(const container& c) {
  for (std::string_view name : c.names) {
    if (name.starts_with('/')) name.remove_prefix(1);
    if (!name.empty() && name.find('/') == std::string_view::npos) return std::string(name);
  }
  return c.id.substr(0, short_id);
}

snapshot picture_of_containers(std::vector<container> containers, bool bindings, const snapshot& before) {
  snapshot out;
  by_id all;
  for (const container& c : containers) {
    all.emplace(c.id, &c);
    for (const container_network& n : c.networks)
      if (!n.id.empty()) out.networks.try_emplace(n.id, network{n.id, n.name, "local", "", false});
  }
  std::unordered_map<std::string_view, std::shared_ptr<const service_view>> known;
  for (const auto& v : before.services) known.emplace(v->spec.id, v);
  std::vector<std::shared_ptr<const service_view>> waiting;
  std::unordered_set<std::string> names;
  for (container& c : containers) {
    service_view fresh = view_of(c, network_owner(c, all), bindings);
    if (!names.insert(fresh.spec.id).second) fresh.spec.id = fresh.spec.name = c.id;  // never so, but ids have to be ids
    const auto old = known.find(fresh.spec.id);
    auto& to = fresh.tasks.front().running() ? out.services : waiting;
    to.push_back(old != known.end() && *old->second == fresh ? old->second : std::make_shared<const service_view>(std::move(fresh)));
  }
  std::move(waiting.begin(), waiting.end(), std::back_inserter(out.services));
  return out;
}

}  // namespace waggle::discovery
