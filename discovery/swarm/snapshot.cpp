#include "swarm/snapshot.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace waggle::discovery {

namespace {

using view_ptr = std::shared_ptr<const service_view>;
using tasks_by_service = std::unordered_map<std::string_view, std::vector<task>>;

// The keys view the ids of `services`, which must outlive the map.
tasks_by_service group(const std::vector<service>& services, std::vector<task> tasks) {
  tasks_by_service out;
  out.reserve(services.size());
  for (const auto& s : services) out.try_emplace(s.id);
  for (auto& t : tasks) {
    if (const auto it = out.find(t.service_id); it != out.end()) it->second.push_back(std::move(t));
  }
  return out;
}

using views_by_id = std::unordered_map<std::string_view, view_ptr>;

views_by_id index(const std::vector<view_ptr>& views) {
  views_by_id out;
  out.reserve(views.size());
  for (const auto& v : views) out.emplace(v->spec.id, v);
  return out;
}

view_ptr reuse(service_view fresh, const views_by_id& known) {
  if (const auto it = known.find(fresh.spec.id); it != known.end() && *it->second == fresh) return it->second;
  return std::make_shared<const service_view>(std::move(fresh));
}

std::vector<view_ptr> put_together(std::vector<service> services, std::vector<task> tasks, const views_by_id& known) {
  auto grouped = group(services, std::move(tasks));
  std::vector<view_ptr> out;
  out.reserve(services.size());
  for (auto& s : services) {
    auto mine = std::move(grouped[s.id]);
    out.push_back(reuse({std::move(s), std::move(mine)}, known));
  }
  return out;
}

std::vector<view_ptr> overlay_at(const std::vector<std::size_t>& places, std::vector<service> services, std::vector<task> tasks,
                                 const snapshot& before) {
  std::vector<view_ptr> known;
  for (const std::size_t i : places) known.push_back(before.services[i]);
  const auto fresh = put_together(std::move(services), std::move(tasks), index(known));
  auto answered = index(fresh);
  auto out = before.services;
  for (const std::size_t i : places) {
    const auto it = answered.find(before.services[i]->spec.id);
    out[i] = it == answered.end() ? nullptr : it->second;
    if (it != answered.end()) answered.erase(it);
  }
  std::erase(out, nullptr);
  for (const auto& v : fresh)
    if (answered.contains(v->spec.id)) out.push_back(v);
  return out;
}

}  // namespace

std::vector<std::size_t> places_of(const std::vector<std::string>& ids, const snapshot& picture) {
  const std::unordered_set<std::string_view> wanted(ids.begin(), ids.end());
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < picture.services.size(); ++i)
    if (wanted.contains(picture.services[i]->spec.id)) out.push_back(i);
  return out;
}

std::vector<view_ptr> assemble(std::vector<service> services, std::vector<task> tasks, const snapshot& before) {
  return put_together(std::move(services), std::move(tasks), index(before.services));
}

std::vector<view_ptr> overlay(const std::vector<std::string>& asked, std::vector<service> services, std::vector<task> tasks, const snapshot& before) {
  return overlay_at(places_of(asked, before), std::move(services), std::move(tasks), before);
}

std::vector<view_ptr> overlay_tasks(const std::vector<std::size_t>& places, std::vector<task> tasks, const snapshot& before) {
  std::vector<service> services;
  for (const std::size_t i : places) services.push_back(before.services[i]->spec);
  return overlay_at(places, std::move(services), std::move(tasks), before);
}

bool same(const snapshot& a, const snapshot& b) noexcept {
  return a.networks == b.networks && std::equal(a.services.begin(), a.services.end(), b.services.begin(), b.services.end(),
                                                [](const view_ptr& x, const view_ptr& y) { return x == y || *x == *y; });
}

std::optional<std::vector<std::size_t>> changed_places(const snapshot& before, const snapshot& after) {
  if (before.services.size() != after.services.size()) return std::nullopt;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < after.services.size(); ++i) {
    const auto &x = before.services[i], &y = after.services[i];
    if (x == y) continue;
    if (x->spec.id != y->spec.id) return std::nullopt;
    out.push_back(i);
  }
  return out;
}

bool unsettled(const service_view& view) {
  if (view.spec.container) return false;  // whether it is healthy yet, an event tells
  return view.spec.update_state == "updating" || view.spec.update_state == "rollback_started" ||
         std::any_of(view.tasks.begin(), view.tasks.end(), [](const task& t) { return t.wanted() && !t.running(); });
}

std::vector<std::string> unknown_networks(const std::vector<view_ptr>& services, const network_map& known) {
  std::set<std::string_view> out;
  std::unordered_set<std::string_view> met;
  const auto meet = [&](std::string_view id) {
    if (met.insert(id).second && known.find(id) == known.end()) out.insert(id);
  };
  const void* last = nullptr;  // tasks side by side share the text of their network's id
  for (const auto& v : services) {
    for (const auto& t : v->tasks) {
      for (const auto& a : t.attachments) {
        if (a.network_id.address() != last || last == nullptr) meet(a.network_id);
        last = a.network_id.address();
      }
    }
    for (const auto& ip : v->spec.virtual_ips) meet(ip.network_id);
    for (const auto& id : v->spec.network_ids) meet(id);
  }
  return {out.begin(), out.end()};
}

}  // namespace waggle::discovery
