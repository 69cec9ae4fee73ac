#include "translate/layer4_builder.hpp"

#include "labels/label_use.hpp"
#include "translate/layer4_conflicts.hpp"
#include "translate/outcome.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace waggle::discovery {

namespace {

using model::severity;

const tcp_part& part_of(const backend_draft::share& of, const tcp_part*) { return of.service->plan->layer4.tcp[of.segment]; }
const udp_part& part_of(const backend_draft::share& of, const udp_part*) { return of.service->plan->layer4.udp[of.segment]; }

/// What the later one says of the virtual service, and the first one says otherwise or not at all.
std::vector<model::diagnostic> differences(const std::string& shared, const cached_service& first, const label_set& its, const label_set& own) {
  std::vector<model::diagnostic> out;
  for (const auto& [key, given] : own) {
    const auto it = its.find(key);
    if (it != its.end() && it->second.value == given.value) continue;
    const std::string holds = it == its.end() ? "says nothing of it" : "says " + shown(it->second.value, most_shown);
    out.push_back(about_label(
        severity::warning, shared_options_differ, {key, given.key, given.value, {}},
        "does nothing: the options of " + shared + " are those of the service " + first.view->spec.name + ", which comes first and " + holds,
        "write the same on both services, or remove it here"));
  }
  return out;
}

/// Takes a router that is lost out of the verdicts of all that it would have led to.
class loss_report {
 public:
  loss_report(const std::unordered_map<const cached_service*, std::size_t>& places, model::verdict_list& verdicts)
      : places_(places), verdicts_(verdicts) {}

  void tell(std::vector<layer4_loss> losses, std::vector<std::string> model::verdict::*routers) {
    for (layer4_loss& loss : losses)
      for (const cached_service* const service : loss.who->asking) {
        model::verdict& v = verdicts_[places_.at(service)];
        if (loss.all) std::erase(v.*routers, loss.router);
        v.diagnostics.push_back(loss.finding);
        if (!has_part(v)) std::erase_if(v.diagnostics, [](const auto& d) { return d.code == no_running_task; });  // nobody would notice
        settle(v);
      }
  }

 private:
  const std::unordered_map<const cached_service*, std::size_t>& places_;
  model::verdict_list& verdicts_;
};

template <class Router>
std::vector<layer4_rival<Router>> rivals_of(std::vector<layer4_claim<Router>>& routers) {
  std::vector<layer4_rival<Router>> out;
  out.reserve(routers.size());
  for (auto& r : routers) out.push_back({&r.router, r.behind});
  return out;
}

/// The routers that are left and the services that they lead to, by name.
template <class Router, class Service, class Make>
void put(std::vector<layer4_claim<Router>>& routers, open_backends& drafts, model::parts<Router>& to_routers, model::parts<Service>& to_services,
         Make make) {
  std::erase_if(routers, [](const auto& r) { return r.router == nullptr; });
  std::sort(routers.begin(), routers.end(), [](const auto& a, const auto& b) { return a.router->name < b.router->name; });
  std::unordered_set<std::string_view> led_to;
  to_routers.reserve(routers.size());
  for (const auto& r : routers) {
    led_to.insert(r.router->service);
    to_routers.share(r.router);
  }
  std::erase_if(drafts, [&](const auto& d) { return !led_to.contains(d.first); });
  std::vector<const open_backends::value_type*> order;
  order.reserve(drafts.size());
  for (const auto& d : drafts) order.push_back(&d);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  to_services.reserve(order.size());
  for (const auto* d : order) to_services.share(make(d->first, d->second));
}

template <class Memory>
void forget(Memory& memory, std::uint64_t round) {
  std::erase_if(memory, [round](const auto& entry) { return entry.second.round != round; });
}

}  // namespace

template <class Part, class Router>
void layer4_builder::add_part(const cached_service& service, const Part& part, const backend_draft::share& share, open_backends& drafts,
                              claim_list<Router>& claims, std::vector<std::string>& names) {
  const auto [it, fresh] = drafts.try_emplace(part.service.name);
  backend_draft& draft = it->second;
  if (fresh) draft.options = share;
  draft.from.push_back(share);
  if (draft.asking.empty() || draft.asking.back() != &service) draft.asking.push_back(&service);
  if (!fresh)
    told_.emplace_back(&service, differences(part.service.name, *draft.options.service, part_of(draft.options, &part).options, part.options));
  for (const auto& router : part.routers) {
    const auto [known, is_new] = claims.names.try_emplace(router->name, claims.routers.size());
    // Those who share a virtual service share its router.
    if (is_new) claims.routers.push_back({router, &draft});
    else if (claims.routers[known->second].behind != &draft) {
      auto renamed = std::make_shared<Router>(*router);
      renamed->name += "-" + service.view->spec.name;
      if (!claims.names.try_emplace(renamed->name, claims.routers.size()).second) continue;
      names.push_back(renamed->name);
      claims.routers.push_back({std::move(renamed), &draft});
      continue;
    }
    names.push_back(router->name);
  }
}

void layer4_builder::add(const cached_service& service, model::verdict& verdict, std::size_t place) {
  const auto& plan = *service.plan;
  if (plan.layer4.empty() || !plan.sound || !plan.enabled || !plan.failed_constraint.empty() || service.where->unreachable) return;
  places_.emplace(&service, place);
  const auto& items = service.where->items;
  const bool disputed = std::any_of(items.begin(), items.end(), [&](const auto& item) { return maker_.claims.disputed(item); });
  for (std::size_t i = 0; i < plan.layer4.tcp.size(); ++i)
    if (plan.layer4.tcp[i].sound) add_part(service, plan.layer4.tcp[i], {&service, i, disputed}, drafts_.tcp, tcp_, verdict.tcp_routers);
  for (std::size_t i = 0; i < plan.layer4.udp.size(); ++i)
    if (plan.layer4.udp[i].sound) add_part(service, plan.layer4.udp[i], {&service, i, disputed}, drafts_.udp, udp_, verdict.udp_routers);
}

layer4_drafts layer4_builder::finish(model::configuration& into, model::verdict_list& verdicts) && {
  for (auto& [service, found] : told_) {
    if (found.empty()) continue;
    model::verdict& v = verdicts[places_.at(service)];
    v.diagnostics.insert(v.diagnostics.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    settle(v);
  }
  loss_report report(places_, verdicts);
  report.tell(settle_rivals(rivals_of(tcp_.routers)), &model::verdict::tcp_routers);
  report.tell(settle_rivals(rivals_of(udp_.routers)), &model::verdict::udp_routers);
  put(tcp_.routers, drafts_.tcp, into.tcp.routers, into.tcp.services, [&](const auto& name, const auto& d) { return maker_.tcp(name, d); });
  put(udp_.routers, drafts_.udp, into.udp.routers, into.udp.services, [&](const auto& name, const auto& d) { return maker_.udp(name, d); });
  forget(maker_.memory.tcp, maker_.round);
  forget(maker_.memory.udp, maker_.round);
  return std::move(drafts_);
}

}  // namespace waggle::discovery
