// The usual round: tasks of a few services were replaced, and nothing changed that another service's part depends on. Only
// those services and their backends are made anew. Whatever is not as usual is left to a whole round.
#include "translate/backend_maker.hpp"
#include "translate/outcome.hpp"
#include "translate/translate.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace waggle::discovery {

namespace {

struct moved {
  known_service* service;
  std::shared_ptr<const service_view> view;
  std::shared_ptr<const placement> where;
};

bool silent(const placement& p) {
  return p.lines.empty() && std::none_of(p.items.begin(), p.items.end(), [](const placed_item& i) { return i.network_missed; });
}

/// Labels and the number of tasks decide about names, which are given in order: then only servers differ.
bool alike(const known_service& before, const service_view& view, const placement& where) {
  const service& was = before.view->spec;
  return was.id == view.spec.id && was.name == view.spec.name && was.labels == view.spec.labels && was.ports == view.spec.ports &&
         before.where->items.size() == where.items.size() && before.where->unreachable == where.unreachable && silent(*before.where) &&
         silent(where);
}

template <class List>
std::size_t place_of(const List& sorted, const std::string& name, const std::string List::value_type::*key) {
  return static_cast<std::size_t>(
      std::lower_bound(sorted.begin(), sorted.end(), name, [&](const auto& one, const std::string& n) { return one.*key < n; }) - sorted.begin());
}

std::shared_ptr<const model::verdict> judged_again(const model::verdict& before, const moved& m, const options& opts) {
  model::verdict v;
  v.service_id = before.service_id;
  v.service = before.service;
  v.frontends = before.frontends;
  v.backend = before.backend;
  v.network = m.where->network;
  v.tasks_running = m.where->items.size();
  judge_service(v, *m.view, *m.service->plan, *m.where, opts);
  for (const auto& d : before.diagnostics) {
    if (d.code != same_rule) continue;
    v.diagnostics.push_back(d);
    warn_last(v);
  }
  return v == before ? nullptr : std::make_shared<const model::verdict>(std::move(v));
}

}  // namespace

bool translator::mend(standing& all, const snapshot& picture) {
  if (opts_.use_bind_port_ip || claims_.any() || all.views.size() != picture.services.size()) return false;
  std::vector<moved> changed;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < all.views.size(); ++i) {
    const auto& view = picture.services[i];
    if (all.views[i] == view.get()) continue;
    known_service& k = *all.services[i];
    auto where = std::make_shared<const placement>(place_service(*view, *k.plan, networks_, own_, opts_));
    if (!alike(k, *view, *where) || !claims_.replace(*k.view, *view)) return false;
    changed.push_back({&k, view, std::move(where)});
    places.push_back(i);
  }
  std::set<std::string_view> backends;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const moved& m = changed[i];
    m.service->view = m.view;
    m.service->where = m.where;
    all.views[places[i]] = m.view.get();
    for (const segment_plan& s : m.service->plan->segments) backends.insert(s.backend.name);
  }
  auto config = std::make_shared<model::configuration>(*all.result.config);
  auto verdicts = std::make_shared<model::verdict_list>(*all.result.verdicts);
  const model::configuration& known_config = *all.result.config;
  const backend_maker maker{claims_, backends_, round_, debug_, true};
  bool servers_moved = false, verdicts_moved = false;
  for (const std::string_view name : backends) {
    const auto open = all.backends.find(std::string(name));
    if (open == all.backends.end()) continue;  // a pair that is not routed
    const auto said = backends_[open->first].default_lines;
    const made_backend& made = maker.make(open->first, open->second);
    if (!made.lines.empty() || made.default_lines != said) return false;
    const std::size_t at = place_of(known_config.backends, open->first, &model::backend::name);
    if (known_config.backends.held(at) == made.piece) continue;
    config->backends.replace(at, made.piece);
    servers_moved = true;
  }
  for (const moved& m : changed) {
    const model::verdict_list& known = *all.result.verdicts;
    std::size_t at = place_of(known, m.view->spec.name, &model::verdict::service);
    while (at < known.size() && known[at].service_id != m.view->spec.id) ++at;
    if (at == known.size()) return false;
    auto v = judged_again(known[at], m, opts_);
    if (!v) continue;
    verdicts->replace(at, std::move(v));
    verdicts_moved = true;
  }
  if (servers_moved) all.result.config = std::move(config);
  if (verdicts_moved) all.result.verdicts = std::move(verdicts);
  return true;
}

}  // namespace waggle::discovery
