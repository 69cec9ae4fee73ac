#include "reconcile/changes.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr std::size_t most_named = 20;

/// Services of one picture by id. Most that are asked for are among those that changed, so the others wait for a question.
class view_index {
 public:
  view_index(const snapshot& picture, const std::optional<std::vector<std::size_t>>& changed) : picture_(picture) {
    if (changed)
      for (const std::size_t i : *changed) add(picture.services[i]);
    else add_all();
  }

  const service_view* find(std::string_view id) {
    if (const auto it = by_id_.find(id); it != by_id_.end()) return it->second;
    if (whole_) return nullptr;
    add_all();
    return find(id);
  }

 private:
  void add(const std::shared_ptr<const service_view>& v) { by_id_.emplace(v->spec.id, v.get()); }
  void add_all() {
    by_id_.reserve(picture_.services.size());
    for (const auto& v : picture_.services) add(v);
    whole_ = true;
  }

  const snapshot& picture_;
  std::unordered_map<std::string_view, const service_view*> by_id_;
  bool whole_ = false;
};

bool of_containers(const snapshot& s) { return !s.services.empty() && s.services.front()->spec.container; }

const task* find_task(const service_view* view, std::string_view id) {
  if (view == nullptr) return nullptr;
  const auto it = std::find_if(view->tasks.begin(), view->tasks.end(), [&](const task& t) { return t.id == id; });
  return it == view->tasks.end() ? nullptr : &*it;
}

std::string listed(const std::vector<const model::server*>& servers, const char* kind) {
  std::string out;
  for (std::size_t i = 0; i < servers.size() && i < most_named; ++i) {
    if (i > 0) out += ", ";
    out += servers[i]->url.view();
    if (!servers[i]->origin.task_id.empty()) out += " (" + std::string(kind) + " " + servers[i]->origin.task_id.substr(0, 12) + ")";
  }
  if (servers.size() > most_named) out += " and " + std::to_string(servers.size() - most_named) + " more";
  return out;
}

std::string why_stopped(const model::server& s, const service_view* now) {
  if (now == nullptr) return "container stopped";
  if (s.origin.task_id != now->tasks.front().id) return "container replaced";
  return now->tasks.front().running() ? "labels or address changed" : std::string("container ") + now->tasks.front().state;
}

std::string why_started(const model::server& s, const service_view* was) {
  if (was == nullptr) return "container started";
  if (s.origin.task_id != was->tasks.front().id) return "container replaced";
  return was->tasks.front().running() ? "labels or address changed" : "container ready";
}

// Why a server is no longer there: asked of the picture after.
std::string why_removed(const model::server& s, view_index& before, view_index& after) {
  const auto* now = after.find(s.origin.service_id);
  if (const auto* any = now == nullptr ? before.find(s.origin.service_id) : now; any != nullptr && any->spec.container) return why_stopped(s, now);
  if (now == nullptr) return "service removed";
  if (s.origin.task_id.empty()) return "service changed";
  const auto* t = find_task(now, s.origin.task_id);
  if (t == nullptr || !t->wanted()) return "task shutting down";
  if (t->state != "running") return std::string("task ") + t->state;
  const auto* was = before.find(s.origin.service_id);
  if (was != nullptr && was->spec.labels != now->spec.labels) return "labels changed";
  return "address changed";
}

std::string why_added(const model::server& s, view_index& before, view_index& after) {
  const auto* was = before.find(s.origin.service_id);
  const auto* now = after.find(s.origin.service_id);
  if (now != nullptr && now->spec.container) return why_started(s, was);
  if (was == nullptr) return "service added";
  const auto* t = find_task(was, s.origin.task_id);
  if (t == nullptr || !t->running()) return "task started";
  if (now != nullptr && now->spec.labels != was->spec.labels) return "labels changed";
  return "address changed";
}

const std::vector<model::server>& servers_of(const model::service* s) {
  static const std::vector<model::server> none;
  const model::load_balancer* const balancer = s == nullptr ? nullptr : balancer_of(*s);
  return balancer == nullptr ? none : balancer->servers;
}

std::uint64_t replicas_of(const model::service& s) {
  const model::load_balancer* const balancer = balancer_of(s);
  return balancer == nullptr ? model::unknown_replicas : balancer->replicas;
}

class comparison {
 public:
  comparison(const snapshot& before, const snapshot& after)
      : containers_(of_containers(before) || of_containers(after)),
        changed_(changed_places(before, after)),
        before_(before, changed_),
        after_(after, changed_) {}

