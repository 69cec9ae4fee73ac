#include "routing/compile.hpp"

#include "affinity/cookie_name.hpp"
#include "middleware/registry.hpp"
#include "routing/error_pages.hpp"
#include "routing/index.hpp"
#include "routing/middleware_finder.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace waggle::proxy::routing {

namespace {

class no_log final : public base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

std::string key_of(const std::string& provider, const model::router& r) { return provider + "/" + identity_of(r); }

/// Equal but for what they are called.
bool alike(const middlewares::value_type& a, const middlewares::value_type& b) { return a == b || a->kind == b->kind; }
bool same_middlewares(const middlewares& a, const middlewares& b) { return &a == &b || std::equal(a.begin(), a.end(), b.begin(), b.end(), alike); }

/// Those that come with the router itself: its backend's are built without a word.
bool same_own_middlewares(const middlewares& a, const middlewares& b) {
  const auto is_own = [](const auto& m) { return model::traefik1::backend_behind(*m).empty(); };
  auto i = a.begin(), j = b.begin();
  for (;; ++i, ++j) {
    i = std::find_if(i, a.end(), is_own);
    j = std::find_if(j, b.end(), is_own);
    if (i == a.end() || j == b.end()) return i == a.end() && j == b.end();
    if (!alike(*i, *j)) return false;
  }
}

/// Nothing that building it could complain of is new.
bool asks_the_same(const frontend& a, const model::router& b, const middlewares& of_b) {
  const auto& was = a.source->rule;
  return same_own_middlewares(a.made_of, of_b) && was.dialect == b.rule.dialect &&
         std::equal(was.parts.begin(), was.parts.end(), b.rule.parts.begin(), b.rule.parts.end(),
                    [](const auto& x, const auto& y) { return x.rule == y.rule; });
}

bool wants_pages(const middlewares& all) {
  return std::any_of(all.begin(), all.end(), [](const auto& m) { return std::holds_alternative<model::error_page>(m->kind); });
}

/// Why Traefik 1.7 would skip the frontend, in its words.
std::string rule_error(const std::string& rule, const std::string& reason) {
  return "error parsing rule: " + (match::parse_rule(rule) ? "parsing error on rule: invalid expression: " + rule : reason);
}

}  // namespace

base::text_result<void> compiler::build_rules(frontend& out, base::logger& log) const {
  const model::router& from = *out.source;
  if (from.rule.dialect != model::rule_dialect::traefik1)
    return base::text_error{"error creating route for frontend " + from.name + ": rules in Traefik 3's grammar are not served by this version"};
  for (const model::route_rule& r : from.rule.parts) {
    auto rule = match::compiled_rule::compile(r.rule, options_.keep_trailing_slash || from.before_entry_steps);
    if (!rule) return base::text_error{"error creating route for frontend " + from.name + ": " + rule_error(r.rule, rule.error().reason)};
    for (const std::string& text : (*rule)->warnings()) log.warning(text);
    out.rules.push_back(std::move(*rule));
  }
  if (from.pass_tls_cert && options_.compat_traefik1)  // entry points have no TLS
    return base::text_error{"failed to create the forwarder for frontend " + from.name + ": failed to create RoundTripper for frontend " + from.name +
                            ": failed to create TLSClientConfig: no TLS provided"};
  if (out.rules.empty()) return base::text_error{"frontend " + from.name + " has no rule"};
  return {};
}

base::text_result<std::shared_ptr<const frontend>> compiler::build_frontend(router_parts parts) {
  const model::router& from = *parts.source;
  auto out = std::make_shared<frontend>();
  out->name = from.name;
  out->label = identity_of(from);
  out->label_from = from.identity.empty() && out->label.starts_with("frontend-") ? 9 : 0;
  // Built again because another service came or went, or one of its tasks did: what was said of it is not said again.
  static no_log nowhere;
  base::logger silence(nowhere, base::log_level::fatal);
  const auto before = frontends_.find(key_of(parts.provider, from));
  // … nor what the entry point has said, whose white list and auth these are.
  const bool said =
      from.before_entry_steps || (!options_.compat_traefik1 && before != frontends_.end() && asks_the_same(*before->second, from, parts.made_of));
  base::logger& log = said ? silence : log_;
  out->pass_host_header = from.pass_host_header.value_or(parts.to->source->pass_host_header);
  out->priority = model::priority_of(from);
  out->source = std::move(parts.source);
  if (auto ok = build_rules(*out, log); !ok) return ok.error();
  auto chain = middleware::build_chain(from, parts.made_of, {options_, limits_, log, log_, parts.provider});
  if (!chain) return chain.error();
  out->chain = std::move(*chain);
  out->made_of = std::move(parts.made_of);
  out->error_pages = std::move(parts.pages);
  out->to = std::move(parts.to);
  return std::shared_ptr<const frontend>(std::move(out));
}

