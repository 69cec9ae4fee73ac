// What a backend answered in the last seconds: statuses over ten, latencies over sixty. Pure; fixed memory.
#pragma once

#include "io/timer_wheel.hpp"

#include <array>
#include <cstdint>

namespace waggle::proxy::middleware {

/// Counts of the last `Slots` periods; a period that has not been written to for a round counts as empty.
template <class Slot, std::size_t Slots, io::time_ms Period>
class ring {
 public:
  Slot& at(io::time_ms now) {
    entry& e = entries_[now / Period % Slots];
    if (e.period != now / Period + 1) e = entry{now / Period + 1, Slot{}};
    return e.slot;
  }
  template <class F>
  void each(io::time_ms now, F&& f) const {
    for (const entry& e : entries_)
      if (e.period != 0 && e.period + Slots > now / Period + 1) f(e.slot);
  }
  void clear() { entries_ = {}; }

 private:
  struct entry {
    io::time_ms period = 0;  ///< its number and one; 0: never used
    Slot slot{};
  };
  std::array<entry, Slots> entries_{};
};

class traffic_window {
 public:
  void record(io::time_ms now, unsigned status, io::time_ms took) {
    if (status < 100 || status > 599) return;
    ++statuses_.at(now)[status - 100];
    ++latencies_.at(now)[bucket_of(took)];
  }
  void clear() {
    statuses_.clear();
    latencies_.clear();
  }

  /// Answers with from <= status < to.
  std::uint64_t count(io::time_ms now, std::int64_t from, std::int64_t to) const {
    std::uint64_t n = 0;
    statuses_.each(now, [&](const auto& slot) {
      for (std::size_t i = 0; i < slot.size(); ++i)
        if (static_cast<std::int64_t>(i) + 100 >= from && static_cast<std::int64_t>(i) + 100 < to) n += slot[i];
    });
    return n;
  }
  /// 502 and 504 over all; 0 if there was nothing.
  double network_error_ratio(io::time_ms now) const {
    const std::uint64_t all = count(now, 100, 600);
    return all == 0 ? 0 : static_cast<double>(count(now, 502, 503) + count(now, 504, 505)) / static_cast<double>(all);
  }
  double code_ratio(io::time_ms now, std::int64_t a_from, std::int64_t a_to, std::int64_t b_from, std::int64_t b_to) const {
    const std::uint64_t of = count(now, b_from, b_to);
    return of == 0 ? 0 : static_cast<double>(count(now, a_from, a_to)) / static_cast<double>(of);
  }
  /// @param percent  0…100. Milliseconds, exact below 128, then to about one part in 64 (upper end).
  std::int64_t latency_at(io::time_ms now, double percent) const {
    histogram sum{};
    std::uint64_t all = 0;
    latencies_.each(now, [&](const histogram& h) {
      for (std::size_t i = 0; i < h.size(); ++i) {
        sum[i] += h[i];
        all += h[i];
      }
    });
    percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
    const auto wanted = static_cast<std::uint64_t>(percent / 100 * static_cast<double>(all) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < sum.size() && all > 0; ++i)
      if ((seen += sum[i]) >= wanted && seen > 0) return highest_of(i);
    return 0;
  }

 private:
  static constexpr std::size_t exact = 128, halves = 64, octaves = 15;  // up to 2^22 ms: more than an hour
  using histogram = std::array<std::uint32_t, exact + octaves * halves>;

  static std::size_t bucket_of(io::time_ms took) noexcept {
    if (took < exact) return static_cast<std::size_t>(took);
    std::size_t shift = 1;
    while (took >> shift >= exact && shift < octaves) ++shift;
    const io::time_ms top = took >> shift;
    return exact + (shift - 1) * halves + static_cast<std::size_t>((top >= exact ? exact - 1 : top) - halves);
  }
  static std::int64_t highest_of(std::size_t bucket) noexcept {
    if (bucket < exact) return static_cast<std::int64_t>(bucket);
    const std::size_t shift = (bucket - exact) / halves + 1, top = (bucket - exact) % halves + halves;
    return static_cast<std::int64_t>(((top + 1) << shift) - 1);
  }

  ring<std::array<std::uint32_t, 500>, 10, 1'000> statuses_;
  ring<histogram, 6, 10'000> latencies_;
};

}  // namespace waggle::proxy::middleware
