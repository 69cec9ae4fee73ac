#include "translate/make_plan.hpp"

#include "labels/go_value.hpp"
#include "labels/parse.hpp"
#include "translate/constraints.hpp"
#include "translate/judge.hpp"
#include "translate/judge_effect.hpp"
#include "translate/names.hpp"

#include <algorithm>

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
std::string rule_of(const label_values& v, const service& s, const options& opts, const compose_names& compose) {
  if (!v.rule.empty()) return v.rule;
  const std::string& domain = v.domain.empty() ? opts.domain : v.domain;
  const std::string tail = domain.empty() ? "" : "." + domain;
  if (compose.both()) return "Host:" + as_subdomain(compose.service + "." + compose.project) + tail;
  if (!tail.empty()) return "Host:" + as_subdomain(s.name) + tail;
  return {};
}

std::string backend_key_of(const label_values& v, const service& s, const compose_names& compose,
                           const std::string& segment) {
  const std::string base = compose.both() ? compose.service + "_" + compose.project : s.name;
  if (segment.empty()) return normalised(v.backend.empty() ? base : v.backend);
  return normalised(base + "-" + (v.backend.empty() ? segment : v.backend));
}

void first_error(std::string& into, const std::string& more) {
  if (into.empty()) into = more;
}

/// The port of a service that asks to be routed (it has a rule) and does not say where it listens: the one that it publishes.
/// Without a rule nothing is guessed: a service must not get onto the network because its database port is published.
void guess_port(segment_plan& out, label_values& v, const service& s, const options& opts) {
  if (v.has_port || !out.name.empty() || opts.compat_traefik1 || !s.labels.contains("traefik.frontend.rule")) return;
  std::uint16_t only = 0;
  for (const published_port& p : s.ports) {
    if (!p.tcp || p.target == 0 || p.target == only) continue;
    if (only != 0) return;  // several
    only = p.target;
  }
  if (only == 0) return;
  v.port = std::to_string(only);
  v.has_port = true;
  out.diagnostics.push_back({model::severity::warning, "port-guessed", "traefik.port", "",
                             "is missing; port " + v.port + " is taken, the only one that the service publishes", "add traefik.port=" + v.port});
}

segment_plan plan_segment(const service& s, const options& opts, const compose_names& compose, const std::string& name,
                          const label_set& labels, parsed_labels parsed) {
  segment_plan out;
  auto& v = parsed.values;
  out.name = name;
  guess_port(out, v, s, opts);
  out.raw_rule = rule_of(v, s, opts, compose);
  out.backend_key = backend_key_of(v, s, compose, name);
  out.port = v.port;
  out.protocol = v.protocol.empty() ? "http" : v.protocol;
  out.weight = v.weight;
  out.server_lines = std::move(parsed.weight.lines);
  out.server_lines.insert(out.server_lines.end(), parsed.server.lines.begin(), parsed.server.lines.end());
  out.backend = std::move(parsed.backend);
  out.backend.name = "backend-" + out.backend_key;
  out.backend_lines = std::move(parsed.backend_notes.lines);
  out.frontend = std::move(parsed.frontend);
  out.frontend.backend = out.backend.name;
  out.frontend.service = s.name;
  out.frontend_lines = std::move(parsed.frontend_notes.lines);
  for (const auto* notes : {&parsed.weight, &parsed.server, &parsed.backend_notes, &parsed.frontend_notes}) {
    first_error(out.template_error, notes->template_error);
    out.diagnostics.insert(out.diagnostics.end(), notes->diagnostics.begin(), notes->diagnostics.end());
  }
  auto rule = unescape_template(out.raw_rule);
  if (rule.has_value()) out.rule = *rule;
  else first_error(out.template_error, "Near line 0 (last key parsed 'rule'): " + rule.error().reason);
  // The port is pasted into the server's URL as it stands.
  if (!v.has_port) {
    out.port_problem = "port label is missing, please use traefik.port as default value or define port label for all "
                       "segments ('traefik.<segment_name>.port')";
  } else if (const auto port = parse_go_int(v.port, "Atoi"); port.has_error()) {
    out.port_problem = "invalid port value " + base::go_quote(v.port) + " for the segment " + base::go_quote(name) + ": " +
                       port.error().reason;
  }
  judge_segment(out, v, labels, opts);
  out.sound = std::none_of(out.diagnostics.begin(), out.diagnostics.end(),
                           [](const auto& d) { return d.level == model::severity::error; });
  if (out.sound) out.extent = extent_of(out.rule);
  return out;
}

}  // namespace

bool same_plan(const service& a, const service& b) { return a.name == b.name && a.labels == b.labels && a.ports == b.ports; }

std::shared_ptr<const service_plan> make_plan(const service& s, const options& opts) {
  auto out = std::make_shared<service_plan>();
  const auto sets = split_labels(s.labels);
  const auto compose = compose_of(s);
  auto plain = parse_labels(sets.plain, opts.exposed_by_default);
  out->mentioned = !sets.plain.empty() || !sets.segments.empty();
  out->enabled = plain.values.enable;
  out->swarm_balancing = plain.values.swarm;
  out->network = plain.values.network;
  out->tags = plain.values.tags;
  out->failed_constraint = failed_constraint(opts.constraints, out->tags);
  out->enable_lines = plain.enable.lines;
  out->swarm_lines = plain.swarm.lines;
  out->tag_lines = plain.tags.lines;
  for (const auto* notes : {&plain.enable, &plain.swarm, &plain.tags}) {
    out->diagnostics.insert(out->diagnostics.end(), notes->diagnostics.begin(), notes->diagnostics.end());
  }
  judge_hygiene(out->diagnostics, s);
  out->sound = out->diagnostics.empty() || std::none_of(out->diagnostics.begin(), out->diagnostics.end(), [](const auto& d) {
                 return d.level == model::severity::error;
               });
  if (out->sound) {
    auto unknown = unknown_labels(s.labels);
    out->diagnostics.insert(out->diagnostics.end(), unknown.begin(), unknown.end());
    judge_writing(out->diagnostics, s);
  }
  if (sets.segments.empty()) {
    out->segments.push_back(plan_segment(s, opts, compose, "", sets.plain, std::move(plain)));
  } else {
    for (const auto& [name, labels] : sets.segments) {
      out->segments.push_back(
          plan_segment(s, opts, compose, name, labels, parse_labels(labels, opts.exposed_by_default)));
    }
  }
  advise_quotes(*out, s);
  for (const auto& segment : out->segments) out->quiet_servers = out->quiet_servers && segment.server_lines.empty();
  return out;
}

}  // namespace waggle::discovery
