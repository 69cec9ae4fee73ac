// The characters of JSON text: where a string ends (for the splitter, eight bytes at a time), and what simdjson of this version
// will not read but Go does: half a pair of escapes, bytes that are no UTF-8, whole numbers beyond 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace waggle::discovery::json_text {

/// Some byte of `w` may be `"`, `\` or a control character (no false "no").
inline bool may_end(std::uint64_t w) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  const std::uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
  return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w)) & high;
}

/// From inside a string: the first `"`, `\` or control character at or after `at`; `end` if there is none.
inline const char* string_stop(const char* at, const char* end) noexcept {
  while (end - at >= 8) {
    std::uint64_t w;
    std::memcpy(&w, at, 8);
    if (may_end(w)) break;
    at += 8;
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

/// What the text between two quotes says. Bytes that are not UTF-8 become U+FFFD, as Go's encoder does it.
/// @param room  holds the result when it is not simply `raw`. @return false: a bad escape.
bool decode_string(std::string_view raw, std::string& room, std::string_view& out);

/// The text with U+FFFD for bytes that are not UTF-8.
std::string with_replacements(std::string_view text);

/// Digits only, as JSON has them (RFC 8259 section 6), and perhaps more than 64 bits hold.
bool is_long_number(std::string_view token) noexcept;

}  // namespace waggle::discovery::json_text
