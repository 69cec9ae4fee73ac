#include "labels/go_value.hpp"

#include <waggle/base/log.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace waggle::discovery {

namespace {

base::explained bad_number(std::string_view function, std::string_view text, const char* why) {
  return {"strconv." + std::string(function) + ": parsing " + base::go_quote(text) + ": " + why};
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

struct unit {
  std::string_view name;
  std::int64_t ns;
};
// Longer names first where one begins the other.
constexpr std::array<unit, 8> units{{{"ns", 1}, {"us", 1'000}, {"\xc2\xb5s", 1'000}, {"\xce\xbcs", 1'000},
                                     {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000},
                                     {"h", 3'600'000'000'000}}};

const unit* unit_at(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && !is_digit(text[n]) && text[n] != '.') ++n;
  for (const auto& u : units) {
    if (u.name == text.substr(0, n)) return &u;
  }
  return nullptr;
}

}  // namespace

base::explained_result<bool> parse_go_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return bad_number("ParseBool", text, "invalid syntax");
}

base::explained_result<std::int64_t> parse_go_int(std::string_view text, std::string_view function) {
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

base::explained_result<std::int64_t> parse_go_duration(std::string_view text) {
  if (const auto whole = parse_go_int(text, "ParseInt"); whole.has_value()) {
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
    if (*whole <= limit && *whole >= -limit) return *whole * 1'000'000'000;
  }
  const base::explained bad{"time: invalid duration " + base::go_quote(text)};
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0") return 0;
  if (rest.empty()) return bad;
  long double total = 0;
  while (!rest.empty()) {
    std::size_t n = 0;
    bool dot = false, digit = false;
    while (n < rest.size() && (is_digit(rest[n]) || (rest[n] == '.' && !dot))) {
      dot = dot || rest[n] == '.';
      digit = digit || is_digit(rest[n]);
      ++n;
    }
    if (!digit) return bad;
    const std::string number(rest.substr(0, n));
    rest.remove_prefix(n);
    if (rest.empty()) return base::explained{"time: missing unit in duration " + base::go_quote(text)};
    const unit* u = unit_at(rest);
    if (u == nullptr) {
      std::size_t m = 0;
      while (m < rest.size() && !is_digit(rest[m]) && rest[m] != '.') ++m;
      return base::explained{"time: unknown unit " + base::go_quote(rest.substr(0, m)) + " in duration " +
                             base::go_quote(text)};
    }
    rest.remove_prefix(u->name.size());
    total += std::strtold(number.c_str(), nullptr) * static_cast<long double>(u->ns);
    if (total > static_cast<long double>(std::numeric_limits<std::int64_t>::max())) return bad;
  }
  const auto ns = static_cast<std::int64_t>(total);
  return negative ? -ns : ns;
}

std::string format_go_duration(std::int64_t ns) {
  if (ns == 0) return "0s";
  if (ns < 0) return "-" + format_go_duration(ns == std::numeric_limits<std::int64_t>::min() ? -(ns + 1) : -ns);
  const auto fraction = [](std::int64_t value, std::int64_t scale) {
    std::string out = std::to_string(value / scale);
    std::int64_t rest = value % scale;
    if (rest == 0) return out;
    out += '.';
    for (scale /= 10; rest != 0; scale /= 10) {
      out += static_cast<char>('0' + rest / scale);
      rest %= scale;
    }
    return out;
  };
  if (ns < 1'000) return std::to_string(ns) + "ns";
  if (ns < 1'000'000) return fraction(ns, 1'000) + "\xc2\xb5s";
  if (ns < 1'000'000'000) return fraction(ns, 1'000'000) + "ms";
  const std::int64_t minutes = ns / 60'000'000'000;
  std::string out;
  if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
  if (minutes > 0) out += std::to_string(minutes % 60) + "m";
  return out + fraction(ns % 60'000'000'000, 1'000'000'000) + "s";
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank_at_front = [](std::string_view t) -> std::size_t {
    if (t.empty()) return 0;
    const char c = t.front();
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if (t.substr(0, 2) == "\xc2\xa0" || t.substr(0, 2) == "\xc2\x85") return 2;
    if (t.substr(0, 3) == "\xe3\x80\x80" || t.substr(0, 3) == "\xe2\x80\xaf") return 3;
    if (t.size() >= 3 && t.substr(0, 2) == "\xe2\x80" && static_cast<unsigned char>(t[2]) >= 0x80 &&
        static_cast<unsigned char>(t[2]) <= 0x8a) {
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
