#include "labels/go_value.hpp"

#include <waggle/base/log.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace waggle::discovery {

namespace {

base::text_error bad_number(std::string_view function, std::string_view text, const char* why) {
  return {"strconv." + std::string(function) + ": parsing " + base::go_quote(text) + ": " + why};
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

base::text_result<bool> parse_go_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return bad_number("ParseBool", text, "invalid syntax");
}

base::text_result<std::int64_t> parse_go_int(std::string_view text, std::string_view function) {
  std::string_view digits = text;
  if (!digits.empty() && digits.front() == '+') {
    digits.remove_prefix(1);
    if (!digits.empty() && digits.front() == '-') return bad_number(function, text, "invalid syntax");
  }
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (ec == std::errc::invalid_argument || end != digits.data() + digits.size()) {
    return bad_number(function, text, "invalid syntax");
  }
  if (ec == std::errc::result_out_of_range) return bad_number(function, text, "value out of range");
  return value;
}

base::text_result<std::int64_t> parse_go_duration(std::string_view text) {
  if (const auto whole = parse_go_int(text, "ParseInt"); whole.has_value()) {
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
    if (*whole <= limit && *whole >= -limit) return *whole * 1'000'000'000;
  }
  return base::parse_go_duration(text);
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank_at_front = [](std::string_view t) -> std::size_t {
    if (t.empty()) return 0;
    const char c = t.front();
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if (t.substr(0, 2) == "\xc2\xa0" || t.substr(0, 2) == "\xc2\x85") return 2;
    if (t.substr(0, 3) == "\xe3\x80\x80" || t.substr(0, 3) == "\xe2\x80\xaf") return 3;
    if (t.size() >= 3 && t.substr(0, 2) == "\xe2\x80" && static_cast<unsigned char>(t[2]) >= 0x80 && static_cast<unsigned char>(t[2]) <= 0x8a) {
      return 3;
    }
    return 0;
  };
  while (const std::size_t n = blank_at_front(text)) text.remove_prefix(n);
  for (bool again = true; again && !text.empty();) {
    again = false;
    for (std::size_t n = 1; n <= 3 && n <= text.size(); ++n) {
      if (blank_at_front(text.substr(text.size() - n)) == n) {
        text.remove_suffix(n);
        again = true;
        break;
      }
    }
  }
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const auto comma = text.find(',');
    const auto part = trimmed(text.substr(0, comma));
    if (!part.empty()) out.emplace_back(part);
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

std::string canonical_header(std::string_view name) {
  static constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  std::string out(name);
  bool upper = true;
  for (char& c : out) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !is_digit(c) && token_marks.find(c) == std::string_view::npos) return std::string(name);
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    else if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    upper = c == '-';
  }
  return out;
}

}  // namespace waggle::discovery
