// How one attempt ended: with an answer, with an answer that the client does not get, or with a fault. Pure.
#pragma once

#include "decision/fault.hpp"

#include <cstdint>

namespace waggle::proxy {

/// A server's answer that is not passed on.
enum class withheld : std::uint8_t {
  repeat,  ///< the backend's retry expression wants the request sent once more
  replace  ///< a page of the frontend's takes its place
};

struct attempt_end {
  enum class how : std::uint8_t {
    finished,  ///< all of the answer is with the client's kernel
    switched,  ///< … and what follows is another protocol (101)
    repeat,    ///< withheld::repeat
    replace,   ///< withheld::replace
    failed     ///< see `why`
  };
  how what = how::failed;
  fault why;

  constexpr attempt_end() noexcept = default;
  constexpr attempt_end(how h) noexcept : what(h) {}
  constexpr attempt_end(withheld w) noexcept : what(w == withheld::repeat ? how::repeat : how::replace) {}
  constexpr attempt_end(fault f) noexcept : why(f) {}
  constexpr bool operator==(how h) const noexcept { return what == h; }
  /// The client has its answer.
  constexpr bool answered() const noexcept { return what == how::finished || what == how::switched; }
};

}  // namespace waggle::proxy
