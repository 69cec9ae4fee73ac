// Traefik 1 makes an object only under a condition ("a load balancer if any label begins …"); the rows have written into all.
#include "labels/traefik1/parse.hpp"
#include "labels/traefik1/rows.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace waggle::discovery::traefik1 {

namespace {

using base::log_level;

// Traefik's test for "was anything of this kind asked for": any key with that prefix whose value is not empty.
bool any_with(const label_set& labels, std::string_view prefix) {
  for (auto it = labels.lower_bound(prefix); it != labels.end() && it->first.starts_with(prefix); ++it) {
    if (!it->second.value.empty()) return true;
  }
  return false;
}

bool has_value(const label_set& labels, std::string_view key) {
  const auto it = labels.find(key);
  return it != labels.end() && !it->second.value.empty();
}

template <class T>
bool keep(std::optional<T>& option, bool wanted) {
  if (wanted) made(option);
  else option.reset();
  return wanted;
}

void take(label_notes& to, target& of, group g) {
  auto& from = of.notes_of(g);
  from.taken = true;
  to.lines.insert(to.lines.end(), from.lines.begin(), from.lines.end());
  to.diagnostics.insert(to.diagnostics.end(), from.diagnostics.begin(), from.diagnostics.end());
  if (to.template_error.empty()) to.template_error = from.template_error;
}

void complete_balancer(target& of, const label_set& labels) {
  auto& balancer = of.backend.balance;
  if (!keep(balancer, any_with(labels, "traefik.backend.loadbalancer"))) return;
  take(of.said.backend, of, group::balancer);
  if (balancer->method.empty()) balancer->method = "wrr";
  if (keep(balancer->stickiness, of.asked.stickiness)) take(of.said.backend, of, group::stickiness);
}

void complete_backend(target& of, const label_set& labels) {
  auto& b = of.backend;
  auto& notes = of.said.backend;
  complete_balancer(of, labels);
  take(notes, of, group::breaker);
  keep(b.circuit_breaker, b.circuit_breaker && !b.circuit_breaker->expression.empty());
  take(notes, of, group::max_conn);
  keep(b.max_conn, labels.contains("traefik.backend.maxconn.amount") && b.max_conn && b.max_conn->amount != no_amount);
  if (keep(b.health_check, b.health_check && !b.health_check->path.empty())) take(notes, of, group::health);
  if (keep(b.buffering, any_with(labels, "traefik.backend.buffering"))) take(notes, of, group::buffering);
  take(notes, of, group::forwarding);
  keep(b.response_forwarding, b.response_forwarding && !b.response_forwarding->flush_interval.empty());
  take(notes, of, group::hold);
  take(notes, of, group::timeout);
  take(notes, of, group::slow_start);
}

void complete_auth(target& of, const label_set& labels) {
  auto& auth = of.frontend.options.auth;
  if (!keep(auth, any_with(labels, "traefik.frontend.auth"))) return;
  auto& notes = of.said.frontend;
  take(notes, of, group::auth_head);
  const bool basic = any_with(labels, "traefik.frontend.auth.basic");
  const bool digest = !basic && any_with(labels, "traefik.frontend.auth.digest");
  const bool forward = !basic && !digest && any_with(labels, "traefik.frontend.auth.forward");
  if (keep(auth->basic, basic)) {
    take(notes, of, group::auth_basic);
    if (of.asked.basic_users) auth->basic->users = std::move(*of.asked.basic_users);
  }
  if (keep(auth->digest, digest)) take(notes, of, group::auth_digest);
  if (keep(auth->forward, forward)) {
    take(notes, of, group::auth_forward);
    keep(auth->forward->tls, any_with(labels, "traefik.frontend.auth.forward.tls"));
  }
}

void complete_white_list(target& of) {
  auto& list = of.frontend.options.white_list;
  auto& notes = of.said.frontend;
  take(notes, of, group::white_list);
  if (keep(list, list && !list->source_range.empty())) return;
  take(notes, of, group::white_list_old);
  if (of.asked.white_list.empty()) return;
  notes.lines.push_back({log_level::warning,
                         "Deprecated configuration found: traefik.frontend.whitelistSourceRange. "
                         "Please use traefik.frontend.whiteList.sourceRange."});
  list = model::white_list{std::move(of.asked.white_list), false};
}

void complete_redirect(target& of, const label_set& labels) {
  auto& redirect = of.frontend.options.redirect;
  const bool by_entry_point = has_value(labels, "traefik.frontend.redirect.entryPoint");
  const bool by_regex = has_value(labels, "traefik.frontend.redirect.regex") && has_value(labels, "traefik.frontend.redirect.replacement");
  if (!keep(redirect, by_entry_point || by_regex)) return;
  take(of.said.frontend, of, group::redirect);
  if (by_entry_point) {
    redirect->regex.clear();
    redirect->replacement.clear();
  } else {
    keep(redirect, !redirect->regex.empty());  // empty: it was refused
  }
}

void complete_client_cert(target& of, const label_set& labels) {
  auto& cert = of.frontend.options.pass_tls_client_cert;
  if (!keep(cert, any_with(labels, "traefik.frontend.passTLSClientCert"))) return;
  take(of.said.frontend, of, group::tls_cert);
  if (!keep(cert->infos, any_with(labels, "traefik.frontend.passTLSClientCert.infos"))) return;
  keep(cert->infos->subject, any_with(labels, "traefik.frontend.passTLSClientCert.infos.subject"));
  keep(cert->infos->issuer, any_with(labels, "traefik.frontend.passTLSClientCert.infos.issuer"));
}

void complete_frontend(target& of, const label_set& labels) {
  auto& options = of.frontend.options;
  auto& notes = of.said.frontend;
  take(notes, of, group::frontend);
  complete_client_cert(of, labels);
  complete_auth(of, labels);
  complete_white_list(of);
  complete_redirect(of, labels);
  take(notes, of, group::errors);
  if (keep(options.rate_limit, options.rate_limit && !options.rate_limit->extractor_func.empty())) take(notes, of, group::rate_limit);
  take(notes, of, group::headers);
  keep(options.headers, options.headers && *options.headers != model::headers{});
}

// Labels that take effect only with another one (a health check's port without its path): Traefik never looks at them, so
// nothing depends on what is wrong there. It is still told.
void tell_unused(target& of) {
  for (auto& notes : of.notes) {
    if (notes.taken) continue;
    for (auto& d : notes.diagnostics) {
      if (d.level < model::severity::warning) continue;
      d.level = model::severity::warning;
      d.text += " (and without a further label it has no effect)";
      of.said.frontend.diagnostics.push_back(std::move(d));
    }
  }
}

}  // namespace

void complete(target& of, const label_set& labels) {
  take(of.said.enable, of, group::enable);
  take(of.said.swarm, of, group::swarm);
  take(of.said.tags, of, group::tags);
  take(of.said.weight, of, group::weight);
  take(of.said.server, of, group::server);
  complete_backend(of, labels);
  complete_frontend(of, labels);
  tell_unused(of);
}

}  // namespace waggle::discovery::traefik1
