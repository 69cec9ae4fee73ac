#include "watch/task_reasons.hpp"

#include "reconcile/restarts.hpp"

#include <cstdint>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr base::seconds starving_for{5}, between_questions{5}, after_denial{60};
constexpr std::size_t most_asked = 32;  // services in one call

}  // namespace

void task_reasons::note(const service_view& v, base::mono_time now) {
  if (starving(v) || v.spec.update_state == "paused" || v.spec.update_state == "rollback_paused") starving_.try_emplace(v.spec.id, now);
  else starving_.erase(v.spec.id);
}

std::vector<std::string> task_reasons::whom(const std::map<std::string_view, const service_view*>& known, const std::set<std::string>& looping,
                                            base::mono_time now) {
  std::erase_if(starving_, [&](const auto& s) { return !known.contains(s.first); });
  std::vector<std::string> out;
  for (const auto& id : looping)
    if (known.contains(id) && out.size() < most_asked) out.push_back(id);
  for (const auto& [id, since] : starving_)
    if (now - since >= starving_for && !looping.contains(id) && out.size() < most_asked) out.push_back(id);
  return out;
}

void task_reasons::ask(const snapshot& picture, const std::set<std::string>& looping, base::mono_time now) {
  if (looping.empty() && starving_.empty() && told_.empty()) return;  // as nearly always
  if (now < again_) return;
  again_ = now + between_questions;
  std::map<std::string_view, const service_view*> known;
  for (const auto& v : picture.services) known.emplace(v->spec.id, v.get());
  const auto ids = whom(known, looping, now);
  std::map<std::string, std::string> found;
  std::map<std::string, std::uint64_t> newest;
  const auto note = [&](const task& t) {
    const std::string id = t.service_id.str();
    if (t.error.empty() || t.version < newest[id] || !known.contains(id)) return;
    newest[id] = t.version;
    found[id] = t.error.str();
  };
  if (!ids.empty()) {
    const auto ended = client_.ended_tasks(ids);
    if (ended.has_error()) {  // denied, or away: looks tell of that
      again_ = now + after_denial;
      return;
    }
    for (const task& t : *ended) note(t);
  }
  for (const std::string& id : ids)
    for (const task& t : known[id]->tasks) note(t);  // such as "no suitable node"
  for (const auto& [id, reason] : found) {
    const auto old = told_.find(id);
    if (old != told_.end() && old->second == reason) continue;
    const std::string& name = known[id]->spec.name;
    log_.write(level_, "Tasks do not start or stay", {{"service", name}, {"reason", reason}, {"fix", "docker service ps --no-trunc " + name}});
  }
  for (const auto& [id, reason] : told_)
    if (const auto now_known = known.find(id); !found.contains(id) && now_known != known.end())
      log_.write(level_, "Tasks start and stay again", {{"service", now_known->second->spec.name}});
  if (found == told_) return;
  told_ = std::move(found);
  board_.show(told_);
}

}  // namespace waggle::discovery
