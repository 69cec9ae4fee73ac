// How long a server lets a connection of the pool lie idle before it closes it, as far as that has been seen: what its answers say
// (Keep-Alive: timeout=…), its own closes, and idle times that connections survived. A request that may be sent once only takes
// none that has been idle for nearly as long: the server may be closing it at this moment (RFC 9112 section 9.3.1). Pure.
#pragma once

#include "io/timer_wheel.hpp"

#include <algorithm>
#include <cstdint>

namespace waggle::proxy::upstream {

class idle_allowance {
 public:
  /// Nothing is known: the shortest that servers are usually set to (Keep-Alive counts in whole seconds).
  static constexpr io::time_ms unknown = 1'000;
  /// An early close counts for so long; it may have been a restart, or a server short of connections.
  static constexpr io::time_ms memory = 60'000;

  /// Its answer said so. @param seconds  not zero.
  void told(std::uint32_t seconds) noexcept { told_ = io::time_ms{seconds} * 1000; }
  /// It closed a connection that had been idle for `age`.
  void closed_after(io::time_ms age, io::time_ms now) noexcept {
    if (closed_ && age > seen_ && now - closed_at_ < memory) return;
    seen_ = age;
    closed_ = true;
    closed_at_ = now;
  }
  /// A connection was there still after `age`: a request on it was answered, or waggle closed it itself.
  void survived(io::time_ms age, io::time_ms now) noexcept {
    if (age <= seen_ || (closed_ && now - closed_at_ < memory)) return;
    seen_ = age;
  }

  /// May a request that cannot be repeated go over a connection that has been idle for `age`?
  bool is_safe(io::time_ms age) const noexcept { return age * 2 < allowed(); }

 private:
  io::time_ms allowed() const noexcept {
    if (told_ == 0) return seen_;
    return closed_ ? std::min(seen_, told_) : told_;
  }

  io::time_ms told_ = 0;  ///< 0: it does not say
  io::time_ms seen_ = unknown;
  io::time_ms closed_at_ = 0;
  bool closed_ = false;  ///< seen_ is from a close
};

}  // namespace waggle::proxy::upstream