void compiler::log_wiring(const model::http_configuration& all, const model::router& r, wiring how, const wired_frontends& earlier) {
  const model::service* const service = find_named(all.services, r.service);
  if (!log_.debug_enabled() || service == nullptr || r.before_entry_steps) return;
  const model::frontend f = model::traefik1::frontend_of(all, r);
  const model::backend to = model::traefik1::backend_of(all, *service);
  const auto sticky = to.balance ? model::cookie_of(*to.balance) : std::nullopt;
  const std::string cookie = sticky ? affinity::cookie_name(*sticky, to.name) : std::string();
  const auto same = earlier.find(f.backend);
  for (const std::string& e : f.entry_points) {
    how.reused = same != earlier.end() && std::any_of(same->second.begin(), same->second.end(), [&](const model::frontend& g) {
                   return same_handler(f, g) && std::find(g.entry_points.begin(), g.entry_points.end(), e) != g.entry_points.end();
                 });
    for (const std::string& line : wiring_lines(f, to, cookie, e, options_, how)) log_.debug(line);
  }
}

void compiler::collect_removed(table& t, const backend_map& next) {
  // A number goes back to the free list now, and may be given out by the next compile: workers adopt tables in order, so
  // each has heard of the departure before it can see the number again.
  for (const auto& [key, b] : backends_) {
    if (const auto it = next.find(key); it == next.end() || it->second != b) release_ids(*b, &t);
  }
}

void compiler::release_ids(const backend& b, table* told) {
  const auto part = [](numbers& of, const base::shared_text& key, std::vector<dense_id>* departed) {
    dense_id id = 0;
    if (!of.give_back(key, id)) return;
    if (departed) departed->push_back(id);
    of.free.push_back(id);
  };
  for (const server& s : b.servers) part(server_numbers_, s.key, told ? &told->departed_server_ids : nullptr);
  part(backend_numbers_, b.key, told ? &told->departed_backend_ids : nullptr);
}

void compiler::say_reloaded() {
  for (const entry_point& e : options_.entry_points) log_.info("Server configuration reloaded on " + e.address);
}

void compiler::add_backends(draft& d, const model::provider_configuration& p) {
  const auto& backends = p.config->http.services;
  d.backends.reserve(d.backends.size() + backends.size());
  d.next->backends.reserve(d.next->backends.size() + backends.size());
  auto& places = d.kept.backend_at.emplace_back(backends.size(), standing::nowhere);
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const std::string key = p.provider + "/" + backends[i].name;
    if (d.backends.contains(key)) continue;
    auto built = build_backend(key, backends.held(i));
    if (built) {
      places[i] = d.next->backends.size();
      d.next->backends.push_back(*built);
      d.backends.emplace(key, *built);
    } else {
      d.broken.emplace(key, built.error().reason);
    }
  }
}

/// Why the router's cannot be built.
std::string compiler::why_no_backend(const draft& d, const model::provider_configuration& p, const model::router& f, const std::string& key,
                                     const wired_frontends& wired) {
  const auto why = d.broken.find(key);
  if (why == d.broken.end()) return "undefined backend '" + f.service + "' for frontend " + f.name;
  log_wiring(p.config->http, f, {.balanced = false, .routed = false}, wired);
  return "error configuring load balancer for frontend " + f.name + ": " + why->second;
}

/// @return it, or why the provider's router is left out.
base::text_result<std::shared_ptr<const frontend>> compiler::keep_or_build(draft& d, const model::provider_configuration& p, std::size_t i,
                                                                           const std::string& key, middleware_finder& named, wired_frontends& wired) {
  const model::http_configuration& all = p.config->http;
  const model::router& f = all.routers[i];
  if (f.entry_points.empty()) return base::text_error{"no entrypoint defined for frontend " + f.name};
  const std::string backend_key = p.provider + "/" + f.service;
  const auto found = d.backends.find(backend_key);
  if (found == d.backends.end()) return base::text_error{why_no_backend(d, p, f, backend_key, wired)};
  const auto& to = found->second;
  const auto old = frontends_.find(key);
  const auto named_ones = named.of(f, old == frontends_.end() ? nullptr : old->second.get());
  if (!named_ones) return named_ones.error();
  const middlewares& made_of = **named_ones;
  auto pages = build_error_pages(
      f, made_of, [&](const std::string& name) { return d.find(p.provider + "/" + name); },
      options_.compat_traefik1 ? std::string_view{} : std::string_view(model::identity_of(f)));
  const bool kept = old != frontends_.end() && old->second->to == to && same_middlewares(old->second->made_of, made_of);
  const bool same = kept && (old->second->source.get() == &f || *old->second->source == f) && old->second->error_pages == pages.pages;
  for (std::string& line : pages.complaints) {
    const bool news = !complained_.contains(line);
    if (news || (!same && options_.compat_traefik1)) log_.error(line);
    d.complaints.insert(std::move(line));
  }
  const bool renamed = kept && !same && old->second->source->entry_points == f.entry_points && asks_the_same(*old->second, f, made_of);
  auto built = same ? base::text_result<std::shared_ptr<const frontend>>(old->second)
                    : build_frontend({p.provider, all.routers.held(i), made_of, to, std::move(pages.pages)});
  if (!(same || renamed) || options_.compat_traefik1) log_wiring(all, f, {.routed = built.has_value()}, wired);
  if (built && log_.debug_enabled()) wired[f.service].push_back(model::traefik1::frontend_of(all, f));
  return built;
}

