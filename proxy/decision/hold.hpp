// Is it better to let a request wait than to send it to the server that was chosen, or to turn it away? (Label waggle.backend.hold:
// while tasks are replaced there may be a moment without one that is well.) Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <cstdint>

namespace waggle::proxy {

struct hold_facts {
  io::time_ms limit = 0;            ///< how long the label lets a request wait; 0: not at all
  io::time_ms until = 0;            ///< when this one has waited long enough; 0: it has not waited
  bool successor_coming = false;    ///< its cookie names a task that left, and the next one of that slot is on its way
  bool successor_unproven = false;  ///< … is here, is not the chosen one, and has not shown yet that it is well
  bool has_server = false;          ///< one was chosen, and it has not refused this request
  bool server_proven = false;       ///< … and it has shown that it is well
  bool wants_tasks = false;         ///< the service is to have tasks at all
};

enum class hold_action : std::uint8_t {
  go,  ///< to the server, or to the end if there is none
  wait,
  expired  ///< go: it has waited long enough
};

hold_action decide_hold(const hold_facts& f, io::time_ms now) noexcept;

}  // namespace waggle::proxy
