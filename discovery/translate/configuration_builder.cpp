#include "translate/configuration_builder.hpp"

#include "labels/label_use.hpp"
#include "translate/backend_builder.hpp"
#include "translate/defaults.hpp"
#include "translate/names.hpp"
#include "translate/outcome.hpp"
#include "translate/conflicts.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace waggle::discovery {

namespace {

using base::log_level;
using model::severity;

bool usable(const segment_plan& segment, bool traefik1) noexcept { return traefik1 || segment.sound; }

}  // namespace

void configuration_builder::say(log_level level, std::string text) {
  if (level != log_level::debug || debug_) out_.lines.push_back({level, std::move(text)});
}

void configuration_builder::say(const std::vector<log_note>& lines) {
  for (const auto& l : lines) say(l.level, l.text);
}

// Section 4.1, in Traefik's order and words. The answer is the same for all items of a service; the lines are not.
bool configuration_builder::kept(const service_plan& plan, const service& spec, const addressed_task* item) {
  const auto filtered = [&](auto because) {
    if (debug_) say(log_level::debug, because(item != nullptr ? item_name(spec, *item) : spec.name));
    return false;
  };
  say(plan.enable_lines);
  if (!plan.enabled) return filtered([](const std::string& name) { return "Filtering disabled container " + name; });
  const std::string* port_problem = nullptr;
  for (const auto& s : plan.segments) {
    // With several segments Traefik lets one of them decide, picked at random; here it is the last in name order.
    port_problem = &s.port_problem;
    if (s.raw_rule.empty() && (opts_.compat_traefik1 || plan.segments.size() == 1)) {
      return filtered([&](const std::string& name) { return "Filtering container with empty frontend rule " + name + " " + s.name; });
    }
  }
  if (port_problem != nullptr && !port_problem->empty() && (opts_.compat_traefik1 || plan.segments.size() == 1)) {
    return filtered([&](const std::string& name) { return "Filtering container without port, " + name + ": " + *port_problem; });
  }
  say(plan.tag_lines);
  if (plan.failed_constraint.empty()) return true;
  return filtered(
      [&](const std::string& name) { return "Container " + name + " pruned by " + base::go_quote(plan.failed_constraint) + " constraint"; });
}

void configuration_builder::make_frontend(made_frontend& made, const std::string& family, std::string name) const {
  const segment_plan& segment = *made.from;
  std::string route = "route-" + name;
  if (made.piece != nullptr && !opts_.compat_traefik1 && made.default_lines.empty()) {  // only the index in its name moved
    model::router renamed = *made.piece;
    renamed.name = std::move(name);
    renamed.rule.parts.back().name = std::move(route);
    made.piece = made.unnamed = std::make_shared<model::router>(std::move(renamed));
    return;
  }
  model::frontend f = segment.frontend;
  f.routes.push_back({std::move(route), segment.rule});
  f.name = std::move(name);
  if (!opts_.compat_traefik1) f.identity = family + (segment.name.empty() ? "" : "/" + segment.name);
  made.default_lines.clear();
  apply_defaults(f, opts_, made.default_lines);
  auto pieces = model::traefik1::pieces_of(std::move(f));
  made.piece = made.unnamed = std::make_shared<model::router>(std::move(pieces.router));
  renew(made.middlewares, std::move(pieces.middlewares));
}

// Containers of one compose service have one frontend, made by the first of them; the others give it servers.
void configuration_builder::share_frontend(const cached_service& known, const segment_plan& segment, const made_frontend* made) {
  if (!known.view->spec.container || made == nullptr) return;
  auto& verdict = out_.verdicts.back();
  verdict.frontends.push_back(made->piece->name);
  if (segment.rule != made->from->rule)
    verdict.diagnostics.push_back(
        {severity::warning, "rule-of-another", "traefik.frontend.rule", shown(segment.rule, most_shown),
         "is not used: the container " + made->piece->swarm_service + " of the same compose service has " + shown(made->from->rule, most_shown),
         "recreate the containers that are older than the rule: docker compose up -d --force-recreate"});
}

