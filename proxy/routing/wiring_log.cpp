#include "routing/wiring_log.hpp"

#include "health/settings.hpp"

#include <waggle/base/duration.hpp>
#include <waggle/http/field.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace waggle::proxy::routing {
namespace {

void redirect_lines(const model::frontend& f, const std::string& entry_point, std::vector<std::string>& out) {
  if (!f.options.redirect || f.options.redirect->entry_point == entry_point) return;
  const model::redirect& r = *f.options.redirect;
  if (!r.entry_point.empty()) out.push_back("Creating entry point redirect " + entry_point + " -> " + r.entry_point);
  else if (!r.regex.empty() && !r.replacement.empty())
    out.push_back("Creating regex redirect " + entry_point + " -> " + r.regex + " -> " + r.replacement);
  else return;
  out.push_back("Frontend " + f.name + " redirect created");
}

bool has_custom(const model::headers& h) { return !h.custom_request_headers.empty() || !h.custom_response_headers.empty(); }

/// Something beside the custom headers.
bool has_security(model::headers h) {
  h.custom_request_headers.clear();
  h.custom_response_headers.clear();
  return !(h == model::headers{});
}

/// Go's %v of a map: keys in order.
std::string go_map(const model::header_map& map) {
  std::string out = "map[";
  for (const auto& [name, value] : map) {
    if (out.size() > 4) out += ' ';
    out += name + ":" + value;
  }
  return out + "]";
}

std::string in_brackets(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& s : list) out += (out.empty() ? "" : " ") + s;
  return "[" + out + "]";
}

}  // namespace

bool same_handler(const model::frontend& a, const model::frontend& b) {
  return a.backend == b.backend && a.pass_host_header == b.pass_host_header && a.priority == b.priority && a.options == b.options;
}

std::vector<std::string> wiring_lines(const model::frontend& f, const model::backend& to, const std::string& cookie, const std::string& entry_point,
                                      const options& opts, const wiring& how) {
  std::vector<std::string> out{"Wiring frontend " + f.name + " to entryPoint " + entry_point};
  const auto routes = [&] {
    if (how.routed)
      for (const model::route_rule& r : f.routes) out.push_back("Creating route " + r.name + " " + r.rule);
    return std::move(out);
  };
  if (how.reused) {
    // The number is Traefik's hash of the options; any will do.
    const auto number = std::to_string(std::hash<std::string>{}(entry_point + "|" + to.name));
    out.push_back("Reusing backend " + to.name + " [" + entry_point + " - docker - " + f.name + " - " + number + "]");
    return routes();
  }
  out.push_back("Creating backend " + to.name);
  const model::frontend_options& o = f.options;
  if (o.white_list) {
    out.push_back("configured IP white list: " + in_brackets(o.white_list->source_range));
    out.push_back("Configured IP Whitelists: " + in_brackets(o.white_list->source_range));
  }
  redirect_lines(f, entry_point, out);
  if (o.headers && has_custom(*o.headers)) out.push_back("Adding header middleware for frontend " + f.name);
  if (o.headers && has_security(*o.headers)) out.push_back("Adding secure middleware for frontend " + f.name);
  if (o.pass_tls_client_cert) out.push_back("Adding TLSClientHeaders middleware for frontend " + f.name);
  const model::backend& b = to;
  const model::balance_policy balance = b.balance ? model::policy_of(*b.balance) : model::balance_methods.front().policy;
  out.push_back("Creating load-balancer " + std::string(model::word_of(balance)));
  if (!cookie.empty()) out.push_back("Sticky session with cookie " + cookie);
  if (!how.balanced) return out;
  for (const model::server& s : b.servers) out.push_back("Creating server " + s.name + " at " + s.url + " with weight " + std::to_string(s.weight));
  if (b.health_check && !b.health_check->path.empty()) {
    const model::health_check& h = *b.health_check;
    out.push_back("Setting up backend health check [Hostname: " + h.hostname + " Headers: " + go_map(h.headers) + " Path: " + h.path +
                  " Port: " + std::to_string(h.port) +
                  " Interval: " + base::format_go_duration(health::interval_of(h, opts.health_interval).count() * 1'000'000) + "]");
  }
  if (o.rate_limit && !o.rate_limit->rate_set.empty()) out.emplace_back("Creating load-balancer rate limiter");
  if (b.max_conn && b.max_conn->amount != 0) out.insert(out.end(), 2, "Creating load-balancer connection limit");
  if (opts.retry_attempts)
    out.push_back("Creating retries max attempts " + std::to_string(*opts.retry_attempts > 0 ? *opts.retry_attempts : b.servers.size()));
  if (b.buffering) {
    const auto n = [](std::int64_t v) { return std::to_string(v); };
    out.push_back("Setting up buffering: request limits: " + n(b.buffering->mem_request_body_bytes) + " (mem), " +
                  n(b.buffering->max_request_body_bytes) + " (max), response limits: " + n(b.buffering->mem_response_body_bytes) + " (mem), " +
                  n(b.buffering->max_response_body_bytes) + " (max) with retry: '" + b.buffering->retry_expression + "'");
  }
  if (b.circuit_breaker) out.push_back("Creating circuit breaker " + b.circuit_breaker->expression);
  return routes();
}

}  // namespace waggle::proxy::routing
