// Is the peer of a connection there, as long as something is on its way to it? The kernel's TCP_USER_TIMEOUT alone takes a peer that does
// not read for a dead one (io/sending.hpp says how the two are told apart); here is when it is looked, and what the option is set to.
#pragma once

#include "io/sending.hpp"
#include "io/stream.hpp"
#include "io/timer_wheel.hpp"

#include <cstdint>

namespace waggle::proxy::io {

class peer_watch {
 public:
  static constexpr time_ms look_every = 1'000;

  enum class between : std::uint8_t {
    on,  ///< the limit is set when the connection is made, and holds while nothing is on its way as well
    off  ///< it holds only while something is: a keepalive probe that is lost does not end a connection that is idle
  };
  explicit constexpr peer_watch(between idle = between::on) noexcept : idle_(idle) {}

  /// Something was sent: a second later it is time to look what has become of it.
  void note_sent(time_ms now) noexcept {
    if (look_at == never) look_at = now + look_every;
  }
  /// What is to be done now. Pure.
  struct action {
    bool dead = false;
    bool sets = false;      ///< the option, to:
    unsigned limit_ms = 0;  ///< 0: none
  };
  action next(sending state, time_ms now, unsigned limit_ms) noexcept;
  /// When `look_at` has come. @param limit_ms  0: never looked at. @return false: the peer is gone.
  bool look(stream& s, time_ms now, unsigned limit_ms) noexcept;
  /// The peer does not read: the kernel's limit is put off.
  bool put_off() const noexcept { return held_since_ != never; }

  time_ms look_at = never;

 private:
  time_ms held_since_ = never;
  between idle_;
  bool is_set_ = false;  ///< between::off: the option is on
};

inline peer_watch::action peer_watch::next(sending state, time_ms now, unsigned limit_ms) noexcept {
  look_at = state == sending::done ? never : now + look_every;
  if (state == sending::dead) return {.dead = true};
  if (state == sending::held_up) {
    if (held_since_ == never) held_since_ = now;
    is_set_ = true;
    return {.sets = true, .limit_ms = limit_while_held(now - held_since_, limit_ms)};
  }
  const bool was_held = held_since_ != never;
  held_since_ = never;
  if (idle_ == between::on) return {.sets = was_held, .limit_ms = limit_ms};
  const bool wanted = state == sending::moving;
  const bool changes = was_held || wanted != is_set_;
  is_set_ = wanted;
  return {.sets = changes, .limit_ms = wanted ? limit_ms : 0};
}

inline bool peer_watch::look(stream& s, time_ms now, unsigned limit_ms) noexcept {
  if (limit_ms == 0) {
    look_at = never;
    return true;
  }
  const action a = next(judge(s.sending()), now, limit_ms);
  if (a.sets) s.end_if_unacknowledged_for(a.limit_ms);
  return !a.dead;
}

}  // namespace waggle::proxy::io
