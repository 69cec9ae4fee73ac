// How often a worker tells discovery "look at the swarm now". A server that fails all the time must not use up the reports of
// the others, and the last one of a crowd must not be lost: what found the gate shut is told when it opens. Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

namespace waggle::proxy {

class look_gate {
 public:
  static constexpr io::time_ms window = 1'000;
  static constexpr std::size_t in_a_window = 10, of_one = 2;

  /// @param who  the server. @return false: not now; is_owed() from here on.
  bool pass(std::string_view who, io::time_ms now) noexcept {
    renew(now);
    const std::size_t id = std::hash<std::string_view>{}(who);
    std::size_t same = 0;
    for (std::size_t i = 0; i < passed_; ++i) same += who_[i] == id;
    if (passed_ >= in_a_window || same >= of_one) {
      owed_ = true;
      return false;
    }
    who_[passed_++] = id;
    return true;
  }
  bool is_owed() const noexcept { return owed_; }
  /// When what is owed may be told.
  io::time_ms opens() const noexcept { return began_ + window; }
  /// It is told now.
  void settle(io::time_ms now) noexcept {
    renew(now);
    owed_ = false;
    if (passed_ < in_a_window) who_[passed_++] = 0;
  }

 private:
  void renew(io::time_ms now) noexcept {
    if (now < began_ + window && began_ != 0) return;
    began_ = now;
    passed_ = 0;
  }
  std::array<std::size_t, in_a_window> who_{};
  std::size_t passed_ = 0;
  io::time_ms began_ = 0;
  bool owed_ = false;
};

}  // namespace waggle::proxy
