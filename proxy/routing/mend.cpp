// The usual publish: servers of some backends were replaced. Their backends, the frontends that lead to them and the list of
// pointers are made anew; indexes, numbers and everything else stay as they are.
#include "routing/compile.hpp"
#include "routing/error_pages.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace waggle::proxy::routing {
namespace {

/// But for servers and how many there ought to be.
bool same_options(const model::service& was, const model::service& is) {
  const model::load_balancer* const a = balancer_of(was);
  const model::load_balancer* const b = balancer_of(is);
  if (was.name != is.name || a == nullptr || b == nullptr) return false;
  model::load_balancer with_its_servers = *a;
  with_its_servers.servers = b->servers;
  with_its_servers.replicas = b->replicas;
  return with_its_servers == *b;
}

/// All but the services; TCP and UDP are compiled by themselves.
bool same_others(const model::configuration& a, const model::configuration& b) {
  const auto &was = a.http.routers, &is = b.http.routers;
  if (was.size() != is.size() || !(a.http.middlewares == b.http.middlewares)) return false;
  for (std::size_t i = 0; i < was.size(); ++i)
    if (&was[i] != &is[i]) return false;
  return true;
}

}  // namespace

auto compiler::replacements(const standing& s, const std::vector<model::provider_configuration>& providers) -> std::optional<std::vector<replaced>> {
  if (providers.size() != s.providers.size()) return std::nullopt;
  std::vector<replaced> out;
  for (std::size_t p = 0; p < providers.size(); ++p) {
    if (providers[p].provider != s.providers[p].provider || !providers[p].config) return std::nullopt;
    if (providers[p].config == s.providers[p].config) continue;
    const model::configuration &before = *s.providers[p].config, &now = *providers[p].config;
    const auto &were = before.http.services, &are = now.http.services;
    if (were.size() != are.size() || !same_others(before, now)) return std::nullopt;
    for (std::size_t i = 0; i < are.size(); ++i) {
      if (&were[i] == &are[i]) continue;
      const std::size_t at = s.backend_at[p][i];
      if (at == standing::nowhere || !same_options(were[i], are[i])) return std::nullopt;
      out.push_back({p, at, are.held(i), s.last->backends[at], nullptr});
    }
  }
  return out;
}

std::shared_ptr<const backend> compiler::find_with(const patch& new_ones, const std::string& key) const {
  const auto known = backends_.find(key);
  if (known == backends_.end()) return nullptr;
  const auto now = new_ones.renewed.find(known->second.get());
  return now == new_ones.renewed.end() ? known->second : now->second;
}

bool compiler::build_patch(patch& p, const standing& s, const std::vector<model::provider_configuration>& providers) {
  for (replaced& r : p.changed) {
    auto built = build_backend(r.was->key, r.source);
    if (!built) return false;
    r.is = std::move(*built);
    p.renewed.emplace(r.was.get(), r.is);
  }
  std::vector<std::size_t> concerned = s.paged;
  for (std::size_t i = 0; i < s.to.size(); ++i)
    if (p.renewed.contains(s.to[i])) concerned.push_back(i);
  for (const std::size_t i : concerned) {
    const auto& was = s.last->frontends[i];
    const std::string& provider = providers[s.provider_of[i]].provider;
    auto to = find_with(p, was->to->key);
    auto pages = build_error_pages(*was->source, was->made_of, [&](const std::string& name) { return find_with(p, provider + "/" + name); });
    if (to == was->to && pages.pages == was->error_pages) continue;
    auto built = build_frontend({provider, was->source, was->made_of, std::move(to), std::move(pages.pages)});
    if (!built) return false;
    p.frontends.emplace_back(i, std::move(*built));
  }
  return true;
}

auto compiler::mend(standing& s, const std::vector<model::provider_configuration>& providers) -> std::optional<outcome> {
  auto changed = replacements(s, providers);
  if (!changed) return std::nullopt;
  patch made{.changed = std::move(*changed)};
  if (!build_patch(made, s, providers)) {  // only numbers were taken
    for (const replaced& r : made.changed)
      if (r.is && r.is != r.was) release_ids(*r.is, nullptr);
    return std::nullopt;
  }

  outcome out;
  auto next = std::make_shared<table>(*s.last);
  next->generation = ++generation_;
  next->departed_server_ids.clear();
  next->departed_backend_ids.clear();
  for (const model::provider_configuration& p : providers)
    add_health_targets(out.checks, p, [&](const std::string& key) { return find_with(made, key); });
  out.skipped = s.skipped;
  tcp_.compile(providers, now_, *next, out.skipped);
  udp_.compile(providers, now_, *next, out.skipped);
  next->tenants = next->tenants - s.last->tcp.services.size() - s.last->udp.services.size() + next->tcp.services.size() + next->udp.services.size();
  for (const replaced& r : made.changed) {
    if (r.is == r.was) continue;
    release_ids(*r.was, next.get());
    next->backends[r.at] = r.is;
    backends_[r.is->key] = r.is;
  }
  for (const auto& [i, f] : made.frontends) {
    for (entry_routes& routes : next->entries)
      for (auto* list : {&routes.before_steps, &routes.ordered})
        std::replace(list->begin(), list->end(), static_cast<const frontend*>(next->frontends[i].get()), static_cast<const frontend*>(f.get()));
    next->frontends[i] = f;
    s.to[i] = f->to.get();
    frontends_[providers[s.provider_of[i]].provider + "/" + f->label] = f;
  }
  health_.sweep();
  say_reloaded();
  s.providers = providers;
  s.last = next;
  out.next = std::move(next);
  return out;
}

}  // namespace waggle::proxy::routing
