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

/// One more while it is there.
class counter_lease {
 public:
  explicit counter_lease(counter& of) noexcept : of_(of) { of_.add(); }
  ~counter_lease() { of_.sub(); }
  counter_lease(const counter_lease&) = delete;

 private:
  counter& of_;
};

struct alignas(64) counters {
  counter accepted, open, requests, active, response_time_us, bytes_in, bytes_out;
  counter retries, retries_refused, refused_heads, exceptions, aborted, turned_away;
  std::array<counter, 4> gave_way;  ///< clients that were ended to make room, by wait_kind
  counter lingering;       ///< answered, and read on until the client has seen that
  counter over_share;  ///< 503 because one backend had its share of the connections
  /// What sticky cookies lead to: hits (the server they name), followed (its slot's next task), left (it left, nobody has its
  /// slot), unknown (nobody knows it), failed (it is there and cannot be reached), new (no cookie).
  counter sticky_hits, sticky_followed, sticky_left, sticky_unknown, sticky_failed, sticky_new;
  counter hedges, hedges_won, ejections;  ///< further connects in parallel, to another server or the same; those that were first; servers held down
  counter holds, holds_served, holds_expired, holds_refused;  ///< requests that waited for a server; refused: too many do
  counter generation;
  std::array<counter, 900> status;  ///< index: code - 100
};

}  // namespace waggle::proxy
