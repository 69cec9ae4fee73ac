// The usual round: tasks of a few services were replaced, and nothing changed that another service's part depends on. Only
// those services and their backends are made anew. Whatever is not as usual is left to a whole round.
#include "translate/backend_builder.hpp"
#include "translate/make_plan.hpp"
#include "translate/outcome.hpp"
#include "translate/conflicts.hpp"
#include "translate/translate.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::discovery {

namespace {

struct moved {
  cached_service* service;
  std::shared_ptr<const service_view> view;
  std::shared_ptr<const placement> where;
};

template <class T>
using replacement = std::pair<std::size_t, std::shared_ptr<const T>>;

template <class T>
void put(model::parts<T>& list, std::vector<replacement<T>> pieces) {
  for (auto& [at, piece] : pieces) list.replace(at, std::move(piece));
}

bool silent(const placement& p) {
  return p.lines.empty() && std::none_of(p.items.begin(), p.items.end(), [](const addressed_task& i) { return i.network_missed; });
}

/// Labels and the number of tasks decide about names, which are given in order: then only servers differ.
bool alike(const cached_service& before, const service_view& view, const placement& where) {
  return before.view->spec.id == view.spec.id && same_plan(before.view->spec, view.spec) && before.where->items.size() == where.items.size() &&
         before.where->unreachable == where.unreachable && silent(*before.where) && silent(where);
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
  v.container = before.container;
  v.frontends = before.frontends;
  v.tcp_routers = before.tcp_routers;
  v.udp_routers = before.udp_routers;
  v.backend = before.backend;
  v.network = m.where->network;
  v.tasks_running = m.where->items.size();
  judge_service(v, *m.view, *m.service->plan, *m.where, opts);
  for (const auto& d : before.diagnostics)
    if (about_rivals(d)) v.diagnostics.push_back(d);
  settle_routed(v);
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
    cached_service& k = *all.services[i];
    auto where = std::make_shared<const placement>(place_service(*view, *k.plan, networks_, own_, opts_));
    if (!alike(k, *view, *where)) return false;
    changed.push_back({&k, view, std::move(where)});
    places.push_back(i);
  }
  all.claims_void = true;
  for (const moved& m : changed)
    if (!claims_.replace(*m.service->view, *m.view)) return false;
  all.claims_void = false;
  std::set<std::string_view> backends;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const moved& m = changed[i];
    m.service->view = m.view;
    m.service->where = m.where;
    all.views[places[i]] = m.view.get();
    for (const segment_plan& s : m.service->plan->segments) backends.insert(s.backend.name);
  }
  const auto& known_backends = all.result.config->http.services;
  const model::verdict_list& known_verdicts = *all.result.verdicts;
  std::vector<replacement<model::service>> new_backends;
  std::vector<replacement<model::verdict>> new_verdicts;
  const backend_builder maker{claims_, backends_, round_, debug_, true};
  for (const std::string_view name : backends) {
    const auto open = all.backends.find(std::string(name));
    if (open == all.backends.end()) continue;  // a pair that is not routed
    const auto said = backends_[open->first].default_lines;
    const made_backend& made = maker.make(open->first, open->second);
    if (!made.lines.empty() || made.default_lines != said) return false;
    const std::size_t at = place_of(known_backends, open->first, &model::service::name);
    if (known_backends.held(at) != made.piece) new_backends.emplace_back(at, made.piece);
  }
  for (const moved& m : changed) {
    std::size_t at = place_of(known_verdicts, m.view->spec.name, &model::verdict::service);
    while (at < known_verdicts.size() && known_verdicts[at].service_id != m.view->spec.id) ++at;
    if (at == known_verdicts.size()) return false;
    if (auto v = judged_again(known_verdicts[at], m, opts_)) new_verdicts.emplace_back(at, std::move(v));
  }
  // Copied only if something is to be written: often a view changed and nothing of what it leads to.
  if (!new_backends.empty()) {
    auto config = std::make_shared<model::configuration>(*all.result.config);
    put(config->http.services, std::move(new_backends));
    all.result.config = std::move(config);
  }
  if (!new_verdicts.empty()) {
    auto verdicts = std::make_shared<model::verdict_list>(known_verdicts);
    put(*verdicts, std::move(new_verdicts));
    all.result.verdicts = std::move(verdicts);
  }
  return true;
}

}  // namespace waggle::discovery
