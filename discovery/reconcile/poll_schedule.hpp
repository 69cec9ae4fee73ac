// When to look at the swarm, and at what: base interval, hints, the hot window of services in motion, and the share of
// the Engine's time that waggle allows itself. Pure, given `now`.
#pragma once

#include "reconcile/change_source.hpp"

#include <waggle/base/clock.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace waggle::discovery {

enum class poll_scope {
  full,      ///< all services, all tasks
  services,  ///< some services and their tasks
  tasks      ///< only the tasks of some services
};

struct look {
  poll_scope kind = poll_scope::full;
  std::vector<std::string> services;  ///< for the kinds that are limited
  bool networks = false;
  std::string reason;
};

class poll_schedule {
 public:
  poll_schedule(base::milliseconds interval, base::milliseconds longest) : interval_(interval), longest_(longest) {}

  void hint(change_hint hint, base::mono_time now);
  /// A look has ended. @param cost  how long the Engine took for it.
  void looked(const look& done, base::nanoseconds cost, base::mono_time now);
  /// What the newest picture shows. @param unsettled  services with work in progress; @param changed  that moved;
  /// @param looping  those whose tasks end again and again: they are looked at once a second, since their other tasks may stop.
  void observed(const std::set<std::string>& unsettled, const std::vector<std::string>& changed, base::mono_time now,
                const std::set<std::string>& looping = {});
  /// Everything known is void (the Engine was away): look at all, at once.
  void restart() noexcept;

  /// The look that is due, if any. It must be followed by looked().
  std::optional<look> due(base::mono_time now);
  /// When to ask again if nothing happens.
  base::mono_time next(base::mono_time now) const;

  bool hot() const noexcept { return !hot_.empty(); }

  static constexpr base::milliseconds hot_interval{50};
  static constexpr std::size_t most_services = 64;  ///< in one limited look; more make it a full one

 private:
  struct hot_service {
    base::mono_time since, changed;
    bool unsettled = false;
  };
  // Engine time that may be spent: it accrues at a share of wall time and is capped, so that one slow answer after a
  // quiet minute does not blind waggle, and a long series of them is held to the share.
  struct time_budget {
    base::mono_time ended{};
    base::nanoseconds cost{0}, usual{0};  // of the last look, as it counts; smoothed over some
    double credit_ns = 0;                 // may be negative
    double share = 0;                     // of wall time, since `ended`
    base::mono_time allowed() const;
    void spend(base::nanoseconds spent, double next_share, base::mono_time now);
  };

  base::mono_time limited_allowed() const;
  base::nanoseconds full_gap() const;
  base::mono_time full_allowed() const;
  base::mono_time full_due() const;
  base::mono_time hot_due(base::mono_time now) const;
  void cool(base::mono_time now);

  base::milliseconds interval_, longest_;
  time_budget full_, limited_;
  bool first_ = true, wanted_ = false, networks_ = false;
  std::string reason_, limited_reason_;
  std::set<std::string> pending_;
  std::vector<base::mono_time> again_;  // full looks to come after a hint that named no service
  std::map<std::string, hot_service> hot_;
  bool doubted_ = false;               // a doubt waits for its look
  base::milliseconds doubt_pause_{0};  // grows while looks out of doubt show nothing new
  base::mono_time doubt_next_{};
  struct calm_service {
    base::mono_time next;  // from when on it is looked at again …
    bool owed = false;     // … if there is a reason: work in progress, or a hint
  };
  std::map<std::string, calm_service> calm_;  // services that loop
};

}  // namespace waggle::discovery