void compiler::add_frontends(draft& d, const model::provider_configuration& p, std::size_t provider) {
  wired_frontends wired;
  const auto& routers = p.config->http.routers;
  d.frontends.reserve(d.frontends.size() + routers.size());
  d.next->frontends.reserve(d.next->frontends.size() + routers.size());
  const auto known = middlewares_.find(p.provider);
  middleware_finder named(known == middlewares_.end() ? nullptr : &known->second, p.config->http.middlewares);
  d.middlewares[p.provider] = p.config->http.middlewares;
  for (std::size_t i = 0; i < routers.size(); ++i) {
    const model::router& f = routers[i];
    std::string key = key_of(p.provider, f);
    auto built = keep_or_build(d, p, i, key, named, wired);
    if (!built) {
      d.out.skipped.push_back({p.provider, {model::protocol::http, f.name}, built.error().reason, identity_of(f)});
      continue;
    }
    if (wants_pages((*built)->made_of)) d.kept.paged.push_back(d.next->frontends.size());
    d.kept.to.push_back((*built)->to.get());
    d.kept.provider_of.push_back(provider);
    d.next->frontends.push_back(*built);
    d.frontends.emplace(std::move(key), std::move(*built));
  }
}

compiler::outcome compiler::compile(const std::vector<model::provider_configuration>& providers, base::mono_time now) {
  now_ = now;
  // What was begun and not brought to its end (an exception) is begun anew.
  if (auto known = std::exchange(standing_, std::nullopt); known && !log_.debug_enabled())
    if (auto mended = mend(*known, providers)) {
      standing_ = std::move(known);
      return std::move(*mended);
    }
  draft d;
  d.kept.providers = providers;
  d.next->generation = ++generation_;
  d.next->keeps_redirects = options_.compat_traefik1;
  for (std::size_t p = 0; p < providers.size(); ++p) {
    if (!providers[p].config) {
      d.next->complete = false;
      continue;
    }
    add_backends(d, providers[p]);
    add_frontends(d, providers[p], p);
  }
  return adopt(std::move(d));
}

compiler::outcome compiler::adopt(draft d) {
  for (const model::provider_configuration& p : d.kept.providers)
    if (p.config) add_health_targets(d.out.checks, p, [&](const std::string& key) { return d.find(key); });
  d.kept.skipped = d.out.skipped;
  tcp_.compile(d.kept.providers, now_, *d.next, d.out.skipped);
  udp_.compile(d.kept.providers, now_, *d.next, d.out.skipped);
  collect_removed(*d.next, d.backends);
  backends_.swap(d.backends);
  frontends_ = std::move(d.frontends);
  middlewares_ = std::move(d.middlewares);
  complained_ = std::move(d.complaints);
  limits_.sweep();
  // Who was served until now counts from now.
  succession_.sweep([&](const std::string& key) { return backends_.contains(key) || d.backends.contains(key); }, now_);
  health_.sweep();
  index_entries(*d.next, options_);
  d.next->tenants =
      static_cast<std::size_t>(std::count_if(d.next->backends.begin(), d.next->backends.end(), [](const auto& b) { return !b->internal(); }));
  d.next->tenants += d.next->tcp.services.size() + d.next->udp.services.size();
  say_reloaded();
  d.out.next = std::move(d.next);
  if (d.out.next->complete && !options_.compat_traefik1 && !log_.debug_enabled()) {  // else each compile has lines to say
    d.kept.last = d.out.next;
    standing_ = std::move(d.kept);
  }
  return std::move(d.out);
}

}  // namespace waggle::proxy::routing
