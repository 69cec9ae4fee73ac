#include "watch/looker.hpp"

#include <algorithm>

namespace waggle::discovery {

using views_t = std::vector<std::shared_ptr<const service_view>>;

engine_result<views_t> looker::views(const look& what, const snapshot& before) {
  step_ = "tasks";
  if (what.kind == look_kind::tasks) {
    auto tasks = client_.tasks(what.services);
    if (tasks.has_error()) return tasks.error();
    answered_ = base::now();
    return overlay_tasks(what.services, std::move(*tasks), before);
  }
  step_ = "services";
  auto services = client_.services(what.services);
  if (services.has_error()) return services.error();
  if (what.kind == look_kind::full) {
    step_ = "tasks";
    auto tasks = client_.tasks({});
    if (tasks.has_error()) return tasks.error();
    answered_ = base::now();
    return assemble(std::move(*services), std::move(*tasks), before);
  }
  // The id filter matches prefixes; what was not asked for is not part of the answer.
  std::erase_if(*services, [&](const service& s) {
    return std::find(what.services.begin(), what.services.end(), s.id) == what.services.end();
  });
  std::vector<std::string> ids;
  for (const auto& s : *services) ids.push_back(s.id);
  std::vector<task> tasks;
  if (!ids.empty()) {
    step_ = "tasks";
    auto answer = client_.tasks(ids);
    if (answer.has_error()) return answer.error();
    tasks = std::move(*answer);
  }
  answered_ = base::now();
  return overlay(what.services, std::move(*services), std::move(tasks), before);
}

engine_result<snapshot> looker::take(const look& what, const snapshot& before) {
  auto found = views(what, before);
  if (found.has_error()) return found.error();
  snapshot out;
  out.services = std::move(*found);
  out.networks = networks_;
  const auto unknown = unknown_networks(out);
  const bool wanted = std::any_of(unknown.begin(), unknown.end(), [this](const auto& id) { return !absent_.contains(id); });
  if (networks_stale_ || what.networks || wanted) {
    step_ = "networks";
    auto networks = client_.networks();
    if (networks.has_error()) return networks.error();
    networks_ = std::move(*networks);
    networks_stale_ = false;
    answered_ = base::now();
    out.networks = networks_;
    const auto still = unknown_networks(out);
    absent_ = {still.begin(), still.end()};
  }
  return out;
}

}  // namespace waggle::discovery
