// Looks at the services' conditions every few seconds: how many there are of each for /metrics, and a line in the log when a
// service begins or ceases to fail, so that the log names the cause that the API and the dashboard name. Thread: one for
// look(), any for counts().
#pragma once

#include "admin/sources.hpp"

#include <waggle/base/log.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace waggle::app::admin {

/// In the order of `condition_states`.
using condition_counts = std::array<std::uint64_t, 5>;
constexpr std::array<std::string_view, 5> condition_states = {"routed", "routed-with-warnings", "failing", "not-routed", "not-exposed"};

class picture;

class condition_watch {
 public:
  /// @param from  outlives this. @param tells  it says in the log what it sees.
  condition_watch(const sources& from, base::logger& log, bool tells) : from_(from), log_(log), tells_(tells) {}

  /// @return how long to leave it now.
  std::chrono::milliseconds look();
  /// As of the last look; none before the first.
  std::optional<condition_counts> counts() const;

 private:
  void tell(const picture& p);

  const sources& from_;
  base::logger& log_;
  const bool tells_;
  std::set<std::string, std::less<>> failed_, told_;  // services: at the last look; those that the log has as failing
  mutable std::mutex mutex_;
  std::optional<condition_counts> counts_;
};

}  // namespace waggle::app::admin
