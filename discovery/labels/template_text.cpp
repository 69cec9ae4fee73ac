// Traefik 1 pasted label text between double quotes into a TOML template (section 3.1 of its behaviour). What such a text
// meant after that, users' labels still mean.
#include "labels/go_value.hpp"

#include <waggle/base/hex.hpp>
#include <waggle/base/utf8.hpp>

#include <cstdint>
#include <utility>

namespace waggle::discovery {

namespace {

// `digits` hex digits at `at`; -1 if they are not there or name no character.
std::int64_t code_point(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  if (at + digits > text.size()) return -1;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int d = base::hex_digit(text[at + i]);
    if (d < 0) return -1;
    value = value * 16 + static_cast<std::uint32_t>(d);
  }
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return -1;
  return value;
}

}  // namespace

base::text_result<std::string> unescape_template(std::string_view text) {
  static constexpr std::string_view names = "btnfr\"\\/";
  static constexpr std::string_view values = "\b\t\n\f\r\"\\/";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') return base::text_error{"a bare double quote"};
    if (c == '\n') return base::text_error{"a line break"};
    if (c != '\\') {
      out += c;
      continue;
    }
    if (++i == text.size()) return base::text_error{"a backslash at the end"};
    const char e = text[i];
    if (const auto at = names.find(e); at != std::string_view::npos) {
      out += values[at];
    } else if (e == 'u' || e == 'U') {
      const std::size_t digits = e == 'u' ? 4 : 8;
      const auto c32 = code_point(text, i + 1, digits);
      if (c32 < 0) return base::text_error{std::string("the bad escape \\") + e};
      base::append_utf8(out, static_cast<std::uint32_t>(c32));
      i += digits;
    } else {
      return base::text_error{std::string("the unknown escape \\") + e};
    }
  }
  return base::text_result<std::string>(boost::system::in_place_value, std::move(out));
}

bool bare_template_key(std::string_view text) noexcept {
  for (const char c : text) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!ok) return false;
  }
  return !text.empty();
}

base::text_result<std::string> unescape_go(std::string_view text) {
  static constexpr std::string_view names = "abfnrtv\\\"'";
  static constexpr std::string_view values = "\a\b\f\n\r\t\v\\\"'";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return base::text_error{"ends with a backslash"};
    const char e = text[i];
    if (const auto at = names.find(e); at != std::string_view::npos) {
      out += values[at];
      continue;
    }
    const std::size_t digits = e == 'x' ? 2 : e == 'u' ? 4 : e == 'U' ? 8 : 0;
    if (digits != 0) {
      const auto value = code_point(text, i + 1, digits);
      if (value < 0) return base::text_error{std::string("holds the bad escape \\") + e};
      if (e == 'x') out += static_cast<char>(value);
      else base::append_utf8(out, static_cast<std::uint32_t>(value));
      i += digits;
    } else if (const std::string_view octal = text.substr(i, 3);
               octal.size() == 3 && octal.find_first_not_of("01234567") == std::string_view::npos && octal[0] <= '3') {
      out += static_cast<char>((octal[0] - '0') * 64 + (octal[1] - '0') * 8 + (octal[2] - '0'));
      i += 2;
    } else {
      return base::text_error{"holds the unknown escape \\" + std::string(text.substr(i, 1))};
    }
  }
  return base::text_result<std::string>(boost::system::in_place_value, std::move(out));
}

bool go_unquotable(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\n') return false;
    if (c != '\\') continue;
    if (++i == text.size()) return false;
    const char e = text[i];
    if (std::string_view("abfnrtv\\\"").find(e) != std::string_view::npos) continue;
    if (e == 'x' || e == 'u' || e == 'U') {
      const std::size_t digits = e == 'x' ? 2 : e == 'u' ? 4 : 8;
      if (code_point(text, i + 1, digits) < 0) return false;
      i += digits;
    } else if (e >= '0' && e <= '3' && i + 2 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7' && text[i + 2] >= '0' && text[i + 2] <= '7') {
      i += 2;
    } else {
      return false;
    }
  }
  return true;
}

bool clean_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t want = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (want == 0 || lead > 0xf4 || i + want > text.size()) return false;
    for (std::size_t j = 1; j < want; ++j) {
      if ((static_cast<unsigned char>(text[i + j]) & 0xc0) != 0x80) return false;
    }
    if (text.substr(i, want) == "\xef\xbf\xbd") return false;
    i += want;
  }
  return true;
}

}  // namespace waggle::discovery
