// What is known of one server's health: written by the prober, read by every worker while it picks. No lock, no ordering:
// a request that reads the old value goes where it would have gone a moment ago.
#pragma once

#include <atomic>

namespace waggle::proxy::health {

class state {
 public:
  bool up() const noexcept { return up_.load(std::memory_order_relaxed); }
  void set(bool up) noexcept { up_.store(up, std::memory_order_relaxed); }

 private:
  std::atomic<bool> up_{true};
};

}  // namespace waggle::proxy::health
