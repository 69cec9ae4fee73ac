// Values of sticky cookies that were asked for in vain a moment ago: a client that sends a stale one with every request
// (a script, a monitor) waits for it now and then, not each time. Bounded: two values that share a place push each other out.
#pragma once

#include "io/timer_wheel.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace waggle::proxy {

class unknown_servers {
 public:
  static constexpr io::time_ms remembered = 10'000;

  bool should_refresh(std::uint32_t backend, std::string_view value, io::time_ms now) const noexcept {
    const std::uint64_t id = id_of(backend, value);
    const seen& s = seen_[id % seen_.size()];
    return s.id != id || now >= s.until;
  }
  void remember_miss(std::uint32_t backend, std::string_view value, io::time_ms now) noexcept {
    const std::uint64_t id = id_of(backend, value);
    seen_[id % seen_.size()] = {id, now + remembered};
  }

 private:
  struct seen {
    std::uint64_t id = 0;
    io::time_ms until = 0;
  };
  static std::uint64_t id_of(std::uint32_t backend, std::string_view value) noexcept {
    return std::hash<std::string_view>{}(value) ^ (backend * 0x9e3779b97f4a7c15u);
  }
  std::array<seen, 64> seen_{};
};

}  // namespace waggle::proxy
