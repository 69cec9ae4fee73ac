#include "swarm/snapshot.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

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

std::unordered_map<std::string_view, view_ptr> index(const snapshot& picture) {
  std::unordered_map<std::string_view, view_ptr> out;
  out.reserve(picture.services.size());
  for (const auto& v : picture.services) out.emplace(v->spec.id, v);
  return out;
}

view_ptr reuse(service_view fresh, const std::unordered_map<std::string_view, view_ptr>& known) {
  if (const auto it = known.find(fresh.spec.id); it != known.end() && *it->second == fresh) return it->second;
  return std::make_shared<const service_view>(std::move(fresh));
}

}  // namespace

std::vector<view_ptr> assemble(std::vector<service> services, std::vector<task> tasks, const snapshot& before) {
  const auto known = index(before);
  auto grouped = group(services, std::move(tasks));
  std::vector<view_ptr> out;
  out.reserve(services.size());
  for (auto& s : services) {
    auto mine = std::move(grouped[s.id]);
    out.push_back(reuse({std::move(s), std::move(mine)}, known));
  }
  return out;
}

std::vector<view_ptr> overlay(const std::vector<std::string>& asked, std::vector<service> services,
                              std::vector<task> tasks, const snapshot& before) {
  const auto fresh = assemble(std::move(services), std::move(tasks), before);
  const std::set<std::string_view> wanted(asked.begin(), asked.end());
  std::unordered_map<std::string_view, view_ptr> answered;
  for (const auto& v : fresh) answered.emplace(v->spec.id, v);
  std::vector<view_ptr> out;
  out.reserve(before.services.size() + fresh.size());
  for (const auto& v : before.services) {
    if (const auto it = answered.find(v->spec.id); it != answered.end()) {
      out.push_back(it->second);
      answered.erase(it);
    } else if (!wanted.contains(v->spec.id)) {
      out.push_back(v);
    }
  }
  for (const auto& v : fresh) {
    if (answered.contains(v->spec.id)) out.push_back(v);
  }
  return out;
}

std::vector<view_ptr> overlay_tasks(const std::vector<std::string>& asked, std::vector<task> tasks,
                                    const snapshot& before) {
  const std::set<std::string_view> wanted(asked.begin(), asked.end());
  std::vector<service> services;
  for (const auto& v : before.services) {
    if (wanted.contains(v->spec.id)) services.push_back(v->spec);
  }
  std::vector<std::string> still;
  for (const auto& s : services) still.push_back(s.id);
  return overlay(still, std::move(services), std::move(tasks), before);
}

bool same(const snapshot& a, const snapshot& b) noexcept {
  return a.networks == b.networks && std::equal(a.services.begin(), a.services.end(), b.services.begin(),
                                                b.services.end(), [](const view_ptr& x, const view_ptr& y) {
                                                  return x == y || *x == *y;
                                                });
}

std::vector<std::string> unsettled(const snapshot& picture) {
  std::vector<std::string> out;
  for (const auto& v : picture.services) {
    const bool moving = v->spec.update_state == "updating" || v->spec.update_state == "rollback_started" ||
                        std::any_of(v->tasks.begin(), v->tasks.end(),
                                    [](const task& t) { return t.wanted() && !t.running(); });
    if (moving) out.push_back(v->spec.id);
  }
  return out;
}

std::vector<std::string> unknown_networks(const snapshot& picture) {
  std::set<std::string_view> out;
  std::unordered_set<std::string_view> met;
  const auto meet = [&](std::string_view id) {
    if (met.insert(id).second && picture.networks.find(id) == picture.networks.end()) out.insert(id);
  };
  const void* last = nullptr;  // tasks side by side share the text of their network's id
  for (const auto& v : picture.services) {
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
