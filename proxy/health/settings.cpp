#include "health/settings.hpp"

#include "http1/field_text.hpp"
#include "http1/uri_text.hpp"

#include <waggle/base/duration.hpp>

#include <algorithm>
#include <cstdint>

namespace waggle::proxy::health {

std::string interval_complaint(const model::health_check& check, const std::string& backend) {
  if (check.interval.empty()) return {};
  const auto ns = base::parse_go_duration(check.interval);
  if (!ns) return "Illegal health check interval for backend '" + backend + "': " + ns.error().reason;
  if (*ns <= 0) return "Health check interval smaller than zero for backend '" + backend + "'";
  return {};
}

milliseconds interval_of(const model::health_check& check, milliseconds otherwise) {
  const auto ns = base::parse_go_duration(check.interval);
  if (!ns || *ns <= 0) return otherwise;
  return milliseconds(std::max<std::int64_t>(*ns / 1'000'000, 100));  // a flood of checks by label is not wanted
}

std::string probe_target(std::string_view path) {
  path = path.substr(0, path.find('#'));
  std::string out = path.starts_with('/') ? "" : "/";
  out += path;
  return http1::safe_location(out);
}

base::text_result<probe> probe_of(const model::health_check& check, const model::server& server, milliseconds interval) {
  probe out;
  const std::string& scheme = check.scheme.empty() ? server.scheme : check.scheme;
  if (scheme != "http") return base::text_error{"health checks over " + scheme + " are not served"};
  if (check.port < 0 || check.port > 65535) return base::text_error{"health check port " + std::to_string(check.port) + " is no port"};
  auto to = io::make_address(server.host, check.port != 0 ? static_cast<std::uint16_t>(check.port) : server.port);
  if (!to) return to.error();
  out.to = *to;
  out.host = check.hostname.empty() ? out.to.text() : check.hostname;
  if (!http1::valid_value(out.host)) return base::text_error{"health check hostname holds control characters"};
  out.target = probe_target(check.path);
  for (const auto& [name, value] : check.headers) {
    if (!http1::valid_name(name) || !http1::valid_value(value)) return base::text_error{"health check header " + name + " is not lawful"};
    if (name == "Host") out.host = value;  // as Go: the field is the request's host
    else if (!http1::is_framing(name) && !value.empty()) out.fields += name + ": " + value + "\r\n";
  }
  out.interval = interval_of(check, interval);
  return out;
}

}  // namespace waggle::proxy::health
