#include "reconcile/guard.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

namespace {

using view_ptr = std::shared_ptr<const service_view>;

bool older_tasks(const service_view& before, const service_view& after) {
  std::unordered_map<std::string_view, std::uint64_t> known;
  for (const auto& t : before.tasks) known.emplace(t.id, t.version);
  for (const auto& t : after.tasks) {
    const auto it = known.find(t.id);
    if (it != known.end() && t.version != 0 && t.version < it->second) return true;
  }
  return false;
}

// An object's version only ever grows (SwarmKit: Meta.Version is the store's index at its last write).
bool older(const service_view& before, const service_view& after) {
  return (after.spec.version != 0 && after.spec.version < before.spec.version) || older_tasks(before, after);
}

struct difference {
  bool older = false;             ///< some service is older than before
  std::vector<view_ptr> missing;  ///< vanished, and nobody had announced it
};

difference compare(const snapshot& before, const snapshot& after, const std::set<std::string>& announced) {
  difference out;
  if (const auto places = changed_places(before, after)) {
    for (const std::size_t i : *places) out.older = out.older || older(*before.services[i], *after.services[i]);
    return out;
  }
  std::unordered_map<std::string_view, const service_view*> now;
  now.reserve(after.services.size());
  for (const auto& v : after.services) now.emplace(v->spec.id, v.get());
  for (const auto& v : before.services) {
    const auto it = now.find(v->spec.id);
    if (it != now.end()) out.older = out.older || (it->second != v.get() && older(*v, *it->second));
    else if (!announced.contains(v->spec.id)) out.missing.push_back(v);
  }
  return out;
}

}  // namespace

guard::ruling guard::judge(const snapshot& in_force, snapshot& picture, bool full, const std::set<std::string>& announced, base::mono_time now) {
  auto [stale, missing] = compare(in_force, picture, announced);
  if (stale) {
    const bool news = !stale_since_;
    if (news) stale_since_ = now;
    ++stale_seen_;
    if (stale_seen_ < stale_looks || now - *stale_since_ < stale_confirm) {
      return {answer::refuse, "the manager shows an older state of the swarm than before", news};
    }
    stale_since_.reset();
    stale_seen_ = 0;
    return {answer::take, "the manager insists on an older state of the swarm; taken", true};
  }
  stale_since_.reset();
  stale_seen_ = 0;

  const std::size_t had = in_force.services.size();
  const bool bulk = !missing.empty() && (missing.size() == had || (had >= 4 && missing.size() * 2 > had));
  if (!bulk) {
    if (full) vanishing_since_.reset();
    return {};
  }
  const bool news = !vanishing_since_;
  if (news) vanishing_since_ = now;
  if (full && now - *vanishing_since_ >= vanish_confirm) {
    vanishing_since_.reset();
    return {answer::take, std::to_string(missing.size()) + " services are gone for good", true};
  }
  picture.services.insert(picture.services.end(), missing.begin(), missing.end());
  return {answer::repair, std::to_string(missing.size()) + " of " + std::to_string(had) + " services vanished at once; they stay until a second look",
          news};
}

}  // namespace waggle::discovery
