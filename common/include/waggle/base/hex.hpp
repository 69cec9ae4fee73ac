// Hexadecimal digits and percent-encoding. proxy/http1 has a table of its own for what every request needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waggle::base {

/// Value of a hexadecimal digit, -1 if it is none.
constexpr int hex_digit(char c) noexcept {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// RFC 3986 section 2.1; none if an escape is malformed.
/// @param plus  "+" is a blank (application/x-www-form-urlencoded).
std::optional<std::string> percent_decode(std::string_view text, bool plus);

}  // namespace waggle::base
