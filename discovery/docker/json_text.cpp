#include "docker/json_text.hpp"

#include <waggle/base/hex.hpp>
#include <waggle/base/utf8.hpp>

#include <algorithm>

namespace waggle::discovery::json_text {

namespace {

int hex4(const char* at) noexcept {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = base::hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

constexpr std::uint32_t replacement = 0xfffd;

// `i` is behind \u. A lone half of a pair becomes U+FFFD, as Go reads it.
bool append_unicode(std::string& out, std::string_view raw, std::size_t& i) {
  if (i + 4 > raw.size()) return false;
  const int first = hex4(raw.data() + i);
  if (first < 0) return false;
  i += 4;
  auto c = static_cast<std::uint32_t>(first);
  if (c >= 0xd800 && c <= 0xdfff) {
    const bool pair = c < 0xdc00 && i + 6 <= raw.size() && raw[i] == '\\' && raw[i + 1] == 'u';
    const int second = pair ? hex4(raw.data() + i + 2) : -1;
    if (second >= 0xdc00 && second <= 0xdfff) {
      c = 0x10000 + ((c - 0xd800) << 10) + (static_cast<std::uint32_t>(second) - 0xdc00);
      i += 6;
    } else {
      c = replacement;
    }
  }
  base::append_utf8(out, c);
  return true;
}

}  // namespace

bool decode_string(std::string_view raw, std::string& room, std::string_view& out) {
  const bool plain = std::all_of(raw.begin(), raw.end(), [](char c) { return c != '\\' && static_cast<unsigned char>(c) < 0x80; });
  if (plain) {
    out = raw;
    return true;
  }
  static constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
  room.clear();
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] != '\\') {
      const std::size_t n = base::utf8_length(raw.substr(i));
      if (n == 0) base::append_utf8(room, replacement);
      else room.append(raw.substr(i, n));
      i += std::max<std::size_t>(n, 1);
      continue;
    }
    if (++i == raw.size()) return false;
    const char e = raw[i++];
    if (e == 'u') {
      if (!append_unicode(room, raw, i)) return false;
    } else if (const auto at = names.find(e); at != std::string_view::npos) {
      room += values[at];
    } else {
      return false;
    }
  }
  out = room;
  return true;
}

std::string with_replacements(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const std::size_t n = base::utf8_length(text);
    if (n == 0) base::append_utf8(out, replacement);
    else out.append(text.substr(0, n));
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

bool is_long_number(std::string_view token) noexcept {
  const std::size_t size = std::min(token.find_last_not_of(" \t\r\n") + 1, token.size());
  return size > 19 && token[0] != '0' &&
         std::all_of(token.begin(), token.begin() + static_cast<std::ptrdiff_t>(size), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace waggle::discovery::json_text
