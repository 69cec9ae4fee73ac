// Results of slow password checks, so that a user pays once and not for each request. What is kept is no password: the key
// is HMAC-SHA-256 of name, stored hash and password under a random key of the process, so neither a core dump's table nor
// the time of a look-up helps a guesser. Bounded; failures have a table of their own, or a flood of guesses would push the
// users' results out.
#pragma once

#include "io/timer_wheel.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

namespace waggle::proxy::middleware {

class check_cache {
 public:
  static constexpr std::size_t limit = 4096;  ///< of each table
  static constexpr io::time_ms keep_good = 3'600'000, keep_bad = 10'000;
  using key = std::array<std::uint8_t, 32>;

  static key key_of(std::string_view name, std::string_view stored, std::string_view password);
  /// Thread: any; a short lock.
  std::optional<bool> find(const key& k, io::time_ms now) const;
  void store(const key& k, bool good, io::time_ms now);

 private:
  mutable std::mutex mutex_;
  std::map<key, io::time_ms> good_, bad_;  ///< until when
};

}  // namespace waggle::proxy::middleware
