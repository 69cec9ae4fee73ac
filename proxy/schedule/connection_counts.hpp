// How many connections a server has, over all workers: each counts its own on a cache line that it alone writes, and looks at the others'
// at most once a millisecond. So a choice costs one read of shared memory a server and millisecond, whatever the number of workers.
#pragma once

#include "io/timer_wheel.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace waggle::proxy::schedule {

struct connection_totals {
  std::uint32_t active = 0, inactive = 0;
  std::uint32_t all() const noexcept { return active + inactive; }
  bool operator==(const connection_totals&) const = default;
};

/// Of one server, for as long as it is served or has connections; kept over publishes.
class connection_counts {
 public:
  explicit connection_counts(std::size_t workers) : lines_(workers) {}

  /// Thread: that worker's, for these four. A connection is opened, perhaps half closed, and closed.
  void opened(std::size_t worker) noexcept { add(lines_[worker].active, 1); }
  void half_closed(std::size_t worker) noexcept {
    add(lines_[worker].active, ~0U);
    add(lines_[worker].inactive, 1);
  }
  void closed(std::size_t worker) noexcept { add(lines_[worker].active, ~0U); }
  void closed_inactive(std::size_t worker) noexcept { add(lines_[worker].inactive, ~0U); }

  /// Thread: any. Cost: a cache line for each worker.
  connection_totals totals() const noexcept { return others(lines_.size()); }
  connection_totals of_worker(std::size_t worker) const noexcept { return lines_[worker].read(); }
  /// … of all but this one.
  connection_totals others(std::size_t worker) const noexcept {
    connection_totals out;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (i == worker) continue;
      const connection_totals one = lines_[i].read();
      out.active += one.active;
      out.inactive += one.inactive;
    }
    return out;
  }

 private:
  struct alignas(64) line {
    std::atomic<std::uint32_t> active{0}, inactive{0};
    connection_totals read() const noexcept { return {active.load(std::memory_order_relaxed), inactive.load(std::memory_order_relaxed)}; }
  };
  /// One writer: no read-modify-write instruction.
  static void add(std::atomic<std::uint32_t>& n, std::uint32_t change) noexcept {
    n.store(n.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
  }
  std::vector<line> lines_;
};

/// What one worker believes of one server's. Thread: its worker's.
class counts_view {
 public:
  counts_view(std::shared_ptr<connection_counts> of, std::size_t worker) noexcept : of_(std::move(of)), worker_(worker) {}

  /// Its own as they are, the others' as they were at most a millisecond ago.
  connection_totals at(io::time_ms now) noexcept {
    if (now != read_at_) {
      others_ = of_->others(worker_);
      read_at_ = now;
    }
    const connection_totals own = of_->of_worker(worker_);
    return {own.active + others_.active, own.inactive + others_.inactive};
  }

  void opened() noexcept { of_->opened(worker_); }
  void half_closed() noexcept { of_->half_closed(worker_); }
  void closed() noexcept { of_->closed(worker_); }
  void closed_inactive() noexcept { of_->closed_inactive(worker_); }

 private:
  std::shared_ptr<connection_counts> of_;
  std::size_t worker_;
  io::time_ms read_at_ = io::never;
  connection_totals others_;
};

}  // namespace waggle::proxy::schedule
