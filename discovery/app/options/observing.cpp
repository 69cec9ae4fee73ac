#include "options/observing.hpp"

#include "options/put.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app {
namespace {

using base::text_error;
using outcome = base::text_result<void>;
using text = std::string_view;
using enum option_kind;

constexpr text access = "Access log", metrics = "Metrics";
constexpr std::size_t most_buckets = 30;

outcome put_mode(proxy::field_mode& to, text v, bool may_redact) {
  const std::string mode = lower(v);
  if (mode == "keep") to = proxy::field_mode::keep;
  else if (mode == "drop") to = proxy::field_mode::drop;
  else if (mode == "redact" && may_redact) to = proxy::field_mode::redact;
  else return text_error{may_redact ? "expected keep, drop or redact" : "expected keep or drop"};
  return {};
}

/// "Name=mode Name=mode": Traefik 1's form; the separator may be a comma as well.
outcome put_modes(std::map<std::string, proxy::field_mode>& to, text v, bool may_redact) {
  while (!v.empty()) {
    const auto end = v.find_first_of(" ,\t");
    const text one = v.substr(0, end);
    v = end == text::npos ? text{} : v.substr(end + 1);
    if (one.empty()) continue;
    const auto equals = one.find('=');
    if (equals == text::npos || equals == 0) return text_error{"expected Name=keep and so on, separated by blanks"};
    proxy::field_mode mode{};
    if (auto ok = put_mode(mode, one.substr(equals + 1), may_redact); !ok) return ok;
    to[std::string(one.substr(0, equals))] = mode;
  }
  return {};
}

/// "200" or "300-302".
outcome add_statuses(std::vector<std::pair<unsigned, unsigned>>& to, text v) {
  for (const std::string& one : split_list(v)) {
    const auto dash = one.find('-');
    const auto first = parse_count(one.substr(0, dash), 100, 999);
    const auto last = dash == std::string::npos ? first : parse_count(one.substr(dash + 1), 100, 999);
    if (!first || !last || *first > *last) return text_error{"expected status codes or ranges such as 200,300-302"};
    to.emplace_back(*first, *last);
  }
  return {};
}

outcome put_buckets(std::vector<double>& to, text v) {
  std::vector<double> bounds;
  for (const std::string& one : split_list(v)) {
    char* end = nullptr;
    const double bound = std::strtod(one.c_str(), &end);
    if (end != one.c_str() + one.size() || !std::isfinite(bound) || bound < 0.001 || bound > 86'400 || (!bounds.empty() && bound <= bounds.back()) ||
        bounds.size() == most_buckets)
      return text_error{fmt::format("expected at most {} rising numbers of seconds, from 0.001 on, such as 0.1,0.3,1.2,5", most_buckets)};
    bounds.push_back(bound);
  }
  if (bounds.empty()) return text_error{"expected numbers of seconds such as 0.1,0.3,1.2,5"};
  to = std::move(bounds);
  return {};
}

constexpr std::array rows{
    option_row{access, "accessLog", 0, section, "", "false", true, "Write a line for each request.",
               [](settings& s, text v) { return put(s.access.enabled, v); }},
    option_row{access, "accessLog.filePath", 0, value, "FILE", "", true, "To a file (opened again on SIGUSR1 and SIGHUP) instead of standard output.",
               [](settings& s, text v) { return put_name(s.access.file, v); }},
    option_row{access, "accessLog.format", 0, value, "FORMAT", "common", true, "common or json.",
               [](settings& s, text v) -> outcome {
                 const auto parsed = parse_log_format(v);
                 if (!parsed) return parsed.error();
                 s.access.how.format = *parsed == base::log_format::json ? proxy::access_format::json : proxy::access_format::common;
                 return {};
               }},
    option_row{access, "accessLog.bufferingSize", 0, value, "N", "0", true,
               "Accepted; a thread of its own always writes the lines, up to 4 MiB may wait.",
               [](settings&, text v) -> outcome {
                 const auto parsed = parse_count(v, 0, 1'000'000'000);
                 if (!parsed) return parsed.error();
                 return {};
               }},
    option_row{access, "accessLog.filters.statusCodes", 0, list, "LIST", "", true,
               "Only requests with these statuses: 200,300-302. Of several filters one is enough.",
               [](settings& s, text v) { return add_statuses(s.access.how.statuses, v); }},
    option_row{access, "accessLog.filters.retryAttempts", 0, boolean, "", "false", true, "Only requests that were sent again.",
               [](settings& s, text v) { return put(s.access.how.retried, v); }},
    option_row{access, "accessLog.filters.minDuration", 0, value, "DURATION", "0s", true, "Only requests that took longer.",
               [](settings& s, text v) -> outcome {
                 const auto parsed = parse_duration(v);
                 if (!parsed) return parsed.error();
                 s.access.how.longer_than = *parsed;
                 return {};
               }},
    option_row{access, "accessLog.fields.defaultMode", 0, value, "MODE", "keep", true, "keep or drop the fields that are not named.",
               [](settings& s, text v) { return put_mode(s.access.how.fields, v, false); }},
    option_row{access, "accessLog.fields.names", 0, list, "NAME=MODE…", "", true,
               "keep or drop fields: \"ClientUsername=drop StartLocal=drop\" (docs/access-log.md lists them).",
               [](settings& s, text v) { return put_modes(s.access.how.by_name, v, false); }},
    option_row{access, "accessLog.fields.headers.defaultMode", 0, value, "MODE", "keep", true,
               "keep, drop or redact the header fields that are not named. Authorization and cookies are redacted unless named.",
               [](settings& s, text v) { return put_mode(s.access.how.headers, v, true); }},
    option_row{access, "accessLog.fields.headers.names", 0, list, "NAME=MODE…", "", true,
               "keep, drop or redact header fields: \"User-Agent=redact X-Token=drop\".",
               [](settings& s, text v) { return put_modes(s.access.how.by_header, v, true); }},

    option_row{metrics, "metrics", 0, section, "", "false", true, "Serve /metrics for Prometheus.",
               [](settings& s, text v) { return put(s.metrics.enabled, v); }},
    option_row{metrics, "metrics.prometheus", 0, section, "", "false", true, "The same.",
               [](settings& s, text v) { return put(s.metrics.prometheus, v); }},
    option_row{metrics, "metrics.prometheus.buckets", 0, value, "LIST", "0.001,0.002,0.005,0.01,0.02,0.05,0.1,0.3,0.6,1.2,2.5,5", true,
               "Bounds of the histograms of durations, in seconds.", [](settings& s, text v) { return put_buckets(s.metrics.buckets, v); }},
    option_row{metrics, "metrics.prometheus.entryPoint", 0, value, "NAME", "traefik", true, "Its entry point: that of the API.",
               [](settings& s, text v) { return put(s.metrics.entry_point, v); }},
    option_row{metrics, "web.metrics", 0, section, "", "false", true, "Deprecated: nothing but a name for the next ones.",
               [](settings&, text v) { return only_check(parse_bool(v)); }},
    option_row{metrics, "web.metrics.prometheus", 0, section, "", "false", true, "Deprecated: --metrics.prometheus, beside --web.",
               [](settings& s, text v) { return put(s.web.metrics, v); }},
    option_row{metrics, "web.metrics.prometheus.buckets", 0, value, "LIST", "0.001,0.002,0.005,0.01,0.02,0.05,0.1,0.3,0.6,1.2,2.5,5", true,
               "Deprecated: --metrics.prometheus.buckets.", [](settings& s, text v) { return put_buckets(s.metrics.buckets, v); }},
};

}  // namespace

std::span<const option_row> observing_rows() { return rows; }

}  // namespace waggle::app
