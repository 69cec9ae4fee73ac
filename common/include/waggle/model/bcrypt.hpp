// How much work a bcrypt hash may ask for: known to those who read labels and to those who hash.
#pragma once

#include <cstddef>
#include <string_view>

namespace waggle::model {

/// Each step doubles the time: 10 takes 50 ms, 14 most of a second, 31 two days.
inline constexpr unsigned most_bcrypt_cost = 14;

/// The cost that a stored hash names ("$2b$10$…"); 0: it is no bcrypt hash.
constexpr unsigned bcrypt_cost(std::string_view stored) noexcept {
  const auto digit = [&](std::size_t at) { return stored[at] >= '0' && stored[at] <= '9'; };
  if (stored.size() < 7 || !stored.starts_with("$2") || !digit(4) || !digit(5)) return 0;
  return static_cast<unsigned>(stored[4] - '0') * 10 + static_cast<unsigned>(stored[5] - '0');
}

}  // namespace waggle::model
