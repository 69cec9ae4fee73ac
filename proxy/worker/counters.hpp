// Figures of one worker: written by its thread only, read by any. No read-modify-write instruction, no shared cache line.
#pragma once

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

struct alignas(64) counters {
  counter accepted, open, requests, active, response_time_us, bytes_in, bytes_out;
  counter sticky_hits, sticky_moves, sticky_new, retries, refused_heads, exceptions, aborted, turned_away, retired;
  counter generation;
  std::array<counter, 500> status;  ///< index: code - 100
};

}  // namespace waggle::proxy
