#include "reconcile/changes.hpp"

#include <algorithm>
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

const task* find_task(const service_view* view, std::string_view id) {
  if (view == nullptr) return nullptr;
  const auto it = std::find_if(view->tasks.begin(), view->tasks.end(), [&](const task& t) { return t.id == id; });
  return it == view->tasks.end() ? nullptr : &*it;
}

std::string listed(const std::vector<const model::server*>& servers) {
  std::string out;
  for (std::size_t i = 0; i < servers.size() && i < most_named; ++i) {
    if (i > 0) out += ", ";
    out += servers[i]->url.view();
    if (!servers[i]->origin.task_id.empty()) out += " (task " + servers[i]->origin.task_id.substr(0, 12) + ")";
  }
  if (servers.size() > most_named) out += " and " + std::to_string(servers.size() - most_named) + " more";
  return out;
}

// Why a server is no longer there: asked of the picture after.
std::string why_removed(const model::server& s, view_index& before, view_index& after) {
  const auto* now = after.find(s.origin.service_id);
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
  if (was == nullptr) return "service added";
  const auto* t = find_task(was, s.origin.task_id);
  if (t == nullptr || !t->running()) return "task started";
  const auto* now = after.find(s.origin.service_id);
  if (now != nullptr && now->spec.labels != was->spec.labels) return "labels changed";
  return "address changed";
}

class comparison {
 public:
  comparison(const snapshot& before, const snapshot& after)
      : changed_(changed_places(before, after)), before_(before, changed_), after_(after, changed_) {}

  void backend(const model::backend* was, const model::backend* is, std::vector<backend_change>& out) {
    if (was == is || (was != nullptr && is != nullptr && *was == *is)) return;
    static const std::vector<model::server> none;
    const auto& old_servers = was != nullptr ? was->servers : none;
    const auto& new_servers = is != nullptr ? is->servers : none;
    const auto added = missing(new_servers, old_servers), removed = missing(old_servers, new_servers);
    backend_change change;
    change.backend = is != nullptr ? is->name : was->name;
    std::vector<std::string> reasons;
    const auto note = [&reasons](std::string r) {
      if (std::find(reasons.begin(), reasons.end(), r) == reasons.end()) reasons.push_back(std::move(r));
    };
    for (const auto* s : removed) note(why_removed(*s, before_, after_));
    for (const auto* s : added) note(why_added(*s, before_, after_));
    if (reasons.empty())
      note(was == nullptr                  ? "service added"
           : is == nullptr                 ? "service removed"
           : was->replicas != is->replicas ? "replicas changed"
                                           : "labels changed");
    for (const auto& r : reasons) change.reason += (change.reason.empty() ? "" : ", ") + r;
    change.added = listed(added);
    change.removed = listed(removed);
    const auto& any = !new_servers.empty() ? new_servers : old_servers;
    if (!any.empty()) change.service = any.front().origin.service_name.view();
    out.push_back(std::move(change));
  }

 private:
  // By identity, not by address: a task that took over an address is a new server.
  static std::vector<const model::server*> missing(const std::vector<model::server>& of, const std::vector<model::server>& in) {
    std::unordered_set<std::string> there;
    for (const auto& s : in) there.insert(s.id + " " + s.url);
    std::vector<const model::server*> out;
    for (const auto& s : of) {
      if (!there.contains(s.id + " " + s.url)) out.push_back(&s);
    }
    return out;
  }

  const std::optional<std::vector<std::size_t>> changed_;
  view_index before_, after_;
};

// Walks two lists sorted by name side by side.
template <class Part, class Visit>
void side_by_side(const model::parts<Part>& a, const model::parts<Part>& b, Visit visit) {
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() || j != b.end()) {
    if (i != a.end() && j != b.end() && &*i == &*j) ++i, ++j;  // shared: the same
    else if (j == b.end() || (i != a.end() && i->name < j->name)) visit(&*i++, static_cast<const Part*>(nullptr));
    else if (i == a.end() || j->name < i->name) visit(static_cast<const Part*>(nullptr), &*j++);
    else visit(&*i++, &*j++);
  }
}

bool same_but_for_names(model::frontend a, const model::frontend& b) {
  if (a.routes.size() != b.routes.size()) return false;
  a.name = b.name;
  for (std::size_t i = 0; i < a.routes.size(); ++i) a.routes[i].name = b.routes[i].name;
  return a == b;
}

/// Frontends that are not as they were, by identity: one that got another index in its name is not news.
std::vector<frontend_change> frontend_changes(const model::parts<model::frontend>& old_ones, const model::parts<model::frontend>& new_ones) {
  std::vector<std::pair<const model::frontend*, const model::frontend*>> pairs;  // was, is: of one name
  std::unordered_map<std::string_view, const model::frontend*> left;             // whose name is gone
  side_by_side(old_ones, new_ones, [&](const model::frontend* was, const model::frontend* is) {
    if (was != nullptr && is != nullptr && identity_of(*was) == identity_of(*is)) {
      if (was != is && *was != *is) pairs.emplace_back(was, is);
      return;
    }
    if (was != nullptr) left.emplace(identity_of(*was), was);
    if (is != nullptr) pairs.emplace_back(nullptr, is);
  });
  std::vector<frontend_change> out;
  const auto tell = [&](const model::frontend& f, const char* what) {
    out.push_back({f.service, identity_of(f), f.routes.empty() ? "" : f.routes.front().rule, what});
  };
  for (auto& [was, is] : pairs)
    if (const auto at = was == nullptr ? left.find(identity_of(*is)) : left.end(); at != left.end()) {
      was = at->second;
      left.erase(at);
    }
  for (const auto& [was, is] : pairs)
    if (was == nullptr) tell(*is, "added");
    else if (!same_but_for_names(*was, *is)) tell(*is, "changed");
  for (const auto& [identity, was] : left) tell(*was, "removed");
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.frontend < b.frontend; });
  return out;
}

}  // namespace

change_list changes_between(const model::configuration& old_config, const snapshot& before, const model::configuration& new_config,
                            const snapshot& after) {
  change_list out;
  comparison compare(before, after);
  side_by_side(old_config.backends, new_config.backends,
               [&](const model::backend* was, const model::backend* is) { compare.backend(was, is, out.backends); });
  std::unordered_map<std::string_view, std::string_view> owner;  // backend → service, for backends without servers
  for (auto& c : out.backends) {
    if (!c.service.empty()) continue;
    if (owner.empty()) {
      for (const auto* config : {&old_config, &new_config}) {
        for (const auto& f : config->frontends) owner[f.backend] = f.service;
      }
    }
    if (const auto it = owner.find(c.backend); it != owner.end()) c.service = it->second;
  }
  out.frontends = frontend_changes(old_config.frontends, new_config.frontends);
  return out;
}

}  // namespace waggle::discovery
