#include "check/mistakes.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace waggle::discovery::check {

namespace {

using model::diagnostic;
using model::severity;
using findings = std::vector<diagnostic>;

bool has_code(const findings& all, std::string_view code) {
  return std::any_of(all.begin(), all.end(), [&](const diagnostic& d) { return d.code == code; });
}

void misplaced_labels(const stack_service& s, const model::verdict& state, findings& out) {
  if (has_code(state.diagnostics, "labels-on-container")) return;
  for (const auto& l : s.container_labels) {
    if (!l.key.starts_with("traefik.") && !l.key.starts_with("waggle.")) continue;
    const bool also_right = std::any_of(s.deploy_labels.begin(), s.deploy_labels.end(), [&](const stack_label& d) { return d.key == l.key; });
    out.push_back({also_right ? severity::note : severity::error, "labels-on-container", l.key, l.value.substr(0, 200),
                   "stands under the container, where Swarm's services do not show it",
                   also_right ? "remove it; the one under deploy: labels: counts" : "move it to deploy: labels:"});
    return;  // one is enough: the others stand beside it
  }
}

void networks(const stack& from, const stack_service& s, const model::verdict& state, findings& out) {
  const bool routed = state.state != model::routing_state::not_routed;
  for (const auto& key : s.networks) {
    const auto* n = from.find_network(key);
    if (n == nullptr) {
      out.push_back({severity::error, "undefined-network", "", key, "uses the network " + key + ", which the file does not define",
                     "add it under the top-level networks: (external: true if it exists already)"});
    } else if (n->driver != "overlay") {
      out.push_back({severity::error, "network-driver", "", n->name,
                     "the network " + n->name + " has the driver " + n->driver + "; Swarm services meet on overlay networks",
                     "remove the driver or write driver: overlay"});
    } else if (routed && !n->external && from.proxy() == nullptr && n->name == state.network) {
      // Only the network that requests take: a database's is nothing to attach waggle to.
      out.push_back({severity::note, "network-not-external", "", n->name,
                     "the network " + n->name + " belongs to this stack, and waggle is not in this file",
                     std::string("attach waggle to it (docker service update --network-add ") + n->name + "), or use one external network for all" +
                         (n->attachable ? "" : "; attachable: true if waggle is no Swarm service")});
    }
  }
}

void updates(const stack_service& s, const model::verdict& state, findings& out) {
  if (s.global || s.replicas != 1 || s.start_first) return;
  const bool http = !state.backend.empty();
  if (!http && state.tcp_routers.empty()) return;  // UDP's clients send again
  for (const auto& l : s.deploy_labels)
    if (l.key == "waggle.backend.hold" || (!http && l.key.starts_with("waggle.") && l.key.ends_with("tcp.hold"))) return;
  out.push_back({severity::note, "single-replica-stop-first", "", "",
                 std::string("the only replica stops before the next one starts: an update means some seconds ") +
                     (http ? "of 503" : "in which nobody can connect"),
                 std::string("write deploy: update_config: order: start-first, run two replicas, or let ") +
                     (http ? "requests wait: waggle.backend.hold=10s" : "clients wait: waggle.tcp.hold=10s")});
}

void mesh(const stack_service& s, findings& out) {
  if (!s.is_proxy() || s.mesh_ports.empty()) return;
  std::string ports;
  for (const auto& p : s.mesh_ports) ports += (ports.empty() ? "" : ", ") + p;
  out.push_back({severity::note, "mesh-ports", "", ports,
                 "ports of waggle are published through the routing mesh, which hides the clients' addresses",
                 "publish them in the long form with mode: host, and run waggle with deploy: mode: global"});
}

}  // namespace

std::vector<diagnostic> mistakes_of(const stack& from, const stack_service& s, const model::verdict& state) {
  findings out = s.findings;
  const bool routed = state.state != model::routing_state::not_routed;
  misplaced_labels(s, state, out);
  networks(from, s, state, out);
  if (routed) updates(s, state, out);
  mesh(s, out);
  return out;
}

}  // namespace waggle::discovery::check
