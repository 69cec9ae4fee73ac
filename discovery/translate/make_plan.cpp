#include "translate/make_plan.hpp"

#include "labels/go_value.hpp"
#include "labels/traefik1/parse.hpp"
#include "translate/constraints.hpp"
#include "translate/judge.hpp"
#include "translate/judge_effect.hpp"
#include "translate/names.hpp"
#include "translate/plan_layer4.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace waggle::discovery {

namespace {

struct compose_names {
  std::string project, service;
  bool both() const noexcept { return !project.empty() && !service.empty(); }
};

compose_names compose_of(const service& s) {
  const auto get = [&s](const char* key) {
    const auto it = s.labels.find(key);
    return it == s.labels.end() ? std::string() : it->second;
  };
  return {get("com.docker.compose.project"), get("com.docker.compose.service")};
}

// Section 4.2: the label, else Host: from compose names or service name and domain, else nothing.
std::string rule_of(const traefik1::raw_names& v, const service& s, const options& opts, const compose_names& compose) {
  if (!v.rule.empty()) return v.rule;
  const std::string& domain = v.domain.empty() ? opts.domain : v.domain;
  const std::string tail = domain.empty() ? "" : "." + domain;
  if (compose.both()) return "Host:" + as_subdomain(compose.service + "." + compose.project) + tail;
  if (!tail.empty()) return "Host:" + as_subdomain(s.name) + tail;
  return {};
}

std::string backend_key_of(const traefik1::raw_names& v, const service& s, const compose_names& compose, const std::string& segment) {
  const std::string base = compose.both() ? compose.service + "_" + compose.project : s.name;
  if (segment.empty()) return normalised(v.backend.empty() ? base : v.backend);
  return normalised(base + "-" + (v.backend.empty() ? segment : v.backend));
}

void first_error(std::string& into, const std::string& more) {
  if (into.empty()) into = more;
}

/// A container without the label is asked at the lowest port that it exposes (Traefik 1: of any protocol).
void take_exposed_port(segment_plan& out, traefik1::server_labels& asked, const service& s, const options& opts) {
  if (asked.port && !asked.port->empty()) return;
  const auto lowest = std::find_if(s.ports.begin(), s.ports.end(), [&](const published_port& p) { return p.tcp || opts.compat_traefik1; });
  if (lowest == s.ports.end()) return;
  asked.port = std::to_string(lowest->target);
  const auto several = std::any_of(lowest, s.ports.end(), [&](const published_port& p) { return p.tcp && p.target != lowest->target; });
  if (several)
    out.diagnostics.push_back({model::severity::note, "lowest-port", "traefik.port", "",
                               "is missing; port " + *asked.port + " is taken, the lowest that the container exposes",
                               "add traefik.port if it is another one"});
}

/// The port of a service that asks to be routed (it has a rule) and does not say where it listens: the one that it publishes.
/// Without a rule nothing is guessed: a service must not get onto the network because its database port is published.
void guess_port(segment_plan& out, traefik1::server_labels& asked, const service& s, const options& opts) {
  if (s.container) return take_exposed_port(out, asked, s, opts);
  if (asked.port || !out.name.empty() || opts.compat_traefik1 || !s.labels.contains("traefik.frontend.rule")) return;
  std::uint16_t only = 0;
  for (const published_port& p : s.ports) {
    if (!p.tcp || p.target == 0 || p.target == only) continue;
    if (only != 0) return;  // several
    only = p.target;
  }
  if (only == 0) return;
  asked.port = std::to_string(only);
  out.diagnostics.push_back({model::severity::warning, "port-guessed", "traefik.port", "",
                             "is missing; port " + *asked.port + " is taken, the only one that the service publishes",
                             "add traefik.port=" + *asked.port});
}

segment_plan plan_segment(const service& s, const options& opts, const compose_names& compose, const std::string& name, const label_set& labels,
                          traefik1::target asked) {
  segment_plan out;
  out.name = name;
  out.container = s.container;
  guess_port(out, asked.server, s, opts);
  out.raw_rule = rule_of(asked.names, s, opts, compose);
  out.backend_key = backend_key_of(asked.names, s, compose, name);
  out.port = asked.server.port.value_or("");
  out.protocol = asked.server.protocol.empty() ? "http" : asked.server.protocol;
  out.weight = asked.server.weight;
  out.server_lines = std::move(asked.said.weight.lines);
  out.server_lines.insert(out.server_lines.end(), asked.said.server.lines.begin(), asked.said.server.lines.end());
  out.backend = std::move(asked.backend);
  out.backend.name = "backend-" + out.backend_key;
  out.backend_lines = std::move(asked.said.backend.lines);
  out.frontend = std::move(asked.frontend);
  out.frontend.backend = out.backend.name;
  out.frontend.service = s.name;
  out.frontend_lines = std::move(asked.said.frontend.lines);
  for (const auto* notes : {&asked.said.weight, &asked.said.server, &asked.said.backend, &asked.said.frontend}) {
    first_error(out.template_error, notes->template_error);
    out.diagnostics.insert(out.diagnostics.end(), notes->diagnostics.begin(), notes->diagnostics.end());
  }
  auto rule = unescape_template(out.raw_rule);
  if (rule.has_value()) out.rule = *rule;
  else first_error(out.template_error, "Near line 0 (last key parsed 'rule'): " + rule.error().reason);
  // The port is pasted into the server's URL as it stands.
  if (s.container && opts.compat_traefik1 && !s.ports.empty()) {
    // Who exposes any port is not asked about the label.
  } else if (!asked.server.port) {
    out.port_problem =
        "port label is missing, please use traefik.port as default value or define port label for all "
        "segments ('traefik.<segment_name>.port')";
  } else if (const auto port = parse_go_int(*asked.server.port, "Atoi"); port.has_error()) {
    out.port_problem =
        "invalid port value " + base::go_quote(*asked.server.port) + " for the segment " + base::go_quote(name) + ": " + port.error().reason;
  }
  judge_segment(out, asked.server, labels, opts);
  out.sound = std::none_of(out.diagnostics.begin(), out.diagnostics.end(), [](const auto& d) { return d.level == model::severity::error; });
  if (out.sound) out.extent = extent_of(out.rule);
  return out;
}

}  // namespace