void configuration_builder::add_frontend(cached_service& known, const segment_plan& segment, std::size_t index) {
  const std::string& family = known.plan->family;
  // In compat mode nothing separates service and segment: "a" with segment "b" takes the place of "ab" (Traefik 1 quirk).
  const auto [shared, first] = service_keys_.try_emplace(family + (opts_.compat_traefik1 ? "" : std::string(1, '\0')) + segment.name);
  if (!first) return share_frontend(known, segment, shared->second);
  auto made = std::find_if(known.frontends.begin(), known.frontends.end(), [&](const made_frontend& m) { return m.from == &segment; });
  if (made == known.frontends.end()) made = known.frontends.insert(made, made_frontend{&segment, nullptr, nullptr, {}, 0, {}, {}});
  if (made->name_wanted.empty() || (segment.name.empty() && made->index != index)) {
    made->name_wanted = "frontend-" + (segment.name.empty() ? normalised(segment.raw_rule + "-" + std::to_string(index))
                                                            : normalised(segment.name + "-" + segment.backend_key));
    made->index = index;
  }
  std::string name = made->name_wanted;
  if (frontend_names_.contains(name)) {
    if (opts_.compat_traefik1) return;
    name += "-" + normalised(family);
    if (frontend_names_.contains(name)) return;
  }
  say(segment.frontend_lines);
  if (made->piece == nullptr || made->piece->name != name) make_frontend(*made, family, std::move(name));
  frontend_names_.insert(made->piece->name);
  shared->second = &*made;
  out_.verdicts.back().frontends.push_back(made->piece->name);
  frontends_.push_back(&*made);
}

backend_draft& configuration_builder::backend_of(const cached_service& known, std::size_t number) {
  const auto& segment = known.plan->segments[number];
  const auto [it, fresh] = backends_.try_emplace(segment.backend.name);
  if (fresh) {
    it->second.options = {&known, number, false};
    say(segment.backend_lines);
  }
  auto& verdict = out_.verdicts.back();
  if (verdict.backend.empty()) verdict.backend = segment.backend.name;
  auto& asking = it->second.asking;
  if (asking.empty() || asking.back() != &known) asking.push_back(&known);
  return it->second;
}

// The frontends and backends that a service asks for.
void configuration_builder::add_pieces(cached_service& known, std::size_t index, bool has_servers, bool disputed_any) {
  known.frontends.reserve(known.plan->segments.size());  // they are pointed to
  for (std::size_t i = 0; i < known.plan->segments.size(); ++i) {
    const auto& segment = known.plan->segments[i];
    if (!usable(segment, opts_.compat_traefik1)) continue;
    if (has_servers && opts_.compat_traefik1 && !segment.template_error.empty() && !out_.refused) {
      out_.refused = true;
      say(log_level::error, segment.template_error);
    }
    add_frontend(known, segment, index);
    auto& backend = backend_of(known, i);
    if (has_servers) backend.from.push_back({&known, i, disputed_any});
  }
}

