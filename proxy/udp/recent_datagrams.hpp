// Datagrams that were sent a moment ago to servers that have not answered yet: if one refuses, they are sent to another. A ring of fixed
// size, so that a flood costs nothing but who comes next. No I/O.
#pragma once

#include "io/timer_wheel.hpp"
#include "udp/bundles.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace waggle::proxy::udp {

class recent_datagrams {
 public:
  static constexpr std::size_t most = 256, largest = 2'048;
  static constexpr io::time_ms kept_for = 1'000;  ///< a refusal comes within the time of a round trip

  /// @param session  its number. One that is too large is not kept.
  void remember(std::uint64_t session, const piece& p, io::time_ms now) {
    if (p.size > largest) return;
    if (!places_) places_ = std::make_unique<std::array<place, most>>();
    place& to = (*places_)[next_++ % most];
    to.session = session;
    to.at = now;
    to.what = {to.bytes.data(), p.size, p.segment, p.ecn};
    if (p.size != 0) std::memcpy(to.bytes.data(), p.data, p.size);
  }
  /// Those of this session, oldest first; they are forgotten, and valid until the next remember().
  std::vector<piece> take(std::uint64_t session, io::time_ms now) {
    std::vector<piece> out;
    if (!places_) return out;
    for (std::size_t i = 0; i < most; ++i) {
      place& p = (*places_)[(next_ + i) % most];
      if (p.session != session) continue;
      p.session = 0;
      if (p.at + kept_for >= now) out.push_back(p.what);
    }
    return out;
  }

 private:
  struct place {
    std::uint64_t session = 0;  ///< 0: nobody's
    io::time_ms at = 0;
    piece what;
    std::array<char, largest> bytes;
  };
  std::unique_ptr<std::array<place, most>> places_;
  std::size_t next_ = 0;
};

}  // namespace waggle::proxy::udp
