#include "translate/assembly.hpp"

#include "translate/defaults.hpp"
#include "translate/names.hpp"

#include <algorithm>

namespace waggle::discovery {

namespace {

using base::log_level;
using model::routing_state;
using model::severity;

bool usable(const segment_plan& segment, bool traefik1) noexcept { return traefik1 || segment.sound; }

// The finding that best explains why a service is not routed.
const model::diagnostic* gravest(const std::vector<model::diagnostic>& list) {
  const auto it = std::max_element(list.begin(), list.end(),
                                   [](const auto& a, const auto& b) { return a.level < b.level; });
  return it == list.end() ? nullptr : &*it;
}

std::string in_words(const model::diagnostic& d) {
  std::string out = d.label;
  if (!d.label.empty() && !d.value.empty()) out += "=" + d.value;
  return out + (out.empty() ? "" : ": ") + d.text;
}

}  // namespace

void assembly::say(log_level level, std::string text) {
  if (level != log_level::debug || debug_) out_.lines.push_back({level, std::move(text)});
}

void assembly::say(const std::vector<log_note>& lines) {
  for (const auto& l : lines) say(l.level, l.text);
}

// Section 4.1, in Traefik's order and words. The answer is the same for all items of a service; the lines are not.
bool assembly::kept(const service_plan& plan, const std::string& item) {
  say(plan.enable_lines);
  if (!plan.enabled) {
    say(log_level::debug, "Filtering disabled container " + item);
    return false;
  }
  std::string port_problem;
  for (const auto& s : plan.segments) {
    // With several segments Traefik lets one of them decide, picked at random; here it is the last in name order.
    port_problem = s.port_problem;
    if (s.raw_rule.empty() && (opts_.compat_traefik1 || plan.segments.size() == 1)) {
      say(log_level::debug, "Filtering container with empty frontend rule " + item + " " + s.name);
      return false;
    }
  }
  if (!port_problem.empty() && (opts_.compat_traefik1 || plan.segments.size() == 1)) {
    say(log_level::debug, "Filtering container without port, " + item + ": " + port_problem);
    return false;
  }
  say(plan.tag_lines);
  if (!plan.failed_constraint.empty()) {
    say(log_level::debug, "Container " + item + " pruned by " + base::go_quote(plan.failed_constraint) + " constraint");
    return false;
  }
  return true;
}

void assembly::add_frontend(const service_view& view, const segment_plan& segment, std::size_t index) {
  // In compat mode nothing separates service and segment: "a" with segment "b" takes the place of "ab" (Traefik 1 quirk).
  const std::string key = view.spec.name + (opts_.compat_traefik1 ? "" : std::string(1, '\0')) + segment.name;
  if (!service_keys_.emplace(key, true).second) return;
  std::string name = "frontend-" + (segment.name.empty() ? normalised(segment.raw_rule + "-" + std::to_string(index))
                                                         : normalised(segment.name + "-" + segment.backend_key));
  if (frontend_names_.contains(name)) {
    if (opts_.compat_traefik1) return;
    name += "-" + normalised(view.spec.name);
    if (frontend_names_.contains(name)) return;
  }
  frontend_names_.emplace(name, out_.config.frontends.size());
  say(segment.frontend_lines);
  model::frontend f = segment.frontend;
  f.routes.push_back({"route-" + name, segment.rule});
  f.name = std::move(name);
  out_.verdicts.back().frontends.push_back(f.name);
  out_.config.frontends.push_back(std::move(f));
}

assembly::open_backend& assembly::backend_of(const service_view& view, const segment_plan& segment) {
  const auto [it, fresh] = backends_.try_emplace(segment.backend.name);
  if (fresh) {
    it->second.backend = segment.backend;
    it->second.backend.replicas = 0;
    say(segment.backend_lines);
  }
  auto& verdict = out_.verdicts.back();
  if (verdict.backend.empty()) verdict.backend = segment.backend.name;
  if (it->second.services.empty() || it->second.services.back() != out_.verdicts.size() - 1) {
    it->second.services.push_back(out_.verdicts.size() - 1);
    constexpr auto unknown = model::backend::unknown_replicas;
    auto& sum = it->second.backend.replicas;
    sum = sum == unknown || !view.spec.replicas ? unknown : sum + std::min<std::uint64_t>(*view.spec.replicas, 1'000'000);
  }
  return it->second;
}

void assembly::add_item(const service_view& view, const service_plan& plan, const placed_item& item) {
  if (!opts_.compat_traefik1 && claims_.disputed(*item.network_id, item.address)) {
    auto& verdict = out_.verdicts.back();
    verdict.diagnostics.push_back({severity::warning, "duplicate-address", "", item.address,
                                   "two running tasks claim the address " + item.address + "; neither is used",
                                   "docker service update --force " + view.spec.name});
    --verdict.tasks_running;
    return;
  }
  const std::size_t index = index_++;
  for (const auto& segment : plan.segments) {
    if (!usable(segment, opts_.compat_traefik1)) continue;
    if (opts_.compat_traefik1 && !segment.template_error.empty() && !out_.refused) {
      out_.refused = true;
      say(log_level::error, segment.template_error);
    }
    add_frontend(view, segment, index);
    auto& backend = backend_of(view, segment).backend;
    if (item.network_missed) {
      say(log_level::warning, "Could not find network named '" + (plan.network.empty() ? opts_.network : plan.network) +
                                  "' for container '" + item_name(view.spec, item) +
                                  "'! Maybe you're missing the project's prefix in the label? Defaulting to first available network.");
    }
    if (opts_.use_bind_port_ip) {
      say(log_level::info,
          "Unable to find a binding for container " + base::go_quote(item_name(view.spec, item)) + ", falling back on its internal IP/Port.");
    }
    say(segment.server_lines);
    backend.servers.push_back(make_server(view.spec, segment, item));
  }
}

void assembly::add(const service_view& view, const service_plan& plan, const placement& where) {
  auto& verdict = out_.verdicts.emplace_back();
  verdict.service_id = view.spec.id;
  verdict.service = view.spec.name;
  verdict.network = where.network;
  verdict.tasks_running = where.items.size();
  say(plan.swarm_lines);
  say(where.lines);
  const bool sound = opts_.compat_traefik1 || (plan.sound && !where.unreachable);
  bool keep = sound;
  if (keep) {
    if (where.items.empty()) {
      // The route of a service without tasks stays, and the proxy answers 503: a safe deviation from Traefik.
      keep = !opts_.compat_traefik1 && kept(plan, view.spec.name);
      if (keep) {
        for (const auto& segment : plan.segments) {
          if (!segment.sound) continue;
          add_frontend(view, segment, index_);
          backend_of(view, segment);
        }
      }
    } else {
      for (const auto& item : where.items) {
        if (kept(plan, item_name(view.spec, item))) add_item(view, plan, item);
        else keep = false;
      }
      if (keep && out_.verdicts.back().tasks_running == 0 && !opts_.compat_traefik1) {
        for (const auto& segment : plan.segments) {
          if (!segment.sound) continue;
          add_frontend(view, segment, index_);
          backend_of(view, segment);
        }
      }
    }
  }
  judge_service(view, plan, where);
}

void assembly::judge_service(const service_view& view, const service_plan& plan, const placement& where) {
  auto& v = out_.verdicts.back();
  auto& found = v.diagnostics;
  const bool wanted = plan.enabled && plan.failed_constraint.empty() && plan.mentioned;
  if (!plan.enabled) {
    const bool by_label = view.spec.labels.contains("traefik.enable");
    found.push_back({severity::note, by_label ? "disabled" : "not-exposed", "traefik.enable",
                     by_label ? view.spec.labels.at("traefik.enable") : "",
                     by_label ? "switched off" : "services are not exposed by default", "set traefik.enable=true to route it"});
  } else if (!plan.failed_constraint.empty()) {
    found.push_back({severity::note, "constraint", "traefik.tags", "", "kept out by the constraint " + plan.failed_constraint,
                     "give it fitting tags, or change --docker.constraints"});
  } else if (!plan.mentioned) {  // also with --docker.domain: a rule alone routes nothing
    const bool misplaced = view.spec.container_labels;
    found.push_back({misplaced ? severity::error : severity::note, misplaced ? "labels-on-container" : "no-labels", "", "",
                     misplaced ? "its traefik.* labels stand on the container, not on the service" : "it has no traefik.* labels",
                     misplaced ? "put them under deploy: labels: (docker service create --label)"
                               : "add traefik.port and traefik.frontend.rule to route it"});
  } else {
    found.insert(found.end(), plan.diagnostics.begin(), plan.diagnostics.end());
    for (const auto& s : plan.segments) found.insert(found.end(), s.diagnostics.begin(), s.diagnostics.end());
    if (plan.sound) found.insert(found.end(), where.diagnostics.begin(), where.diagnostics.end());
  }
  if (v.frontends.empty() && v.backend.empty()) {
    if (wanted && where.items.empty() && opts_.compat_traefik1) {
      found.push_back({severity::warning, "no-running-task", "", "", "no task runs on a listed network", "start one"});
    }
    v.state = routing_state::not_routed;
    if (const auto* worst = gravest(found)) v.reason = in_words(*worst);
    else v.reason = "no frontend of its own";
    return;
  }
  if (v.frontends.empty()) {
    found.push_back({severity::warning, "frontend-taken", "", "", "another service has the frontend of this name",
                     "rename the service or its segment"});
  }
  if (v.tasks_running == 0 && !plan.swarm_balancing) {
    found.push_back({severity::warning, "no-running-task", "", "", "no usable task runs; requests get 503",
                     "docker service ps " + view.spec.name});
  }
  const auto* worst = gravest(found);
  v.state = worst != nullptr && worst->level >= severity::warning ? routing_state::routed_with_warnings
                                                                  : routing_state::routed;
  if (v.state == routing_state::routed_with_warnings) v.reason = in_words(*worst);
}

// Two services with one rule: the one with the higher priority wins, and which that is depends on names.
void assembly::tell_shared_rules() {
  std::unordered_map<std::string, const model::frontend*> first;
  std::unordered_map<std::string, model::verdict*> verdicts;
  for (auto& v : out_.verdicts) verdicts.emplace(v.service, &v);
  const auto warn = [&](const model::frontend& f, const model::frontend& other) {
    const auto it = verdicts.find(f.service);
    if (it == verdicts.end()) return;
    auto& v = *it->second;
    v.diagnostics.push_back({severity::warning, "same-rule", "traefik.frontend.rule", f.routes.front().rule,
                             "the service " + other.service + " has the same rule and priority",
                             "change one of the rules or set traefik.frontend.priority"});
    if (v.state == routing_state::routed) {
      v.state = routing_state::routed_with_warnings;
      v.reason = in_words(v.diagnostics.back());
    }
  };
  for (const auto& f : out_.config.frontends) {
    for (const auto& e : f.entry_points) {
      const auto [it, fresh] =
          first.emplace(e + '\n' + std::to_string(f.priority) + '\n' + f.routes.front().rule, &f);
      if (fresh || it->second->backend == f.backend || it->second->service == f.service) continue;
      warn(*it->second, f);
      warn(f, *it->second);
    }
  }
}

assembly::outcome assembly::finish() && {
  auto& config = out_.config;
  config.backends.reserve(backends_.size());
  for (auto& [name, open] : backends_) {
    auto& b = open.backend;
    std::stable_sort(b.servers.begin(), b.servers.end(), [](const auto& x, const auto& y) { return x.name < y.name; });
    const auto same = std::unique(b.servers.begin(), b.servers.end(), [this](const auto& x, const auto& y) {
      if (x.name != y.name) return false;
      say(log_level::debug, "Skipping server " + base::go_quote(y.name) + " with the same URL.");
      return true;
    });
    b.servers.erase(same, b.servers.end());
    config.backends.push_back(std::move(b));
  }
  const auto by_name = [](const auto& x, const auto& y) { return x.name < y.name; };
  std::sort(config.backends.begin(), config.backends.end(), by_name);
  std::sort(config.frontends.begin(), config.frontends.end(), by_name);
  if (!out_.refused) {
    for (auto& b : config.backends) {
      std::vector<log_note> lines;
      apply_defaults(b, lines);
      say(lines);
    }
    for (auto& f : config.frontends) {
      std::vector<log_note> lines;
      apply_defaults(f, opts_, lines);
      say(lines);
    }
  }
  if (!opts_.compat_traefik1) tell_shared_rules();
  std::sort(out_.verdicts.begin(), out_.verdicts.end(), [](const auto& x, const auto& y) { return x.service < y.service; });
  return std::move(out_);
}

}  // namespace waggle::discovery
