// What is known of one server's health, beside its immutable values: written by the prober, read by every worker while it picks. No lock, no ordering:
// a request that reads the old value goes where it would have gone a moment ago.
#pragma once

#include "io/timer_wheel.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace waggle::proxy::plan {

/// unproven: joined a running service and has not been asked yet.
enum class health_verdict : std::uint8_t { up, unproven, down };

class server_health {
 public:
  explicit server_health(health_verdict first = health_verdict::up) noexcept : now_(first) {}
  health_verdict get() const noexcept { return now_.load(std::memory_order_relaxed); }
  bool up() const noexcept { return get() == health_verdict::up; }
  bool down() const noexcept { return get() == health_verdict::down; }
  void set(bool well, io::time_ms now) noexcept {
    if (well && !up()) since_.store(now, std::memory_order_relaxed);
    now_.store(well ? health_verdict::up : health_verdict::down, std::memory_order_relaxed);
  }
  /// Why the last check failed, for people; empty after a good one. Not for the request path: it locks.
  void tell(std::string why) {
    const std::lock_guard lock(mutex_);
    why_ = std::move(why);
  }
  std::string why() const {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  /// When a good check last followed none or a failed one; 0: it was never anything but up.
  io::time_ms up_since() const noexcept { return since_.load(std::memory_order_relaxed); }

 private:
  std::atomic<io::time_ms> since_{0};
  std::atomic<health_verdict> now_;
  mutable std::mutex mutex_;
  std::string why_;
};

}  // namespace waggle::proxy::plan