  /// @param options_changed  its middlewares did
  void backend(const model::service* was, const model::service* is, bool options_changed, std::vector<backend_change>& out) {
    if (!options_changed && (was == is || (was != nullptr && is != nullptr && *was == *is))) return;
    const auto& old_servers = servers_of(was);
    const auto& new_servers = servers_of(is);
    const auto added = missing(new_servers, old_servers), removed = missing(old_servers, new_servers);
    backend_change change;
    change.backend = is != nullptr ? is->name : was->name;
    std::vector<std::string> reasons;
    const auto note = [&reasons](std::string r) {
      if (std::find(reasons.begin(), reasons.end(), r) == reasons.end()) reasons.push_back(std::move(r));
    };
    for (const auto* s : removed) note(why_removed(*s, before_, after_));
    for (const auto* s : added) note(why_added(*s, before_, after_));
    const std::string whole = containers_ ? "container" : "service";
    if (reasons.empty())
      note(was == nullptr                          ? whole + " added"
           : is == nullptr                         ? whole + " removed"
           : replicas_of(*was) != replicas_of(*is) ? "replicas changed"
                                                   : "labels changed");
    for (const auto& r : reasons) change.reason += (change.reason.empty() ? "" : ", ") + r;
    const char* const kind = containers_ ? "container" : "task";
    change.added = listed(added, kind);
    change.removed = listed(removed, kind);
    const auto& any = !new_servers.empty() ? new_servers : old_servers;
    if (!any.empty()) change.service = any.front().origin.service_name.view();
    out.push_back(std::move(change));
  }

 private:
  // By identity, not by address: a task that took over an address is a new server.
  static std::vector<const model::server*> missing(const std::vector<model::server>& of, const std::vector<model::server>& in) {
    std::vector<const model::server*> out;
    if (of.empty()) return out;
    std::unordered_set<std::string> there;
    for (const auto& s : in) there.insert(s.id + " " + s.url);
    for (const auto& s : of) {
      if (there.empty() || !there.contains(s.id + " " + s.url)) out.push_back(&s);
    }
    return out;
  }

  const bool containers_;
  const std::optional<std::vector<std::size_t>> changed_;
  view_index before_, after_;
};

// Walks two lists sorted by name side by side. @param shared_too  visits what is one object in both as well
template <class Part, class Visit>
void side_by_side(const model::parts<Part>& a, const model::parts<Part>& b, Visit visit, bool shared_too = false) {
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() || j != b.end()) {
    if (i != a.end() && j != b.end() && !shared_too && &*i == &*j) ++i, ++j;  // shared: the same
    else if (j == b.end() || (i != a.end() && i->name < j->name)) visit(&*i++, static_cast<const Part*>(nullptr));
    else if (i == a.end() || j->name < i->name) visit(static_cast<const Part*>(nullptr), &*j++);
    else visit(&*i++, &*j++);
  }
}

using names = std::unordered_set<std::string_view>;

/// Middlewares that are not what they were: those of backends by the backend, the others by their own name.
struct changed_middlewares {
  names backends, others;
};

changed_middlewares middlewares_between(const model::http_configuration& was, const model::http_configuration& is) {
  changed_middlewares out;
  if (was.routers.empty() && was.services.empty()) return out;  // all that have any are new themselves
  side_by_side(was.middlewares, is.middlewares, [&](const model::middleware* a, const model::middleware* b) {
    if (a != nullptr && b != nullptr && *a == *b) return;
    for (const model::middleware* const m : {a, b}) {
      if (m == nullptr) continue;
      const std::string_view backend = model::traefik1::backend_behind(*m);
      (backend.empty() ? out.others : out.backends).insert(backend.empty() ? std::string_view(m->name) : backend);
    }
  });
  return out;
}

/// But for those of its backend: when they change, that is told of the backend.
std::vector<const model::middleware*> own_middlewares(const model::http_configuration& all, const model::router& r) {
  std::vector<const model::middleware*> out;
  for (const std::string& name : r.middlewares)
    if (const model::middleware* const m = find_named(all.middlewares, name); m != nullptr && model::traefik1::backend_behind(*m).empty())
      out.push_back(m);
  return out;
}

/// Both configurations of one provider's HTTP.
struct before_and_after {
  const model::http_configuration &was, &is;
};

bool names_any(const model::router& r, const names& some) {
  return !some.empty() && std::any_of(r.middlewares.begin(), r.middlewares.end(), [&](const std::string& name) { return some.contains(name); });
}

