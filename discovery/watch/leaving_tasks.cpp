#include "watch/leaving_tasks.hpp"

#include "translate/plan_layer4.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace waggle::discovery {

namespace {

using view_ptr = std::shared_ptr<const service_view>;

bool below_http(const service& s) {
  return std::any_of(s.labels.begin(), s.labels.end(), [](const auto& l) { return is_layer4_label(l.first); });
}

/// Pairs of views of one service that are not the same, old and new. Usually the lists are alike, place by place.
template <class Take>
void for_changed(const std::vector<view_ptr>& before, const std::vector<view_ptr>& now, Take take) {
  const bool alike = before.size() == now.size() && std::equal(before.begin(), before.end(), now.begin(), [](const view_ptr& a, const view_ptr& b) {
                       return a == b || a->spec.id == b->spec.id;
                     });
  std::unordered_map<std::string_view, const service_view*> by_id;
  if (!alike)
    for (const view_ptr& v : before) by_id.emplace(v->spec.id, v.get());
  for (std::size_t i = 0; i < now.size(); ++i) {
    const service_view* old = nullptr;
    if (alike) old = before[i].get();
    else if (const auto it = by_id.find(now[i]->spec.id); it != by_id.end()) old = it->second;
    if (old != nullptr && old != now[i].get()) take(*old, i);
  }
}

}  // namespace

std::vector<left_tasks> who_left(const snapshot& before, const std::vector<view_ptr>& now, const std::set<std::string>& down) {
  std::vector<left_tasks> out;
  for_changed(before.services, now, [&](const service_view& old, std::size_t place) {
    if (!below_http(now[place]->spec)) return;
    left_tasks one{place, {}};
    std::unordered_set<std::string_view> listed;
    for (const task& t : now[place]->tasks) listed.insert(t.id.view());
    for (const task& t : old.tasks)
      if ((t.running() || t.leaving()) && !listed.contains(t.id.view()) && !down.contains(t.node_id.str())) one.tasks.push_back(t);
    if (!one.tasks.empty()) out.push_back(std::move(one));
  });
  return out;
}

void keep_leaving(std::vector<view_ptr>& now, const std::vector<left_tasks>& left, const std::vector<task>& ended, const snapshot& before) {
  std::unordered_map<std::string_view, const task*> by_id;
  for (const task& t : ended) by_id.emplace(t.id.view(), &t);
  for (const left_tasks& one : left) {
    service_view next = *now[one.place];
    for (task t : one.tasks) {
      const auto at = by_id.find(t.id.view());
      if (at == by_id.end() || !at->second->leaving()) continue;
      t.state = at->second->state;
      t.desired_state = at->second->desired_state;
      next.tasks.push_back(std::move(t));
    }
    if (next.tasks.size() == now[one.place]->tasks.size()) continue;
    // Nothing happened since the last look: the view stays the one it was.
    const auto old = std::find_if(before.services.begin(), before.services.end(), [&](const view_ptr& v) { return v->spec.id == next.spec.id; });
    now[one.place] = old != before.services.end() && **old == next ? *old : std::make_shared<const service_view>(std::move(next));
  }
}

}  // namespace waggle::discovery
