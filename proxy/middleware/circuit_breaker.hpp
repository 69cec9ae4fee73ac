// backend.circuitBreaker: when its expression becomes true the backend is left alone for ten seconds, then gets a growing
// share of the requests for ten more (Traefik 1.7 section 7.7).
#pragma once

#include "middleware/limit.hpp"
#include "middleware/predicate.hpp"
#include "middleware/traffic_window.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace waggle::proxy::middleware {

/// NetworkErrorRatio, ResponseCodeRatio, LatencyAtQuantileMS.
std::span<const predicate_function> breaker_functions() noexcept;

class circuit_breaker final : public limit {
 public:
  static constexpr io::time_ms tripped_for = 10'000, recovering_for = 10'000, check_every = 100;

  explicit circuit_breaker(predicate when) : when_(std::move(when)) {}

  std::string key(const request_info&) const override { return {}; }
  std::optional<local_answer> admit(const std::string&, io::time_ms now) override;
  void finished(const std::string&, const outcome& result) override;

 private:
  enum class state : std::uint8_t { standby, tripped, recovering };
  const predicate when_;
  std::atomic<state> state_{state::standby};  ///< written under the mutex; read without it while all is well
  std::mutex mutex_;
  io::time_ms until_ = 0, next_check_ = 0, since_ = 0;
  std::uint64_t allowed_ = 0, denied_ = 0;  ///< while recovering
  traffic_window traffic_;
};

}  // namespace waggle::proxy::middleware
