// Figures of one worker: written by its thread only, read by any. No read-modify-write instruction, no shared cache line.
#pragma once

#include "worker/waiting.hpp"

#include <waggle/proxy/stats.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace waggle::proxy {

class counter {
 public:
  void add(std::uint64_t n = 1) noexcept { v_.store(v_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void sub(std::uint64_t n = 1) noexcept { v_.store(v_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed); }
  std::uint64_t read() const noexcept { return v_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> v_{0};
};

/// One more while it is there.
class counter_lease {
 public:
  explicit counter_lease(counter& of) noexcept : of_(of) { of_.add(); }
  ~counter_lease() { of_.sub(); }
  counter_lease(const counter_lease&) = delete;

 private:
  counter& of_;
};

struct alignas(64) counters : worker_counts<counter> {
  counter generation;
  counter awaited;                  ///< connections that a drain waits for
  std::array<counter, 900> status;  ///< index: code - 100

  counter& gave_way(wait_kind to_what) noexcept {
    switch (to_what) {
      case wait_kind::idle: return gave_way_idle;
      case wait_kind::dawdling: return gave_way_dawdling;
      case wait_kind::stalled: return gave_way_stalled;
      case wait_kind::quiet: break;
    }
    return gave_way_quiet;
  }
};

}  // namespace waggle::proxy
