// Byte classes of the HTTP and URI grammars. Tables, no branches.
#pragma once

#include <array>
#include <cstdint>

namespace waggle::http {

enum char_class : std::uint8_t {
  tchar = 1,  ///< RFC 9110 §5.6.2 token
  digit = 2,
  hex = 4,
  unreserved = 8,    ///< RFC 3986 §2.3
  path_char = 16,    ///< RFC 3986 §3.3 pchar and '/', without '%'
  value_char = 32,   ///< RFC 9110 §5.5: VCHAR, SP, HTAB, obs-text
  host_char = 64,    ///< RFC 3986 §3.2.2 reg-name, without '%'
  target_char = 128  ///< any visible byte but '#': browsers, curl and devices send more than the grammar allows
};

inline constexpr std::array<std::uint8_t, 256> char_table = [] {
  std::array<std::uint8_t, 256> t{};
  const auto mark = [&t](const char* set, std::uint8_t bits) {
    for (const char* c = set; *c; ++c) t[static_cast<unsigned char>(*c)] |= bits;
  };
  const char* alpha = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const char* digits = "0123456789";
  const char* sub_delims = "!$&'()*+,;=";
  mark(alpha, tchar | unreserved | path_char | host_char);
  mark(digits, tchar | digit | hex | unreserved | path_char | host_char);
  mark("abcdefABCDEF", hex);
  mark("!#$%&'*+-.^_`|~", tchar);
  mark("-._~", unreserved | path_char | host_char);
  mark(sub_delims, path_char | host_char);
  mark(":@/", path_char);
  for (unsigned c = 0x20; c < 0x100; ++c)
    if (c != 0x7F) t[c] |= value_char;
  t['\t'] |= value_char;
  for (unsigned c = 0x21; c < 0x100; ++c)
    if (c != '#' && c != 0x7F) t[c] |= target_char;
  return t;
}();

constexpr bool is(char c, std::uint8_t classes) noexcept { return (char_table[static_cast<unsigned char>(c)] & classes) != 0; }

constexpr int hex_value(char c) noexcept {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace waggle::http
