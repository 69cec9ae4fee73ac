#include "labels/parse.hpp"

#include "labels/edit_distance.hpp"
#include "labels/read.hpp"
#include "labels/schema.hpp"

#include <algorithm>

namespace waggle::discovery {

namespace {

using base::log_level;


// Traefik's test for "was anything of this kind asked for": any key with that prefix whose value is not empty.
bool any_with(const label_set& labels, std::string_view prefix) {
  for (auto it = labels.lower_bound(prefix); it != labels.end() && it->first.starts_with(prefix); ++it) {
    if (!it->second.value.empty()) return true;
  }
  return false;
}

void take(group_notes& to, label_values& v, label_group g) {
  auto& from = v.of(g);
  from.taken = true;
  to.lines.insert(to.lines.end(), from.lines.begin(), from.lines.end());
  to.diagnostics.insert(to.diagnostics.end(), from.diagnostics.begin(), from.diagnostics.end());
  if (to.template_error.empty()) to.template_error = from.template_error;
}

void fill_backend(parsed_labels& out, const label_set& labels) {
  auto& v = out.values;
  auto& b = out.backend;
  auto& notes = out.backend_notes;
  if (any_with(labels, "traefik.backend.loadbalancer")) {
    take(notes, v, label_group::balancer);
    b.load_balancer.emplace();
    b.load_balancer->method = v.method;
    b.load_balancer->sticky = v.sticky;
    if (v.stickiness) {
      take(notes, v, label_group::stickiness);
      b.load_balancer->stickiness = v.sticky_options;
    }
  }
  take(notes, v, label_group::breaker);
  if (!v.breaker.expression.empty()) b.circuit_breaker = v.breaker;
  take(notes, v, label_group::max_conn);
  if (v.has_amount) b.max_conn = v.max_conn;
  if (!v.health.path.empty()) {
    take(notes, v, label_group::health);
    b.health_check = v.health;
  }
  if (any_with(labels, "traefik.backend.buffering")) {
    take(notes, v, label_group::buffering);
    b.buffering = v.buffering;
  }
  take(notes, v, label_group::forwarding);
  if (!v.forwarding.flush_interval.empty()) b.response_forwarding = v.forwarding;
  take(notes, v, label_group::hold);
  b.hold = v.hold;
  take(notes, v, label_group::timeout);
  b.timeouts = v.timeouts;
  b.abort_on_close = v.abort_on_close;
  take(notes, v, label_group::slow_start);
  b.slow_start = v.slow_start;
}

void fill_auth(parsed_labels& out, const label_set& labels) {
  if (!any_with(labels, "traefik.frontend.auth")) return;
  auto& v = out.values;
  auto& notes = out.frontend_notes;
  auto& auth = out.frontend.options.auth.emplace();
  take(notes, v, label_group::auth_head);
  auth.header_field = v.auth_header_field;
  if (any_with(labels, "traefik.frontend.auth.basic")) {
    take(notes, v, label_group::auth_basic);
    auth.basic = v.basic;
    if (v.has_basic_old) auth.basic->users = v.basic_old;
  } else if (any_with(labels, "traefik.frontend.auth.digest")) {
    take(notes, v, label_group::auth_digest);
    auth.digest = v.digest;
  } else if (any_with(labels, "traefik.frontend.auth.forward")) {
    take(notes, v, label_group::auth_forward);
    auth.forward = v.forward;
    if (any_with(labels, "traefik.frontend.auth.forward.tls")) auth.forward->tls = v.forward_tls;
  }
}

void fill_white_list(parsed_labels& out) {
  auto& v = out.values;
  auto& notes = out.frontend_notes;
  take(notes, v, label_group::white_list);
  if (!v.white_list.source_range.empty()) {
    out.frontend.options.white_list = v.white_list;
    return;
  }
  take(notes, v, label_group::white_list_old);
  if (v.white_list_old.empty()) return;
  notes.lines.push_back({log_level::warning, "Deprecated configuration found: traefik.frontend.whitelistSourceRange. "
                                             "Please use traefik.frontend.whiteList.sourceRange."});
  out.frontend.options.white_list = model::white_list{v.white_list_old, false};
}

void fill_redirect(parsed_labels& out, const label_set& labels) {
  auto& v = out.values;
  const auto has = [&](std::string_view key) {
    const auto it = labels.find(key);
    return it != labels.end() && !it->second.value.empty();
  };
  const bool by_entry_point = has("traefik.frontend.redirect.entryPoint");
  const bool by_regex = has("traefik.frontend.redirect.regex") && has("traefik.frontend.redirect.replacement");
  if (!by_entry_point && !by_regex) return;
  take(out.frontend_notes, v, label_group::redirect);
  if (by_entry_point) {
    out.frontend.options.redirect = model::redirect{v.redirect.entry_point, "", "", v.redirect.permanent};
  } else if (!v.redirect.regex.empty()) {  // empty: refused by put_redirect_regex
    out.frontend.options.redirect = v.redirect;
  }
}

void fill_tls_cert(parsed_labels& out, const label_set& labels) {
  constexpr std::string_view key = "traefik.frontend.passTLSClientCert";
  if (!any_with(labels, key)) return;
  auto& v = out.values;
  take(out.frontend_notes, v, label_group::tls_cert);
  auto& cert = out.frontend.options.pass_tls_client_cert.emplace(v.cert);
  const std::string infos = std::string(key) + ".infos";
  if (!any_with(labels, infos)) return;
  cert.infos = v.infos;
  if (any_with(labels, infos + ".subject")) cert.infos->subject = v.subject;
  if (any_with(labels, infos + ".issuer")) cert.infos->issuer = v.issuer;
}

void fill_frontend(parsed_labels& out, const label_set& labels) {
  auto& v = out.values;
  auto& f = out.frontend;
  take(out.frontend_notes, v, label_group::frontend);
  f.priority = v.priority;
  f.entry_points = v.entry_points;
  f.pass_host_header = v.pass_host_header;
  f.options.pass_tls_cert = v.pass_tls_cert;
  fill_tls_cert(out, labels);
  fill_auth(out, labels);
  fill_white_list(out);
  fill_redirect(out, labels);
  take(out.frontend_notes, v, label_group::errors);
  for (auto [name, page] : v.errors) {
    page.backend = "backend-" + page.backend;
    f.options.errors.emplace(name, std::move(page));
  }
  if (!v.rate_extractor.empty()) {
    take(out.frontend_notes, v, label_group::rate_limit);
    f.options.rate_limit = model::rate_limit{v.rates, v.rate_extractor};
  }
  take(out.frontend_notes, v, label_group::headers);
  if (v.headers != model::headers{}) f.options.headers = v.headers;
}

// Labels that take effect only with another one (a health check's port without its path): Traefik never looks at them, so
// nothing depends on what is wrong there. It is still told.
void tell_unused(parsed_labels& out) {
  for (auto& notes : out.values.notes) {
    if (notes.taken) continue;
    for (auto& d : notes.diagnostics) {
      if (d.level < model::severity::warning) continue;
      d.level = model::severity::warning;
      d.text += " (and without a further label it has no effect)";
      out.frontend_notes.diagnostics.push_back(std::move(d));
    }
  }
}

// Error pages and rate sets are made by any field below their name, also by one that does not exist.
void unknown_field(label_values& v, std::string_view key) {
  const auto name_of = [key](std::string_view prefix) -> std::string_view {
    if (!key.starts_with(prefix)) return {};
    const auto rest = key.substr(prefix.size());
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == rest.size()) return {};
    if (rest.find_first_of(". ", dot + 1) != std::string_view::npos) return {};
    return rest.substr(0, dot);
  };
  if (const auto name = name_of("traefik.frontend.errors."); !name.empty()) {
    v.errors[std::string(name)];
    v.of(label_group::errors).lines.push_back({log_level::error, "Invalid page error label: " + std::string(key)});
  } else if (const auto set = name_of("traefik.frontend.rateLimit.rateSet."); !set.empty()) {
    v.rates[std::string(set)];
    v.of(label_group::rate_limit).lines.push_back({log_level::error, "Invalid rate limit label: " + std::string(key)});
  }
}

// Keys of Traefik's other providers: harmless here, not worth a word.
bool of_other_provider(std::string_view plain) noexcept {
  return plain == "traefik.backend.id" || plain == "traefik.portName" || plain == "traefik.portIndex";
}

bool traefik2(std::string_view key) noexcept {
  return key.starts_with("traefik.http.") || key.starts_with("traefik.tcp.") || key.starts_with("traefik.udp.") ||
         key.starts_with("traefik.tls.") || key.starts_with("traefik.swarm.");
}

// Has the service labels of Traefik 2, and none of Traefik 1 but those that both read?
bool only_traefik2(const std::map<std::string, std::string>& labels) {
  bool any = false;
  for (const auto& [key, value] : labels) {
    if (traefik2(key)) any = true;
    else if (key.starts_with("traefik.") && key != "traefik.enable" && key != "traefik.docker.network") return false;
  }
  return any;
}

}  // namespace

