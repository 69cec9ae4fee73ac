// What /health says beyond the proxy's counters: answers of the last second, and times as Go writes them.
#pragma once

#include <waggle/base/clock.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace waggle::app::admin {

using status_counts = std::map<unsigned, std::uint64_t>;

/// Answers for each second, from totals that only grow. Works when it is asked, so that it costs nothing when
/// it is not.
class status_rates {
 public:
  /// @return answers by status a second since the last call that was at least a second ago, rounded up;
  /// without zeros.
  status_counts per_second(const status_counts& totals, base::mono_time now);

 private:
  struct sample {
    base::mono_time at;
    status_counts totals;
  };
  std::optional<sample> last_;
  status_counts rates_;
};

/// Go's time.Duration.String(): "1h2m3.5s", "1.5ms", "0s".
std::string go_duration(std::chrono::nanoseconds d);

}  // namespace waggle::app::admin
