#include "translate/outcome.hpp"

#include <algorithm>

namespace waggle::discovery {

using model::routing_state;
using model::severity;

bool has_part(const model::verdict& v) noexcept {
  return !(v.frontends.empty() && v.backend.empty() && v.tcp_routers.empty() && v.udp_routers.empty());
}

std::string in_words(const model::diagnostic& d) {
  std::string out = d.label;
  if (!d.label.empty() && !d.value.empty()) out += "=" + d.value;
  return out + (out.empty() ? "" : ": ") + d.text;
}

const model::diagnostic* most_severe(const std::vector<model::diagnostic>& list) {
  const auto it = std::max_element(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.level < b.level; });
  return it == list.end() ? nullptr : &*it;
}

void judge_service(model::verdict& v, const service_view& view, const service_plan& plan, const placement& where, const options& opts) {
  auto& found = v.diagnostics;
  const bool wanted = plan.enabled && plan.failed_constraint.empty() && plan.mentioned;
  if (!plan.enabled) {
    const bool by_label = view.spec.labels.contains("traefik.enable");
    found.push_back({severity::note, by_label ? "disabled" : "not-exposed", "traefik.enable", by_label ? view.spec.labels.at("traefik.enable") : "",
                     by_label ? "switched off" : "services are not exposed by default", "set traefik.enable=true to route it"});
  } else if (!plan.failed_constraint.empty()) {
    found.push_back({severity::note, "constraint", "traefik.tags", "", "kept out by the constraint " + plan.failed_constraint,
                     "give it fitting tags, or change --docker.constraints"});
  } else if (!plan.mentioned) {  // also with --docker.domain: a rule alone routes nothing
    const bool misplaced = view.spec.container_labels;
    found.push_back(
        {misplaced ? severity::error : severity::note, misplaced ? "labels-on-container" : "no-labels", "", "",
         misplaced ? "its traefik.* labels stand on the container, not on the service" : "it has no traefik.* labels",
         misplaced ? "put them under deploy: labels: (docker service create --label)" : "add traefik.port and traefik.frontend.rule to route it"});
  } else {
    found.insert(found.end(), plan.diagnostics.begin(), plan.diagnostics.end());
    for (const auto& s : plan.segments) found.insert(found.end(), s.diagnostics.begin(), s.diagnostics.end());
    for (const auto& p : plan.layer4.tcp) found.insert(found.end(), p.diagnostics.begin(), p.diagnostics.end());
    for (const auto& p : plan.layer4.udp) found.insert(found.end(), p.diagnostics.begin(), p.diagnostics.end());
    if (plan.sound) found.insert(found.end(), where.diagnostics.begin(), where.diagnostics.end());
  }
  if (!has_part(v)) {
    if (wanted && where.items.empty() && opts.compat_traefik1) {
      found.push_back({severity::warning, no_running_task, "", "", "no task runs on a listed network", "start one"});
    }
    return settle(v);
  }
  if (v.frontends.empty() && !v.backend.empty()) {
    found.push_back(
        {severity::warning, "frontend-taken", "", "", "another service has the frontend of this name", "rename the service or its segment"});
  }
  if (v.tasks_running == 0 && !plan.swarm_balancing) {
    const bool none_wanted = view.spec.replicas == 0U;
    const std::string then = v.backend.empty() ? "; clients are turned away" : "; requests get 503";
    found.push_back({severity::warning, no_running_task, "", "", (none_wanted ? "it has 0 replicas" : "no task is running") + then,
                     none_wanted ? "docker service scale " + view.spec.name + "=1" : "docker service ps --no-trunc " + view.spec.name});
  }
  settle(v);
}

void settle(model::verdict& v) {
  v.state = has_part(v) ? routing_state::routed : routing_state::not_routed;
  if (v.state == routing_state::routed) return settle_routed(v);
  if (const auto* worst = most_severe(v.diagnostics)) v.reason = in_words(*worst);
  else v.reason = "no frontend of its own";
}

void settle_routed(model::verdict& v) {
  if (v.state == routing_state::not_routed) return;
  const auto* worst = most_severe(v.diagnostics);
  const bool warned = worst != nullptr && worst->level >= severity::warning;
  v.state = warned ? routing_state::routed_with_warnings : routing_state::routed;
  v.reason = warned ? in_words(*worst) : std::string();
}

}  // namespace waggle::discovery