bool configuration_builder::add_items(cached_service& known) {
  const auto& spec = known.view->spec;
  const auto& plan = *known.plan;
  bool disputed_any = false, first = true, keep = true;
  for (const auto& item : known.where->items) disputed_any = disputed_any || claims_.disputed(item);
  for (const auto& item : known.where->items) {
    if (!kept(plan, spec, &item)) {
      keep = false;
      continue;
    }
    if (disputed_any && claims_.disputed(item)) {
      auto& verdict = out_.verdicts.back();
      const std::string address(item.address);
      verdict.diagnostics.push_back({severity::warning, "duplicate-address", "", address,
                                     "two running tasks claim the address " + address + "; neither is used",
                                     "docker service update --force " + spec.name});
      --verdict.tasks_running;
      continue;
    }
    if (first) add_pieces(known, index_, true, disputed_any);
    first = false;
    if (!plan.segments.empty()) ++index_;
    if (!item.network_missed && !opts_.use_bind_port_ip && plan.quiet_servers) continue;
    for (const auto& segment : plan.segments) {
      if (!usable(segment, opts_.compat_traefik1)) continue;
      if (item.network_missed) {
        say(log_level::warning, "Could not find network named '" + (plan.network.empty() ? opts_.network : plan.network) + "' for container '" +
                                    item_name(spec, item) +
                                    "'! Maybe you're missing the project's prefix in the label? Defaulting to first available network.");
      }
      if (opts_.use_bind_port_ip && (item.at == nullptr || binding_of(*item.at, segment.port) == nullptr)) {
        say(log_level::info,
            "Unable to find a binding for container " + base::go_quote(item_name(spec, item)) + ", falling back on its internal IP/Port.");
      }
      say(segment.server_lines);
    }
  }
  return keep;
}

/// A container that takes no requests now keeps its route (503) unless another has it: containers are often two of a kind, and the
/// second must not take the first one's requests before it is healthy. Those that do take requests were added before.
bool configuration_builder::served_by_others(const cached_service& known) {
  if (!known.view->spec.container) return false;
  std::unordered_set<std::string> requests;
  for (const made_frontend* f : frontends_) requests.insert(same_requests_key(f->from->extent));
  requests.erase(std::string());  // of rules that nobody can compare
  return std::any_of(known.plan->segments.begin(), known.plan->segments.end(), [&](const segment_plan& s) {
    return usable(s, opts_.compat_traefik1) && (backends_.contains(s.backend.name) || requests.contains(same_requests_key(s.extent)));
  });
}

void configuration_builder::add(cached_service& known) {
  const auto& plan = *known.plan;
  const auto& where = *known.where;
  auto& verdict = out_.verdicts.emplace_back();
  verdict.service_id = known.view->spec.id;
  verdict.service = known.view->spec.name;
  verdict.container = known.view->spec.container;
  verdict.network = where.network;
  verdict.tasks_running = where.items.size();
  say(plan.swarm_lines);
  say(where.lines);
  if (opts_.compat_traefik1 || (plan.sound && !where.unreachable)) {
    bool keep = add_items(known);
    if (where.items.empty()) keep = !opts_.compat_traefik1 && kept(plan, known.view->spec, nullptr);
    // The route of a service without tasks stays, and the proxy answers 503: a safe deviation from Traefik.
    if (keep && !opts_.compat_traefik1 && out_.verdicts.back().tasks_running == 0 && !served_by_others(known)) {
      add_pieces(known, index_, false, false);
    }
  }
  if (!opts_.compat_traefik1 && plan.sound && plan.enabled && plan.failed_constraint.empty() && where.unreachable)
    for (const segment_plan& s : plan.segments)
      if (s.sound && !s.raw_rule.empty()) unreachable_.emplace_back(&known, &s);
  layer4_.add(known, out_.verdicts.back(), out_.verdicts.size() - 1);
  judge_service(out_.verdicts.back(), *known.view, plan, where, opts_);
}

// A service of which no task can be reached gets no frontend, so it takes nothing from one that works. The one that works says
// who else asks for its requests.
void configuration_builder::tell_of_unreachable() {
  if (unreachable_.empty()) return;
  std::unordered_map<std::string, const model::router*> by_requests;
  for (const auto* f : frontends_) by_requests.emplace(same_requests_key(f->from->extent), f->piece.get());
  for (const auto& [known, segment] : unreachable_) {
    const std::string key = same_requests_key(segment->extent);
    const auto at = by_requests.find(key);
    if (key.empty() || at == by_requests.end()) continue;
    const bool equal = at->second->rule.parts.front().rule == segment->rule;
    const std::string who = said_name(known->view->spec);
    for (std::size_t i = 0; i < out_.verdicts.size(); ++i) {
      const std::string& name = std::as_const(out_.verdicts)[i].service;
      if (name == at->second->swarm_service)
        out_.verdicts[i].diagnostics.push_back(
            {severity::note, unreachable_rival, "traefik.frontend.rule", shown(segment->rule, most_shown),
             who + (equal ? " has the same rule" : " asks for the same requests") + "; it cannot be reached, so this one is served",
             "give one of them another rule before " + known->view->spec.name + " is put on a network of waggle's"});
    }
  }
}

