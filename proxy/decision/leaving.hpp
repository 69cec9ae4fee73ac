// A client that ends its side of the connection while its request is worked on: has it left, or has it only said all that it
// has to say? FIN alone does not tell (docs/decisions/0006). Pure; stream/client_watch.cpp does what is decided here.
#pragma once

#include "io/timer_wheel.hpp"

#include <cstdint>

namespace waggle::proxy {

/// What is known of one request's client.
struct leaving {
  // Of the request
  bool safe = false;          ///< GET, HEAD, OPTIONS: nothing but the answer is asked for (RFC 9110 section 9.2.1)
  bool aborts = true;         ///< label waggle.backend.abortOnClose
  bool begun = false;         ///< some of it went to a server
  bool sent = false;          ///< all of it did
  io::time_ms last_byte = 0;  ///< when the last of it arrived, as far as it was read
  // Of the client
  bool gone = false;        ///< reset, or it acknowledges nothing: nobody is there to read
  io::time_ms left_at = 0;  ///< when its end was seen; 0: not
  // Of the search for it
  std::uint8_t looks = 0;

  /// An end this soon behind the last byte came with it: its sender asked for the effect and does not wait for the answer.
  static constexpr io::time_ms same_time = 50;
  /// Nobody waits for the answer: longer than this a server need not work on it.
  static constexpr io::time_ms longest_alone = 300'000;
  static constexpr unsigned looks_until_deaf = 2;  ///< from the third look on, silence of the peer's kernel counts
  static constexpr io::time_ms deaf = 3'000;

  bool at_once() const noexcept { return left_at <= last_byte + same_time; }
  /// Nobody is there. Is the request to go on all the same?
  bool goes_on() const noexcept {
    if (begun && !aborts) return true;
    if (safe) return false;
    if (at_once()) return true;
    return begun && !sent;  // what has arrived is not cut on its way to the server
  }
  /// A server that has had it is not asked again for nobody.
  bool may_repeat() const noexcept { return !gone || !begun; }
};

/// How long after the last look (or the client's end) the next one comes. TCP's keepalive looks on after these.
constexpr io::time_ms look_after(unsigned looks) noexcept {
  constexpr io::time_ms pauses[] = {20, 1'000, 4'000, 10'000, 15'000, 30'000, 60'000, 120'000};
  return looks < sizeof pauses / sizeof *pauses ? pauses[looks] : io::never;
}

}  // namespace waggle::proxy
