#include <waggle/base/duration.hpp>

#include <waggle/base/log.hpp>

#include <array>
#include <cstdlib>
#include <limits>

namespace waggle::base {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

struct unit {
  std::string_view name;
  std::int64_t ns;
};
// Longer names first where one begins the other.
constexpr std::array<unit, 8> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"\xc2\xb5s", 1'000},
                                     {"\xce\xbcs", 1'000},
                                     {"ms", 1'000'000},
                                     {"s", 1'000'000'000},
                                     {"m", 60'000'000'000},
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

base::text_result<std::int64_t> parse_go_duration(std::string_view text) {
  const base::text_error bad{"time: invalid duration " + base::go_quote(text)};
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
    if (rest.empty()) return base::text_error{"time: missing unit in duration " + base::go_quote(text)};
    const unit* u = unit_at(rest);
    if (u == nullptr) {
      std::size_t m = 0;
      while (m < rest.size() && !is_digit(rest[m]) && rest[m] != '.') ++m;
      return base::text_error{"time: unknown unit " + base::go_quote(rest.substr(0, m)) + " in duration " + base::go_quote(text)};
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

}  // namespace waggle::base
