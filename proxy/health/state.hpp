// What is known of one server's health: written by the prober, read by every worker while it picks. No lock, no ordering:
// a request that reads the old value goes where it would have gone a moment ago.
#pragma once

#include <atomic>
#include <cstdint>

namespace waggle::proxy::health {

/// unproven: joined a running service and has not been asked yet.
enum class verdict : std::uint8_t { up, unproven, down };

class state {
 public:
  explicit state(verdict first = verdict::up) noexcept : now_(first) {}
  verdict get() const noexcept { return now_.load(std::memory_order_relaxed); }
  bool up() const noexcept { return get() == verdict::up; }
  bool down() const noexcept { return get() == verdict::down; }
  void set(bool up) noexcept { now_.store(up ? verdict::up : verdict::down, std::memory_order_relaxed); }

 private:
  std::atomic<verdict> now_;
};

}  // namespace waggle::proxy::health
