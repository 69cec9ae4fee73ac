// Pictures that are too good or too bad to be true: services vanishing in bulk, and a manager that lags behind. Doubt
// removes nothing; what persists is believed. Pure, given `now`.
#pragma once

#include "swarm/snapshot.hpp"

#include <waggle/base/clock.hpp>

#include <optional>
#include <set>
#include <string>

namespace waggle::discovery {

class guard {
 public:
  enum class answer {
    take,    ///< as it is
    repair,  ///< `picture` now holds the vanished services as they were: publish that, look again
    refuse   ///< older than what is in force: keep that
  };
  struct ruling {
    answer what = answer::take;
    std::string why;    ///< for the log, when the answer is not "take" or stopped being so
    bool news = false;  ///< the answer differs from the last one: say it once
  };

  /// @param announced  ids of services whose removal an event announced: they do not count as vanished in bulk.
  /// @param full  the picture is from a look at everything; only such a one can end a doubt about vanished services.
  ruling judge(const snapshot& in_force, snapshot& picture, bool full, const std::set<std::string>& announced, base::mono_time now);

  static constexpr base::seconds vanish_confirm{2};
  static constexpr base::seconds stale_confirm{3};
  static constexpr int stale_looks = 3;

 private:
  std::optional<base::mono_time> vanishing_since_, stale_since_;
  int stale_seen_ = 0;
};

}  // namespace waggle::discovery
