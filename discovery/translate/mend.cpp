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
  settle(v);
  return v == before ? nullptr : std::make_shared<const model::verdict>(std::move(v));
}

/// @return false: one of them has no verdict yet
bool judge_again(const std::vector<moved>& changed, const model::verdict_list& known, const options& opts,
                 std::vector<replacement<model::verdict>>& out) {
  for (const moved& m : changed) {
    std::size_t at = place_of(known, m.view->spec.name, &model::verdict::service);
    while (at < known.size() && known[at].service_id != m.view->spec.id) ++at;
    if (at == known.size()) return false;
    if (auto v = judged_again(known[at], m, opts)) out.emplace_back(at, std::move(v));
  }
  return true;
}

/// The pieces of TCP or UDP services that have become others. @param make  of a name and a draft
template <class Service, class Make>
std::vector<replacement<Service>> made_again(const std::set<std::string_view>& names, const open_backends& drafts, const model::parts<Service>& known,
                                             Make make) {
  std::vector<replacement<Service>> out;
  for (const std::string_view name : names) {
    const auto open = drafts.find(std::string(name));
    if (open == drafts.end()) continue;  // a part that is not routed
    const std::shared_ptr<const Service>& piece = make(open->first, open->second);
    const std::size_t at = place_of(known, open->first, &Service::name);
    if (known.held(at) != piece) out.emplace_back(at, piece);
  }
  return out;
}

/// Names of the virtual services that the moved ones have a part in.
template <class Part>
std::set<std::string_view> shared_names(const std::vector<moved>& changed, std::vector<Part> layer4_plan::*parts) {
  std::set<std::string_view> out;
  for (const moved& m : changed)
    for (const Part& p : m.service->plan->layer4.*parts) out.insert(p.service.name);
  return out;
}

/// The configuration with those services in their places. Copied only if something is to be written: often a view changed and nothing of
/// what it leads to.
void put_services(std::shared_ptr<const model::configuration>& known, std::vector<replacement<model::service>> http,
                  std::vector<replacement<model::tcp_service>> tcp, std::vector<replacement<model::udp_service>> udp) {
  if (http.empty() && tcp.empty() && udp.empty()) return;
  auto config = std::make_shared<model::configuration>(*known);
  put(config->http.services, std::move(http));
  put(config->tcp.services, std::move(tcp));
  put(config->udp.services, std::move(udp));
  known = std::move(config);
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
  if (!judge_again(changed, known_verdicts, opts_, new_verdicts)) return false;
  const layer4_maker below{claims_, layer4_, round_};
  const model::configuration& known = *all.result.config;
  auto new_tcp = made_again(
      shared_names(changed, &layer4_plan::tcp), all.layer4.tcp,
      known.tcp.services, [&](const auto& name, const auto& d) -> const auto& { return below.tcp(name, d); });
  auto new_udp = made_again(
      shared_names(changed, &layer4_plan::udp), all.layer4.udp,
      known.udp.services, [&](const auto& name, const auto& d) -> const auto& { return below.udp(name, d); });
  put_services(all.result.config, std::move(new_backends), std::move(new_tcp), std::move(new_udp));
  if (!new_verdicts.empty()) {
    auto verdicts = std::make_shared<model::verdict_list>(known_verdicts);
    put(*verdicts, std::move(new_verdicts));
    all.result.verdicts = std::move(verdicts);
  }
  return true;
}

}  // namespace waggle::discovery
