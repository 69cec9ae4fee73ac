// While an exchange waits for one of its sides: when has it waited long enough, and what is to be done then? One answer to both, so
// that they cannot disagree. Pure.
#pragma once

#include "decision/fault.hpp"
#include "decision/step.hpp"
#include "io/timer_wheel.hpp"

#include <chrono>
#include <cstdint>

namespace waggle::proxy {

/// @param limit  zero: none. @return when what began at `begin` is late; io::never without a limit.
constexpr io::time_ms due_after(io::time_ms begin, std::chrono::milliseconds limit) noexcept {
  return limit.count() <= 0 ? io::never : begin + static_cast<io::time_ms>(limit.count());
}

inline constexpr io::time_ms continue_wait = 1'000;  ///< how long a body is held back for the server's 100 (RFC 9110 section 10.1.1)
inline constexpr io::time_ms silence_check = 500;    ///< a kernel repeats a lost segment several times within this

/// What an exchange waits for.
struct relay_wait {
  enum class phase : std::uint8_t { head, body, kept } at = phase::head;  ///< of the answer; kept: it is whole, and on its way out
  progress answer = progress::wait_read;                                  ///< server → client
  progress request = progress::done;                                      ///< client → server
  io::time_ms answer_progress = 0, request_progress = 0;                  ///< when bytes last moved
  // Limits; zero: none.
  std::chrono::milliseconds client_write{0}, request_body{0};  ///< of the entry point
  std::chrono::milliseconds response{0}, idle{0};              ///< of the backend
  bool body_held_back = false;                                 ///< the client waits to be told to send it (Expect)
  bool may_ask_another = false;                                ///< it would be lawful to send the request elsewhere if this server is not there
  io::time_ms silence_due = io::never;                         ///< when to ask whether it is
  io::time_ms look_due = io::never;                            ///< when to look what has become of what was sent
};

struct deadline {
  enum class kind : std::uint8_t {
    give_up,       ///< with `why`
    say_continue,  ///< the server neither said 100 nor refused: many never do, and some clients wait for it for ever
    ask_kernel,    ///< whether the server's node acknowledges anything
    look           ///< at what was sent
  };
  io::time_ms at = io::never;
  kind what = kind::look;
  fault_kind why = fault_kind::none;
};

/// The request went out whole, and no byte of an answer is there.
bool awaits_answer(const relay_wait& w) noexcept;

/// The first of them; what is said first above comes first where times are equal.
deadline next_deadline(const relay_wait& w) noexcept;

}  // namespace waggle::proxy
