#include "options/values.hpp"

#include <waggle/http/field.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace waggle::app {
namespace {

using base::text_error;

constexpr std::string_view duration_form = "expected a duration such as 500ms, 2s or 1m30s, or a whole number of seconds, of at most a year";
constexpr double year_ms = 365.0 * 24 * 3600 * 1000;

struct duration_unit {
  std::string_view name;
  double ms;
};
// Longest first where one begins another ("ms" before "m").
constexpr std::array<duration_unit, 8> units{
    {{"ns", 1e-6}, {"us", 1e-3}, {"\u00b5s", 1e-3}, {"\u03bcs", 1e-3}, {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_ip(const std::string& text, int family) {
  unsigned char out[16];
  return inet_pton(family, text.c_str(), out) == 1;
}

}  // namespace

std::string lower(std::string_view text) { return http::lowered(std::string(text)); }

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = trim(text.substr(0, comma));
    if (!part.empty()) out.emplace_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

base::text_result<bool> parse_bool(std::string_view text) {
  const std::string t = lower(text);
  for (const std::string_view yes : {"true", "1", "t", "on", "yes"})
    if (t == yes) return true;
  for (const std::string_view no : {"false", "0", "f", "off", "no"})
    if (t == no) return false;
  return text_error{"expected true or false"};
}

base::text_result<bool> word_bool(std::string_view text) {
  if (text.empty() || lower(text) == "enable") return true;
  if (lower(text) == "disable") return false;
  return parse_bool(text);
}

base::text_result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const text_error wrong{std::string(duration_form)};
  if (text.empty()) return wrong;
  double total = 0;
  const bool whole = std::all_of(text.begin(), text.end(), digit);
  while (!text.empty()) {
    if (!digit(text[0]) && text[0] != '.') return wrong;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{}) return wrong;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (whole) {
      total = number * 1'000;
      break;
    }
    const auto unit = std::find_if(units.begin(), units.end(), [&](const duration_unit& u) { return text.substr(0, u.name.size()) == u.name; });
    if (unit == units.end()) return wrong;
    total += number * unit->ms;
    text.remove_prefix(unit->name.size());
  }
  if (!(total <= year_ms)) return wrong;
  // What is not zero must not become zero, which often means "no limit".
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(total))};
}

base::text_result<unsigned> parse_count(std::string_view text, unsigned least, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
    return text_error{fmt::format("expected a whole number from {} to {}", least, most)};
  return number;
}

base::text_result<base::log_level> parse_level(std::string_view text) {
  using enum base::log_level;
  const std::string t = lower(text);
  if (t == "debug") return debug;
  if (t == "info") return info;
  if (t == "warn" || t == "warning") return warning;
  if (t == "error") return error;
  if (t == "fatal") return fatal;
  if (t == "panic") return panic;
  return text_error{"expected DEBUG, INFO, WARN, ERROR, FATAL or PANIC"};
}

base::text_result<base::log_format> parse_log_format(std::string_view text) {
  const std::string t = lower(text);
  if (t == "common" || t == "text") return base::log_format::text;
  if (t == "json") return base::log_format::json;
  return text_error{"expected common or json"};
}

base::text_result<host_port> parse_address(std::string_view text) {
  const text_error wrong{"expected an address such as :80, 127.0.0.1:80 or [::1]:80"};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  const std::string_view digits = text.substr(colon + 1);
  host_port out;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return wrong;
  std::string host(text.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!is_ip(host, AF_INET6)) return wrong;
  } else if (!host.empty() && !is_ip(host, AF_INET)) {
    return wrong;
  }
  out.host = std::move(host);
  return out;
}

base::text_result<void> check_ip_range(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  const bool v4 = is_ip(address, AF_INET);
  bool ok = v4 || is_ip(address, AF_INET6);
  if (slash != std::string_view::npos) ok = ok && parse_count(text.substr(slash + 1), 0, v4 ? 32 : 128).has_value();
  if (!ok) return text_error{fmt::format("expected an IP address or CIDR block instead of \"{}\"", text)};
  return {};
}

base::text_result<void> check_constraint(std::string_view text) {
  if (text.size() > 5 && (text.substr(0, 5) == "tag==" || text.substr(0, 5) == "tag!=")) return {};
  return text_error{"expected constraints such as tag==api or tag!=us-*, separated by commas"};
}

base::text_result<std::string> engine_endpoint(std::string_view text) {
  using boost::system::in_place_value;  // a text alone could be the value or the reason
  using endpoint = base::text_result<std::string>;
  constexpr std::string_view unix_prefix = "unix://", https_prefix = "https://";
  if (text.starts_with(unix_prefix) && text.size() > unix_prefix.size()) return endpoint(in_place_value, text);
  for (const std::string_view scheme : {std::string_view("tcp://"), std::string_view("http://"), https_prefix}) {
    if (!text.starts_with(scheme)) continue;
    std::string_view host = text.substr(scheme.size());
    if (host.ends_with('/')) host.remove_suffix(1);
    const auto colon = host.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == host.size() || host.find('/') != std::string_view::npos) break;
    return endpoint(in_place_value, std::string(scheme == https_prefix ? https_prefix : "tcp://") + std::string(host));
  }
  return text_error{"expected unix:///PATH or tcp://HOST:PORT"};
}

}  // namespace waggle::app
