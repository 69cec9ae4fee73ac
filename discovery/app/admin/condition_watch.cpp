#include "admin/condition_watch.hpp"

#include "admin/story.hpp"

#include <algorithm>
#include <utility>

namespace waggle::app::admin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds usual{5'000};
constexpr int rest_of_each = 200;  // a look may take half a percent of one CPU

/// What the reason of a failing service comes from, with its fix.
const model::diagnostic* cause_of(const story& s) {
  for (const char* const code : {"connects-fail", "health-check-fails", "many-errors"})
    for (const model::diagnostic& d : s.advice)
      if (d.code == code) return &d;
  return nullptr;
}

}  // namespace

milliseconds condition_watch::look() {
  const base::mono_time begun = base::now();
  const picture p(from_);
  condition_counts counts{};
  for (const story& s : p.stories())
    ++counts[static_cast<std::size_t>(std::find(condition_states.begin(), condition_states.end() - 1, s.is.state) - condition_states.begin())];
  {
    const std::lock_guard lock(mutex_);
    counts_ = counts;
  }
  tell(p);
  return std::max(usual, rest_of_each * std::chrono::duration_cast<milliseconds>(base::now() - begun));
}

std::optional<condition_counts> condition_watch::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

// Two looks in a row, so that a restart is no failure. Services whose tasks do not run are told of by discovery.
void condition_watch::tell(const picture& p) {
  std::set<std::string, std::less<>> now;
  for (const story& s : p.stories()) {
    const std::string& name = s.verdict->service;
    const bool has_servers = std::any_of(s.backends.begin(), s.backends.end(), [](const balanced& b) { return !b->servers.empty(); });
    if (s.is.state == "failing" && has_servers) {
      now.insert(name);
      if (!tells_ || !failed_.contains(name) || !told_.insert(name).second) continue;
      const model::diagnostic* const cause = cause_of(s);
      log_.error("Service failing", {{"service", name}, {"reason", s.is.reason}, {"fix", cause ? cause->fix : "docker service logs " + name}});
    } else if (told_.erase(name) > 0) {
      log_.error("Service no longer failing", {{"service", name}});
    }
  }
  std::erase_if(told_, [&](const std::string& name) { return p.find(name) == nullptr; });
  failed_ = std::move(now);
}

}  // namespace waggle::app::admin
