// Services whose tasks end soon after they began, again and again (a crash loop, an image that is not there): they are not worth
// watching closely, since nothing comes of it. Pure, given `now`.
#pragma once

#include "swarm/snapshot.hpp"

#include <waggle/base/clock.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace waggle::discovery {

class restart_watch {
 public:
  static constexpr base::seconds window{60};  ///< between two ends of one slot's tasks that belong together
  static constexpr unsigned loops_from = 3;   ///< ends in a row; an update ends each slot's task once

  /// A service changed. @param before  null: it is new
  void observe(const service_view* before, const service_view& after, base::mono_time now) {
    if (before == nullptr) return;
    std::set<std::string> still;
    for (const task& t : after.tasks)
      if (t.wanted()) still.insert(t.id.str());
    for (const task& t : before->tasks) {
      if (!t.wanted() || still.contains(t.id.str())) continue;
      auto& ends = services_[after.spec.id][slot_of(after.spec, t)];
      // Another version of the service: an update or a new scale ended it.
      ends.in_a_row = now - ends.last < window && ends.version == after.spec.version ? ends.in_a_row + 1 : 1;
      ends.last = now;
      ends.version = after.spec.version;
    }
  }

  /// Those that loop now. Forgets what is over.
  std::set<std::string> looping(base::mono_time now) {
    std::set<std::string> out;
    for (auto& [id, slots] : services_) {
      std::erase_if(slots, [now](const auto& s) { return now - s.second.last >= window; });
      for (const auto& [slot, ends] : slots)
        if (ends.in_a_row >= loops_from) out.insert(id);
    }
    std::erase_if(services_, [](const auto& s) { return s.second.empty(); });
    return out;
  }

 private:
  struct run {
    unsigned in_a_row = 0;
    base::mono_time last{};
    std::uint64_t version = 0;  // of the service
  };
  static std::string slot_of(const service& s, const task& t) { return s.global ? t.node_id.str() : std::to_string(t.slot); }

  std::map<std::string, std::map<std::string, run>> services_;  // by id, by slot
};

/// Wants tasks, and none of them runs.
inline bool starving(const service_view& v) {
  const bool wants = v.spec.global ? !v.tasks.empty() : v.spec.replicas.value_or(0) > 0;
  if (!wants) return false;
  for (const task& t : v.tasks)
    if (t.running()) return false;
  return true;
}

}  // namespace waggle::discovery
