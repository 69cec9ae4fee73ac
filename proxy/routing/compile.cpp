#include "routing/compile.hpp"

#include "affinity/cookie_name.hpp"
#include "middleware/registry.hpp"
#include "routing/error_pages.hpp"
#include "routing/index.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_set>
#include <utility>

namespace waggle::proxy::routing {

dense_id compiler::numbers::take(const base::shared_text& key) {
  use& u = by_key[key];
  if (u.users++ > 0) return u.id;
  if (free.empty()) u.id = next++;
  else {
    u.id = free.back();
    free.pop_back();
  }
  return u.id;
}

bool compiler::numbers::give_back(const base::shared_text& key, dense_id& id) {
  const auto it = by_key.find(key);
  if (it == by_key.end() || --it->second.users > 0) return false;
  id = it->second.id;
  by_key.erase(it);
  return true;
}

std::shared_ptr<plan::server_health> compiler::health_memory::get(const std::string& key, plan::health_verdict first) {
  auto& s = held[key];
  if (!s) s = std::make_shared<plan::server_health>(first);
  return s;
}

void compiler::health_memory::sweep() {
  std::erase_if(held, [](const auto& e) { return e.second.use_count() <= 1; });
}

namespace {

/// Traefik 1.7's words (those of Go's URL parser).
std::string no_port(const std::string& url) {
  return "parse \"" + url + "\": invalid port \"" + url.substr(url.rfind(':')) + "\" after host";
}

class no_log final : public base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

std::string key_of(const std::string& provider, const model::frontend& f) { return provider + "/" + identity_of(f); }

/// Nothing that building it could complain of is new.
bool asks_the_same(const model::frontend& a, const model::frontend& b) {
  return a.options == b.options && std::equal(a.routes.begin(), a.routes.end(), b.routes.begin(), b.routes.end(),
                                              [](const auto& x, const auto& y) { return x.rule == y.rule; });
}

std::optional<model::stickiness> sticky_of(const model::backend& b) {
  if (!b.load_balancer || (!b.load_balancer->stickiness && !b.load_balancer->sticky)) return std::nullopt;
  if (b.load_balancer->stickiness) return b.load_balancer->stickiness;
  model::stickiness old;
  old.cookie_name = "_TRAEFIK_BACKEND";
  return old;
}

bool is_checked(const model::backend& b) { return b.health_check && !b.health_check->path.empty(); }

/// Why Traefik 1.7 would skip the frontend, in its words.
std::string rule_error(const std::string& rule, const std::string& reason) {
  return "error parsing rule: " + (match::parse_rule(rule) ? "parsing error on rule: invalid expression: " + rule : reason);
}

}  // namespace

base::explained_result<std::shared_ptr<const backend>> compiler::build_backend(const std::string& key,
                                                                               std::shared_ptr<const model::backend> source) {
  if (const auto it = backends_.find(key); it != backends_.end() && (it->second->source == source || *it->second->source == *source))
    return it->second;
  const model::backend& from = *source;
  auto out = std::make_shared<backend>();
  out->key = key;
  out->name = from.name;
  out->source = std::move(source);
  out->servers.reserve(from.servers.size());
  const auto before = backends_.find(key);
  const auto joined_before = [&](const base::shared_text& server_key) -> io::time_ms {
    if (before == backends_.end()) return 0;
    for (const server& s : before->second->servers)  // newcomers are few, and most servers keep their place
      if (s.key == server_key) return s.joined_at;
    return 0;
  };
  std::unordered_set<std::string_view> urls;
  for (const model::server& s : from.servers) {
    if (s.weight < 0) return base::explained{"error adding server " + s.url + " to load-balancer: weight should be >= 0"};
    if (s.scheme != "http")  // never in clear what was meant to be encrypted
      return base::explained{"server URL " + s.url + ": only http servers are served by this version"};
    auto address = io::make_address(s.host, s.port);
    // Traefik takes what its URL parser takes, and fails to connect there: so does port 0 of this machine.
    const bool parses = s.port != 0 || s.url.view().ends_with(":0");
    if (options_.compat_traefik1 && parses && (!address || s.port == 0)) address = io::make_address("127.0.0.1", 0);
    else if (!address) return base::explained{"error parsing server URL " + s.url + ": " + address.error().reason};
    else if (s.port == 0) return base::explained{"error parsing server URL " + s.url + ": " + no_port(s.url.str())};
    if (!urls.insert(s.url.view()).second) continue;  // equal URLs are one server to the balancer (Traefik 1.7)
    server t;
    t.key = s.id.empty() ? base::shared_text(key + "/" + s.url) : s.id;
    if (s.scheme != "http") t.key = t.key + "|" + s.scheme;
    t.name = s.name;
    t.url = s.url;
    t.host_header = address->text();
    t.address = *address;
    t.weight = s.weight == 0 && !options_.allow_zero_weight ? 1 : static_cast<unsigned>(s.weight);
    t.origin = s.origin;
    t.slot = affinity::slot_of(s.origin);
    // Who joins a service that was served before has to show a good check first; what was there when waggle came, or served
    // without checks, is believed to be well.
    const bool joins = backend_numbers_.by_key.contains(key) && !server_numbers_.by_key.contains(t.key);
    if (is_checked(from))
      t.health = health_.get(t.key + ("|" + key), joins ? plan::health_verdict::unproven : plan::health_verdict::up);
    if (joins) t.joined_at = static_cast<io::time_ms>(now_.time_since_epoch() / std::chrono::milliseconds(1));
    else if (from.slow_start.count() > 0) t.joined_at = joined_before(t.key);
    out->servers.push_back(std::move(t));
  }
  if (auto options = sticky_of(from)) {
    out->sticky = true;
    out->cookie_name = affinity::cookie_name(*options, from.name);
    out->opaque = options->value.empty() ? options_.sticky_opaque : options->value == "opaque";
    options->http_only = options->http_only || out->opaque;
    out->cookie_attributes = affinity::cookie_attributes(*options);
    const auto old = backends_.find(key);
    if (out->opaque && !key_.shared() && (old == backends_.end() || !old->second->opaque))
      log_.warning("Opaque sticky cookies without a key that replicas share: sessions move when waggle restarts or another replica answers",
                   {{"backend", from.name}, {"fix", "give every replica the same --sticky.keyFile"}});
    succession_.update(key, *out, now_);
    if (out->opaque || key_.shared()) {
      for (server& s : out->servers) s.opaque = key_.value_of(s.slot, s.url);
      for (leaver& l : out->leavers)
        if (l.successor < 0) l.opaque = key_.value_of(l.slot, l.url);  // looked for only by who may wait for it
    }
  }
  out->hold = from.hold;
  const auto or_else = [](std::chrono::milliseconds own, std::chrono::milliseconds of_all) {
    return own == model::server_timeouts::unlimited ? std::chrono::milliseconds(0) : own.count() > 0 ? own : of_all;
  };
  out->timeouts = {or_else(from.timeouts.connect, options_.timeouts.connect), or_else(from.timeouts.response, options_.timeouts.response_head),
                   or_else(from.timeouts.idle, options_.timeouts.response_body)};
  out->abort_on_close = from.abort_on_close;
  out->slow_start = static_cast<io::time_ms>(from.slow_start.count());
  if (from.load_balancer) out->balance = model::policy_of(*from.load_balancer);
  unsigned gcd = 0;
  for (server& s : out->servers) {
    s.id = server_numbers_.take(s.key);
    gcd = std::gcd(gcd, s.weight);
    out->weight_max = std::max(out->weight_max, s.weight);
  }
  out->weight_gcd = gcd == 0 ? 1 : gcd;
  if (out->servers.size() > 16)
    for (std::size_t i = 0; i < out->servers.size(); ++i) {
      const server& s = out->servers[i];
      out->by_url.emplace(s.url, i);
      if (s.opaque.empty()) continue;
      const auto [it, fresh] = out->by_opaque.emplace(s.opaque, i);
      if (!fresh && s.arrival < out->servers[it->second].arrival) it->second = static_cast<std::uint32_t>(i);  // see sticky_cookie
    }
  out->id = backend_numbers_.take(key);
  return std::shared_ptr<const backend>(std::move(out));
}

base::explained_result<std::shared_ptr<const frontend>> compiler::build_frontend(const std::string& provider,
                                                                                 std::shared_ptr<const model::frontend> source,
                                                                                 std::shared_ptr<const backend> to,
                                                                                 std::vector<error_page> pages) {
  const model::frontend& from = *source;
  auto out = std::make_shared<frontend>();
  out->name = from.name;
  out->label = identity_of(from);
  out->label_from = from.identity.empty() && out->label.starts_with("frontend-") ? 9 : 0;
  // Built again because another service came or went, or one of its tasks did: what was said of it is not said again.
  static no_log nowhere;
  base::logger silence(nowhere, base::log_level::fatal);
  const auto before = frontends_.find(key_of(provider, from));
  const bool said = !options_.compat_traefik1 && before != frontends_.end() && asks_the_same(*before->second->source, from);
  base::logger& log = said ? silence : log_;
  out->pass_host_header = from.pass_host_header;
  out->priority = model::priority_of(from);
  for (const model::route_rule& r : from.routes) {
    auto rule = match::compiled_rule::compile(r.rule, options_.keep_trailing_slash);
    if (!rule) return base::explained{"error creating route for frontend " + from.name + ": " + rule_error(r.rule, rule.error().reason)};
    for (const std::string& text : (*rule)->warnings()) log.warning(text);
    out->rules.push_back(std::move(*rule));
  }
  if (from.options.pass_tls_cert && options_.compat_traefik1)  // entry points have no TLS
    return base::explained{"failed to create the forwarder for frontend " + from.name + ": failed to create RoundTripper for frontend " +
                           from.name + ": failed to create TLSClientConfig: no TLS provided"};
  if (out->rules.empty()) return base::explained{"frontend " + from.name + " has no rule"};
  auto chain = middleware::build_chain(from, *to->source, {options_, limits_, log, log_, provider});
  if (!chain) return chain.error();
  out->chain = std::move(*chain);
  out->error_pages = std::move(pages);
  out->to = std::move(to);
  out->source = std::move(source);
  return std::shared_ptr<const frontend>(std::move(out));
}

void compiler::log_wiring(const model::frontend& f, const model::backend& to, wiring how, const wired_frontends& earlier) {
  if (!log_.debug_enabled()) return;
  const auto sticky = sticky_of(to);
  const std::string cookie = sticky ? affinity::cookie_name(*sticky, to.name) : std::string();
  const auto same = earlier.find(f.backend);
  for (const std::string& e : f.entry_points) {
    how.reused = same != earlier.end() && std::any_of(same->second.begin(), same->second.end(), [&](const model::frontend* g) {
      return same_handler(f, *g) && std::find(g->entry_points.begin(), g->entry_points.end(), e) != g->entry_points.end();
    });
    for (const std::string& line : wiring_lines(f, to, cookie, e, options_, how)) log_.debug(line);
  }
}

void compiler::add_health_targets(std::vector<health::target>& to, const model::provider_configuration& p, const backend_finder& find) {
  for (const model::backend& b : p.config->backends) {
    if (!is_checked(b)) continue;
    const std::string key = p.provider + "/" + b.name;
    const auto made = find(key);
    if (!made) continue;
    const auto old = backends_.find(key);
    const bool same = old != backends_.end() && old->second == made;
    const auto complain = [&](const std::string& line) {
      if (!same && !line.empty()) log_.error(line);
    };
    complain(health::interval_complaint(*b.health_check, b.name));
    bool first = true;
    for (const server& s : made->servers) {
      const auto from = std::find_if(b.servers.begin(), b.servers.end(), [&](const model::server& m) { return m.url == s.url; });
      auto probe = health::probe_of(*b.health_check, *from, options_.health_interval);
      if (!probe) {
        complain("No health check of server " + s.url + " of backend '" + b.name + "': " + probe.error().reason);
        continue;
      }
      to.push_back({s.health, std::move(*probe), b.name, s.url.str(), s.weight, first});
      first = false;
    }
  }
}

void compiler::find_departed(table& t, const backend_map& next) {
  // A number goes back to the free list now, and may be given out by the next compile: workers adopt tables in order, so
  // each has heard of the departure before it can see the number again.
  for (const auto& [key, b] : backends_) {
    if (const auto it = next.find(key); it == next.end() || it->second != b) part_with(*b, &t);
  }
}

void compiler::part_with(const backend& b, table* told) {
  const auto part = [](numbers& of, const base::shared_text& key, std::vector<dense_id>* departed) {
    dense_id id = 0;
    if (!of.give_back(key, id)) return;
    if (departed) departed->push_back(id);
    of.free.push_back(id);
  };
  for (const server& s : b.servers) part(server_numbers_, s.key, told ? &told->departed_servers : nullptr);
  part(backend_numbers_, b.key, told ? &told->departed_backends : nullptr);
}

void compiler::say_reloaded() {
  for (const entry_point& e : options_.entry_points) log_.info("Server configuration reloaded on " + e.address);
}

compiler::outcome compiler::compile(const std::vector<model::provider_configuration>& providers, base::mono_time now) {
  now_ = now;
  // What was begun and not brought to its end (an exception) is begun anew.
  if (auto known = std::exchange(standing_, std::nullopt); known && !log_.debug_enabled())
    if (auto mended = mend(*known, providers)) {
      standing_ = std::move(known);
      return std::move(*mended);
    }
  standing kept{.providers = providers};
  outcome out;
  auto next = std::make_shared<table>();
  next->generation = ++generation_;
  next->keeps_redirects = options_.compat_traefik1;
  backend_map backends;
  const backend_finder find = [&](const std::string& key) {
    const auto it = backends.find(key);
    return it == backends.end() ? nullptr : it->second;
  };
  std::unordered_map<std::string, std::shared_ptr<const frontend>> frontends;
  std::unordered_map<std::string, std::string> broken;  // backend key → reason
  std::set<std::string> complaints;

  for (const model::provider_configuration& p : providers) {
    if (!p.config) {
      next->complete = false;
      continue;
    }
    const auto& config = *p.config;
    auto& places = kept.backend_at.emplace_back(config.backends.size(), standing::nowhere);
    for (std::size_t i = 0; i < config.backends.size(); ++i) {
      const std::string key = p.provider + "/" + config.backends[i].name;
      if (backends.contains(key)) continue;
      auto built = build_backend(key, config.backends.held(i));
      if (built) {
        places[i] = next->backends.size();
        next->backends.push_back(*built);
        backends.emplace(key, *built);
      } else {
        broken.emplace(key, built.error().reason);
      }
    }
    wired_frontends wired;
    for (std::size_t i = 0; i < config.frontends.size(); ++i) {
      const model::frontend& f = config.frontends[i];
      const std::string key = key_of(p.provider, f);
      const auto skip = [&](std::string reason) { out.skipped.push_back({p.provider, f.name, std::move(reason), identity_of(f)}); };
      if (f.entry_points.empty()) {
        skip("no entrypoint defined for frontend " + f.name);
        continue;
      }
      const auto to = backends.find(p.provider + "/" + f.backend);
      if (to == backends.end()) {
        const auto why = broken.find(p.provider + "/" + f.backend);
        if (why == broken.end()) {
          skip("undefined backend '" + f.backend + "' for frontend " + f.name);
        } else {
          const auto named = [&](const model::backend& b) { return b.name == f.backend; };
          log_wiring(f, *std::find_if(p.config->backends.begin(), p.config->backends.end(), named), {.balanced = false, .routed = false}, wired);
          skip("error configuring load balancer for frontend " + f.name + ": " + why->second);
        }
        continue;
      }
      const auto old = frontends_.find(key);
      auto pages = build_error_pages(f, [&](const std::string& name) { return find(p.provider + "/" + name); },
                                     options_.compat_traefik1 ? std::string_view{} : std::string_view(model::identity_of(f)));
      const bool same = old != frontends_.end() && old->second->to == to->second && (old->second->source.get() == &f || *old->second->source == f) &&
                        old->second->error_pages == pages.pages;
      for (std::string& line : pages.complaints) {
        const bool news = !complained_.contains(line);
        if (news || (!same && options_.compat_traefik1)) log_.error(line);
        complaints.insert(std::move(line));
      }
      auto built = same ? base::explained_result<std::shared_ptr<const frontend>>(old->second) : build_frontend(p.provider, config.frontends.held(i), to->second, std::move(pages.pages));
      const bool renamed = old != frontends_.end() && old->second->to == to->second && old->second->source->entry_points == f.entry_points &&
                           asks_the_same(*old->second->source, f);
      if (!(same || renamed) || options_.compat_traefik1) log_wiring(f, *to->second->source, {.routed = built.has_value()}, wired);
      if (built && log_.debug_enabled()) wired[f.backend].push_back(&f);
      if (!built) {
        skip(built.error().reason);
        continue;
      }
      if (!f.options.errors.empty()) kept.paged.push_back(next->frontends.size());
      kept.to.push_back(to->second.get());
      kept.provider_of.push_back(static_cast<std::size_t>(&p - providers.data()));
      next->frontends.push_back(*built);
      frontends.emplace(key, *built);
    }
  }
  for (const model::provider_configuration& p : providers)
    if (p.config) add_health_targets(out.checks, p, find);
  find_departed(*next, backends);
  backends_.swap(backends);
  frontends_ = std::move(frontends);
  complained_ = std::move(complaints);
  limits_.sweep();
  // Who was served until now counts from now.
  succession_.sweep([&](const std::string& key) { return backends_.contains(key) || backends.contains(key); }, now);
  health_.sweep();
  index_entries(*next, options_);
  say_reloaded();
  out.next = std::move(next);
  if (out.next->complete && !options_.compat_traefik1 && !log_.debug_enabled()) {  // else each compile has lines to say
    kept.last = out.next;
    kept.skipped = out.skipped;
    standing_ = std::move(kept);
  }
  return out;
}

}  // namespace waggle::proxy::routing
