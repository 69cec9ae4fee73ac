// The characters of JSON text, read fast: where a string ends, what it says, where a container ends. Lists of 100,000 tasks
// are 200 MB, of which waggle wants a tenth: what is not wanted is passed over eight bytes at a time, only its strings and
// brackets looked at.
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

/// RFC 8259 section 2.
inline bool blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// What the text between two quotes says. Bytes that are not UTF-8 become U+FFFD, as Go's encoder does it, so that one
/// garbled label cannot spoil a whole list.
/// @param room  holds the result when it is not simply `raw`. @return false: a bad escape.
bool decode_string(std::string_view raw, std::string& room, std::string_view& out);

/// `at` is behind an opening bracket: behind the bracket that closes it, or nullptr if the text ends before.
const char* container_end(const char* at, const char* end) noexcept;

}  // namespace waggle::discovery::json_text
