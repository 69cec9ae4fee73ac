#include "translate/outcome.hpp"

#include <algorithm>
#include <utility>

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

namespace {

struct advice {
  std::string text, fix;
};

/// Why the container takes no requests.
advice why_not_ready(const service_view& view) {
  const std::string& name = view.spec.name;
  const std::string state = view.tasks.empty() ? "gone" : view.tasks.front().state.str();
  const std::string checks = "docker inspect --format '{{json .State.Health}}' " + name + " shows what its health check says";
  if (state == "starting") return {"its health check has not succeeded yet", checks};
  if (state == "unhealthy") return {"its health check fails", checks};
  if (state == "paused") return {"it is paused", "docker unpause " + name};
  if (state == "running") return {"it has no address on a network", "docker network connect NETWORK " + name};
  return {"it is " + state, "docker logs " + name};
}

/// A route whose service has nobody to answer.
advice why_nobody(const service_view& view) {
  if (view.spec.container) return why_not_ready(view);
  if (view.spec.replicas == 0U) return {"it has 0 replicas", "docker service scale " + view.spec.name + "=1"};
  return {"no task is running", "docker service ps --no-trunc " + view.spec.name};
}

/// Is it meant to be routed? A container needs no label for it: its compose project or --docker.domain give it a rule, what it exposes a port.
bool is_meant(const service_view& view, const service_plan& plan) {
  return plan.mentioned ||
         (view.spec.container && std::all_of(plan.segments.begin(), plan.segments.end(), [](const segment_plan& s) { return s.sound; }));
}

}  // namespace

void judge_service(model::verdict& v, const service_view& view, const service_plan& plan, const placement& where, const options& opts) {
  auto& found = v.diagnostics;
  const bool meant = is_meant(view, plan);
  const bool wanted = plan.enabled && plan.failed_constraint.empty() && meant;
  if (!plan.enabled) {
    const bool by_label = view.spec.labels.contains("traefik.enable");
    found.push_back({severity::note, by_label ? "disabled" : "not-exposed", "traefik.enable", by_label ? view.spec.labels.at("traefik.enable") : "",
                     by_label              ? "switched off"
                     : view.spec.container ? "containers are not exposed by default"
                                           : "services are not exposed by default",
                     "set traefik.enable=true to route it"});
  } else if (!plan.failed_constraint.empty()) {
    found.push_back({severity::note, "constraint", "traefik.tags", "", "kept out by the constraint " + plan.failed_constraint,
                     "give it fitting tags, or change --docker.constraints"});
  } else if (!meant) {  // of a service also with --docker.domain: a rule alone routes nothing
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
    if (wanted && where.items.empty() && view.spec.container && !where.unreachable) {
      advice why = why_not_ready(view);
      found.push_back({severity::warning, no_running_task, "", "", why.text + "; it gets no requests", std::move(why.fix)});
    } else if (wanted && where.items.empty() && opts.compat_traefik1) {
      found.push_back({severity::warning, no_running_task, "", "", "no task runs on a listed network", "start one"});
    }
    return settle(v);
  }
  if (v.frontends.empty() && !v.backend.empty()) {
    found.push_back(
        {severity::warning, "frontend-taken", "", "", "another service has the frontend of this name", "rename the service or its segment"});
  }
  if (v.tasks_running == 0 && !plan.swarm_balancing) {
    advice why = why_nobody(view);
    const std::string then = v.backend.empty() ? "; clients are turned away" : "; requests get 503";
    found.push_back({severity::warning, no_running_task, "", "", why.text + then, std::move(why.fix)});
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
