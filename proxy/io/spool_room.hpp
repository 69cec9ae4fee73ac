// Disk that bodies take which are kept whole (spools): of all together, of one owner (a service), of one body. One object for
// the process. Pure but for its lock.
#pragma once

#include "io/timer_wheel.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace waggle::proxy::io {

class spool_room {
 public:
  using owner = std::uint64_t;

  /// @param total  bytes of all.
  explicit spool_room(std::uint64_t total) noexcept : total_(total) {}

  /// A service that keeps more than half of it would leave too little for the others.
  std::uint64_t share() const noexcept { return total_ / 2; }
  std::uint64_t total() const noexcept { return total_; }
  /// @return false, and nothing is taken, if there is no room for so much. Thread: any.
  bool take(owner o, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto of_one = owners_.find(o);
    const std::uint64_t has = of_one == owners_.end() ? 0 : of_one->second.held;
    if (bytes > total_ - std::min(held_, total_) || has + bytes > share()) {
      ++refused_;
      return false;
    }
    held_ += bytes;
    if (of_one == owners_.end()) owners_[o].held = bytes;
    else of_one->second.held += bytes;
    return true;
  }
  void give_back(owner o, std::uint64_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    held_ -= bytes;
    if (const auto of_one = owners_.find(o); of_one != owners_.end() && (of_one->second.held -= bytes) == 0) owners_.erase(of_one);
  }
  /// Somebody has found no room for so much, and goes on asking. Thread: any.
  void want(owner o, std::uint64_t bytes, time_ms now) noexcept {
    const std::lock_guard lock(mutex_);
    if (bytes > total_ - std::min(held_, total_)) wanted_ = now;
    else if (const auto of_one = owners_.find(o); of_one != owners_.end()) of_one->second.wanted = now;
  }
  /// Is it for one who keeps something for `o`, and whose client does not go on, to give it back? Once for each want().
  bool claim(owner o, time_ms now) noexcept {
    const std::lock_guard lock(mutex_);
    const auto due = [now](time_ms& wanted) {
      const bool fresh = wanted != 0 && now <= wanted + want_lasts;
      if (fresh) wanted = 0;
      return fresh;
    };
    const auto of_one = owners_.find(o);
    return (of_one != owners_.end() && due(of_one->second.wanted)) || due(wanted_);
  }
  std::uint64_t held() const noexcept {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  std::uint64_t refused() const noexcept {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  static constexpr time_ms want_lasts = 1'500;
  struct share_of_one {
    std::uint64_t held = 0;
    time_ms wanted = 0;  ///< when its share was last too small; 0: it was not, or somebody gives way for it
  };
  const std::uint64_t total_;
  mutable std::mutex mutex_;
  std::uint64_t held_ = 0, refused_ = 0;
  time_ms wanted_ = 0;  ///< as of one, of all together
  std::unordered_map<owner, share_of_one> owners_;
};

/// Where nothing else is said: half of what is free where temporary files go, 4 GiB at most.
std::uint64_t usual_spool_room();

}  // namespace waggle::proxy::io