void configuration_builder::tell_of_rivals() {
  std::vector<rival> all;
  all.reserve(frontends_.size());
  for (const auto* f : frontends_) all.push_back({f->piece.get(), &f->from->extent, f->middlewares});
  report_conflicts(all, out_.verdicts);
  tell_missing_pages(all, out_.config.http.services, out_.verdicts);
}

/// Each router names its own middlewares and those of its backend, whose options may be another service's.
void configuration_builder::name_middlewares() {
  std::vector<const model::middleware*> all;
  for (made_frontend* const f : frontends_) {
    const auto backend = memory_.find(f->piece->service);
    all.clear();
    for (const auto& m : f->middlewares) all.push_back(m.get());
    if (backend != memory_.end())
      for (const auto& m : backend->second.middlewares) all.push_back(m.get());
    model::traefik1::put_in_order(all);
    const auto& named = f->piece->middlewares;
    const bool same = std::equal(all.begin(), all.end(), named.begin(), named.end(), [](const auto* m, const auto& name) { return m->name == name; });
    auto renewed = std::exchange(f->unnamed, nullptr);
    if (same) continue;
    if (!renewed) renewed = std::make_shared<model::router>(*f->piece);  // others have the piece by now
    renewed->middlewares.clear();
    renewed->middlewares.reserve(all.size());
    for (const auto* m : all) renewed->middlewares.push_back(m->name);
    f->piece = std::move(renewed);
  }
}

configuration_builder::outcome configuration_builder::finish() && {
  std::vector<const open_backends::value_type*> backends;
  backends.reserve(backends_.size());
  for (const auto& entry : backends_) backends.push_back(&entry);
  std::sort(backends.begin(), backends.end(), [](const auto* x, const auto* y) { return x->first < y->first; });
  std::sort(frontends_.begin(), frontends_.end(), [](const auto* x, const auto* y) { return x->piece->name < y->piece->name; });
  auto& config = out_.config.http;
  config.services.reserve(backends.size());
  config.routers.reserve(frontends_.size());
  std::vector<const made_backend*> made;
  made.reserve(backends.size());
  const backend_builder maker{claims_, memory_, round_, debug_, !out_.refused};
  for (const auto* entry : backends) {
    made.push_back(&maker.make(entry->first, entry->second));
    config.services.share(made.back()->piece);
  }
  name_middlewares();
  for (const auto* f : frontends_) config.routers.share(f->piece);
  std::vector<const middleware_list::piece*> middlewares;
  for (const auto* b : made)
    for (const auto& m : b->middlewares) middlewares.push_back(&m);
  for (const auto* f : frontends_)
    for (const auto& m : f->middlewares) middlewares.push_back(&m);
  config.middlewares = middlewares_.sorted(middlewares);
  for (const auto* b : made) say(b->lines);
  if (!out_.refused) {
    for (const auto* b : made) say(b->default_lines);
    for (const auto* f : frontends_) say(f->default_lines);
  }
  std::erase_if(memory_, [this](const auto& entry) { return entry.second.round != round_; });
  if (out_.refused) memory_.clear();  // made without defaults
  if (!opts_.compat_traefik1) {
    tell_of_rivals();
    tell_of_unreachable();
  }
  out_.layer4 = std::move(layer4_).finish(out_.config, out_.verdicts);
  out_.verdicts.sort([](const model::verdict& x, const model::verdict& y) { return x.service < y.service; });
  out_.backends = std::move(backends_);
  return std::move(out_);
}

}  // namespace waggle::discovery
