// Which servers are asked for one connection until one of them answers. Nothing has been sent, so asking another is always safe; but a
// server counts connections that come to nothing (MySQL: max_connect_errors), so no more are begun than silence or a refusal calls
// for. Pure: times and outcomes in, actions out; tcp/connect.cpp does what it is told.
#pragma once

#include "io/timer_wheel.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::tcp {

class attempts {
 public:
  static constexpr std::size_t most = 3;            ///< servers asked for one connection
  static constexpr io::time_ms hedge_after = 100;   ///< without an answer: another is asked as well
  static constexpr io::time_ms insist_for = 1'000;  ///< … where the client belongs to this one

  struct action {
    enum class kind : std::uint8_t {
      wait,        ///< for an answer, until `until`
      ask_other,   ///< choose a server that was not asked yet and connect: opened(), refused_at_once() or nobody_else()
      note_slow,   ///< the server in `slot` has not answered within the limit: it counts as failed, and is waited for on
      time_over,   ///< none has come through in time
      all_failed,  ///< none is open, and nobody is left to ask
    } what;
    std::size_t slot = 0;
    io::time_ms until = io::never;
  };

  /// @param limit  of one server; 0: as long as the kernel tries. All of them together have `most` times that: the kernel repeats what was
  /// lost on the way, or dropped by a server whose queue was full, after one second and after three (tcp(7)).
  attempts(io::time_ms now, io::time_ms limit, bool insists) noexcept
      : limit_(limit), over_at_(limit == 0 ? io::never : now + most * limit), ask_at_(now), insists_(insists) {}

  /// Call again after each action but wait, time_over and all_failed.
  action next(io::time_ms now) noexcept;

  /// @return the slot for it.
  std::size_t opened(io::time_ms now) noexcept {
    tries_[asked_] = {true, false, now};
    ask_at_ = now + (insists_ && asked_ == 0 ? insist_for : hedge_after * (asked_ + 1));
    return asked_++;
  }
  void refused_at_once(io::time_ms now) noexcept {
    ++asked_;
    ask_at_ = now;
  }
  /// Nobody can be asked now.
  void nobody_else() noexcept { ask_at_ = io::never; }
  /// @return its server counts as failed, and has not been counted.
  bool failed(std::size_t slot, io::time_ms now) noexcept {
    const bool counts = !tries_[slot].counted;
    tries_[slot].open = false;
    ask_at_ = std::min(ask_at_, now);  // who is left has been silent so far
    return counts;
  }
  bool is_open(std::size_t slot) const noexcept { return tries_[slot].open; }
  std::size_t asked() const noexcept { return asked_; }

 private:
  struct one {
    bool open = false, counted = false;
    io::time_ms begun = 0;
  };
  std::array<one, most> tries_{};
  std::size_t asked_ = 0;
  io::time_ms limit_, over_at_, ask_at_;
  bool insists_;
};

inline attempts::action attempts::next(io::time_ms now) noexcept {
  using enum action::kind;
  if (now >= over_at_) return {time_over};
  if (now >= ask_at_ && asked_ < most) return {ask_other};
  io::time_ms until = std::min(over_at_, asked_ < most ? ask_at_ : io::never);
  bool any = false;
  for (std::size_t i = 0; i < asked_; ++i) {
    one& t = tries_[i];
    if (!t.open) continue;
    any = true;
    if (t.counted || limit_ == 0) continue;
    if (now >= t.begun + limit_) {
      t.counted = true;
      return {note_slow, i};
    }
    until = std::min(until, t.begun + limit_);
  }
  if (!any && (asked_ >= most || ask_at_ == io::never)) return {all_failed};
  return {wait, 0, until};
}

}  // namespace waggle::proxy::tcp
