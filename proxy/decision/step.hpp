// What one direction of an exchange has done just now, and if it goes no further, why: the one way in which the functions that move
// bytes tell their callers. Pure.
#pragma once

#include "decision/attempt_end.hpp"

#include <cstdint>

namespace waggle::proxy {

enum class progress : std::uint8_t {
  moved,  ///< call again
  wait_read,
  wait_write,
  done,
  stopped  ///< it goes no further; of a step: see end()
};

/// Two registers: it is returned for each piece of a body.
class step {
 public:
  /// @param p  any but stopped.
  constexpr step(progress p) noexcept : now_(p) {}
  constexpr step(fault why) noexcept : detail_(why.detail), kind_(why.kind), now_(progress::stopped) {}
  constexpr step(fault_kind why) noexcept : step(fault(why)) {}
  constexpr step(withheld w) noexcept : now_(progress::stopped), withheld_(w) {}

  constexpr progress now() const noexcept { return now_; }
  constexpr bool operator==(progress p) const noexcept { return now_ == p; }
  constexpr bool stopped() const noexcept { return now_ == progress::stopped; }
  /// Of a stopped one, if it failed.
  constexpr fault why() const noexcept { return {kind_, detail_}; }
  /// Of a stopped one.
  constexpr attempt_end end() const noexcept { return kind_ == fault_kind::none ? attempt_end(withheld_) : attempt_end(why()); }

 private:
  const char* detail_ = "";
  fault_kind kind_ = fault_kind::none;
  progress now_;
  withheld withheld_ = withheld::replace;
};

}  // namespace waggle::proxy