parsed_labels parse_labels(const label_set& labels, bool exposed_by_default) {
  parsed_labels out;
  auto& v = out.values;
  v.enable = exposed_by_default;
  for (const auto& [key, given] : labels) {
    std::string_view part;
    const label_row* row = find_label(key, part);
    if (row == nullptr) {
      unknown_field(v, key);
      continue;
    }
    row->apply(v, {key, given.key, given.value, part, row->group});
  }
  take(out.enable, v, label_group::enable);
  take(out.swarm, v, label_group::swarm);
  take(out.tags, v, label_group::tags);
  take(out.weight, v, label_group::weight);
  take(out.server, v, label_group::server);
  fill_backend(out, labels);
  fill_frontend(out, labels);
  tell_unused(out);
  return out;
}

std::vector<model::diagnostic> unknown_labels(const std::map<std::string, std::string>& labels) {
  std::vector<model::diagnostic> out;
  if (only_traefik2(labels))
    out.push_back({model::severity::error, "traefik2-labels-only", "", "", "all its labels are of Traefik 2 or later",
                   "add traefik.port and traefik.frontend.rule; both sets may stand side by side"});
  for (const auto& [key, value] : labels) {
    if (!key.starts_with("traefik.") && !key.starts_with("waggle.")) continue;
    const auto split = split_key(key);
    std::string_view part;
    const label_row* row = find_label(split.plain, part);
    if (of_other_provider(split.plain)) continue;
    const label_use use{key, key, value, {}, label_group::plain};
    if (traefik2(key)) {
      out.push_back(about_label(model::severity::warning, "traefik2-label", use, "is a label of Traefik 2 and later",
                                "write the rule as traefik.frontend.rule, see docs/labels.md"));
    } else if (row == nullptr) {
      std::string near = nearest_label(split.plain);
      std::string fix = near.empty() ? "remove it, or see docs/labels.md" : "did you mean " + near + "?";
      out.push_back(about_label(model::severity::warning, "unknown-label", use, "is not a known label", std::move(fix)));
    } else if (edit_distance(split.segment, "frontend", 2) <= 2) {
      // traefik.fronted.rule=… would be an unknown key, but traefik.fronted.port=… quietly makes a segment "fronted".
      out.push_back(about_label(model::severity::warning, "segment-name", use,
                                "makes a segment named " + std::string(split.segment), "did you mean frontend?"));
    }
  }
  return out;
}

}  // namespace waggle::discovery