bool same_plan(const service& a, const service& b) { return a.name == b.name && a.labels == b.labels && a.ports == b.ports; }

std::shared_ptr<const service_plan> make_plan(const service& s, const options& opts) {
  auto out = std::make_shared<service_plan>();
  const auto sets = traefik1::split_labels(s.labels);
  const auto compose = compose_of(s);
  auto plain = traefik1::parse_labels(sets.plain, opts.exposed_by_default);
  // No container's name and no service's of Swarm has an "@".
  out->family = s.container && compose.both() ? compose.service + "@" + compose.project : s.name;
  const bool below_http = std::any_of(s.labels.begin(), s.labels.end(), [](const auto& l) { return is_layer4_label(l.first); });
  out->mentioned = !sets.plain.empty() || !sets.segments.empty() || below_http;
  out->enabled = plain.service.enabled;
  out->swarm_balancing = plain.service.swarm_balancing && !s.container;
  out->network = plain.service.network;
  out->tags = plain.service.tags;
  out->failed_constraint = failed_constraint(opts.constraints, out->tags);
  out->enable_lines = plain.said.enable.lines;
  out->swarm_lines = plain.said.swarm.lines;
  out->tag_lines = plain.said.tags.lines;
  for (const auto* notes : {&plain.said.enable, &plain.said.swarm, &plain.said.tags}) {
    out->diagnostics.insert(out->diagnostics.end(), notes->diagnostics.begin(), notes->diagnostics.end());
  }
  if (s.container && plain.service.swarm_balancing)
    out->diagnostics.push_back({model::severity::warning, "no-effect", "traefik.backend.loadbalancer.swarm", "true",
                                "does nothing: a container has no virtual address", "remove it"});
  check_label_size(out->diagnostics, s);
  out->sound = out->diagnostics.empty() ||
               std::none_of(out->diagnostics.begin(), out->diagnostics.end(), [](const auto& d) { return d.level == model::severity::error; });
  if (out->sound) {
    auto unknown = traefik1::unknown_labels(s.labels);
    out->diagnostics.insert(out->diagnostics.end(), unknown.begin(), unknown.end());
    judge_writing(out->diagnostics, s);
  }
  if (below_http && out->sound) out->layer4 = plan_layer4(s, opts, out->diagnostics);
  const bool http = !below_http || asks_for_http(s);
  if (http && sets.segments.empty()) out->segments.push_back(plan_segment(s, opts, compose, "", sets.plain, std::move(plain)));
  if (http)
    for (const auto& [name, labels] : sets.segments)
      out->segments.push_back(plan_segment(s, opts, compose, name, labels, traefik1::parse_labels(labels, opts.exposed_by_default)));
  advise_quotes(*out, s);
  for (const auto& segment : out->segments) out->quiet_servers = out->quiet_servers && segment.server_lines.empty();
  return out;
}

}  // namespace waggle::discovery