/// @param changed  middlewares
bool same_but_for_names(const before_and_after& all, const names& changed, model::router a, const model::router& b) {
  if (a.rule.parts.size() != b.rule.parts.size()) return false;
  if (a.middlewares != b.middlewares || names_any(b, changed)) {
    const auto old_ones = own_middlewares(all.was, a), new_ones = own_middlewares(all.is, b);
    const auto alike = [](const auto* x, const auto* y) { return x == y || x->kind == y->kind; };
    if (!std::equal(old_ones.begin(), old_ones.end(), new_ones.begin(), new_ones.end(), alike)) return false;
    a.middlewares = b.middlewares;
  }
  a.name = b.name;
  for (std::size_t i = 0; i < a.rule.parts.size(); ++i) a.rule.parts[i].name = b.rule.parts[i].name;
  return a == b;
}

/// Routers that are not as they were, by identity: one that got another index in its name is not news.
std::vector<frontend_change> frontend_changes(const before_and_after& all, const names& changed) {
  std::vector<std::pair<const model::router*, const model::router*>> pairs;  // was, is: of one name
  std::unordered_map<std::string_view, const model::router*> left;           // whose name is gone
  side_by_side(
      all.was.routers, all.is.routers,
      [&](const model::router* was, const model::router* is) {
        if (was != nullptr && is != nullptr && (was == is || identity_of(*was) == identity_of(*is))) {
          if (names_any(*is, changed) || (was != is && *was != *is)) pairs.emplace_back(was, is);
          return;
        }
        if (was != nullptr) left.emplace(identity_of(*was), was);
        if (is != nullptr) pairs.emplace_back(nullptr, is);
      },
      !changed.empty());
  std::vector<frontend_change> out;
  const auto tell = [&](const model::router& r, const char* what) {
    out.push_back({r.swarm_service, identity_of(r), r.rule.parts.empty() ? "" : r.rule.parts.front().rule, what});
  };
  for (auto& [was, is] : pairs)
    if (const auto at = was == nullptr ? left.find(identity_of(*is)) : left.end(); at != left.end()) {
      was = at->second;
      left.erase(at);
    }
  for (const auto& [was, is] : pairs)
    if (was == nullptr) tell(*is, "added");
    else if (!same_but_for_names(all, changed, *was, *is)) tell(*is, "changed");
  for (const auto& [identity, was] : left) tell(*was, "removed");
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.frontend < b.frontend; });
  return out;
}

std::string swarm_service_of(const model::tcp_router& r) { return r.swarm_service; }
std::string swarm_service_of(const model::udp_router& r) { return r.swarm_service; }
template <class Service>
std::string swarm_service_of(const Service& s) {
  return s.servers.empty() ? std::string() : s.servers.front().origin.service_name.str();
}

template <class Part>
void add_stream_changes(std::vector<stream_change>& to, const char* kind, const model::parts<Part>& was, const model::parts<Part>& is) {
  side_by_side(was, is, [&](const Part* a, const Part* b) {
    if (a != nullptr && b != nullptr && *a == *b) return;
    const Part& shown = b != nullptr ? *b : *a;
    to.push_back({swarm_service_of(shown), shown.name, kind, a == nullptr ? "added" : b == nullptr ? "removed" : "changed"});
  });
}

}  // namespace

change_list changes_between(const model::configuration& old_config, const snapshot& before, const model::configuration& new_config,
                            const snapshot& after) {
  change_list out;
  comparison compare(before, after);
  const before_and_after http{old_config.http, new_config.http};
  const changed_middlewares changed = middlewares_between(http.was, http.is);
  side_by_side(
      http.was.services, http.is.services,
      [&](const model::service* was, const model::service* is) {
        const std::string& name = is != nullptr ? is->name : was->name;
        compare.backend(was, is, changed.backends.contains(name), out.backends);
      },
      !changed.backends.empty());
  std::unordered_map<std::string_view, std::string_view> owner;  // backend → service, for backends without servers
  for (auto& c : out.backends) {
    if (!c.service.empty()) continue;
    if (owner.empty()) {
      for (const auto* all : {&http.was, &http.is}) {
        for (const auto& r : all->routers) owner[r.service] = r.swarm_service;
      }
    }
    if (const auto it = owner.find(c.backend); it != owner.end()) c.service = it->second;
  }
  out.frontends = frontend_changes(http, changed.others);
  add_stream_changes(out.streams, "TCP router", old_config.tcp.routers, new_config.tcp.routers);
  add_stream_changes(out.streams, "TCP service", old_config.tcp.services, new_config.tcp.services);
  add_stream_changes(out.streams, "UDP router", old_config.udp.routers, new_config.udp.routers);
  add_stream_changes(out.streams, "UDP service", old_config.udp.services, new_config.udp.services);
  return out;
}

}  // namespace waggle::discovery
