#include "swarm/moves.hpp"

#include <chrono>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr base::milliseconds longest_hold{2'000};

std::set<std::string> unknown_of(const std::shared_ptr<const service_view>& view, const network_map& known) {
  const auto ids = unknown_networks({view}, known);
  return {ids.begin(), ids.end()};
}

}  // namespace

void keep_networks_in_use(network_map& newest, const network_map& before, const std::vector<std::shared_ptr<const service_view>>& services) {
  for (const std::string& id : unknown_networks(services, newest))
    if (const auto old = before.find(id); old != before.end()) newest.insert(*old);
}

std::set<std::string> moving_services::hold(snapshot& next, const snapshot& before, base::mono_time now) {
  std::set<std::string> out;
  std::map<std::string, base::mono_time> held;
  std::unordered_map<std::string_view, std::shared_ptr<const service_view>> last;
  for (const auto& v : before.services) last.emplace(v->spec.id, v);
  for (auto& view : next.services) {
    const auto old = last.find(view->spec.id);
    if (old == last.end() || old->second == view) continue;
    const auto unknown = unknown_of(view, next.networks);
    if (unknown.empty() || !unknown_of(old->second, next.networks).empty()) continue;
    std::string key = view->spec.id;  // with the networks: its next move has a time of its own
    for (const std::string& id : unknown) key += ' ' + id;
    const auto first = since_.find(key);
    const base::mono_time since = first == since_.end() ? now : first->second;
    held.emplace(std::move(key), since);
    if (now - since >= longest_hold) continue;
    out.insert(unknown.begin(), unknown.end());
    view = old->second;
  }
  since_ = std::move(held);
  return out;
}

}  // namespace waggle::discovery
