#include "file/read_backend.hpp"

#include "file/server_url.hpp"
#include "labels/go_value.hpp"

#include <waggle/base/log.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery::file {
namespace {

void read_server(section& from, const std::string& name, model::backend& to) {
  model::server out;
  out.name = name;
  if (!from.has("url")) from.fail("has no url; write url = \"http://10.0.0.5:8000\"");
  std::string address;
  const bool has_url = from.take("url", address);
  out.url = address;
  from.take("weight", out.weight);
  if (out.weight < 0) from.fail("weight", "is negative; write 0 or more");
  if (!has_url) return;
  const auto url = parse_server_url(address);
  if (url.has_error()) {
    from.fail("url", url.error().reason);
    return;
  }
  if (url->has_path) from.warn("url", "has a path, which is ignored, as in Traefik 1");
  for (const model::server& other : to.servers)
    if (other.url == out.url) from.warn("url", "is that of server " + other.name + ", too; both are one server");
  out.scheme = url->scheme;
  out.host = url->host;
  out.port = url->port;
  out.id = "file/" + to.name + "/" + out.url;
  to.servers.push_back(std::move(out));
}

// RFC 6265 §4.1.1: a cookie's name is a token.
bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 127 && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos; });
}

void read_stickiness(section& from, model::stickiness& out) {
  from.take("cookieName", out.cookie_name);
  if (!is_token(out.cookie_name))
    from.fail("cookieName", base::go_quote(out.cookie_name) + " cannot be a cookie's name; use letters, digits, - and _");
  from.take("secure", out.secure);
  from.take("httpOnly", out.http_only);
  from.take("sameSite", out.same_site);
  if (const auto& s = out.same_site; !s.empty() && s != "none" && s != "lax" && s != "strict")
    from.warn("sameSite", base::go_quote(s) + " gives no attribute; write none, lax or strict");
}

void read_load_balancer(section& from, model::balance_options& out) {
  from.take("method", out.method);
  from.take("sticky", out.sticky);
  from.within("stickiness", [&](section& s) { read_stickiness(s, out.stickiness.emplace()); });
}

void read_health_check(section& from, model::health_check& out) {
  from.take("scheme", out.scheme);
  from.take("path", out.path);
  from.take("port", out.port);
  if (out.port < 0 || out.port > 65'535) from.fail("port", "is no port; write a number from 1 to 65535");
  from.take("interval", out.interval);
  // Traefik takes its default then; bare numbers are no interval here.
  if (!out.interval.empty() && (parse_go_duration(out.interval).has_error() || parse_go_int(out.interval, "").has_value()))
    from.warn("interval", base::go_quote(out.interval) + " is no duration, the default is used; write 10s or 500ms");
  from.take("hostname", out.hostname);
  from.take("headers", out.headers);
}

void read_buffering(section& from, model::buffering& out) {
  from.take("maxRequestBodyBytes", out.max_request_body_bytes);
  from.take("memRequestBodyBytes", out.mem_request_body_bytes);
  from.take("maxResponseBodyBytes", out.max_response_body_bytes);
  from.take("memResponseBodyBytes", out.mem_response_body_bytes);
  from.take("retryExpression", out.retry_expression);
}

}  // namespace

void read_backend(section& from, model::backend& out) {
  from.each("servers", [&](const std::string& name, section& s) { read_server(s, name, out); });
  from.within("loadBalancer", [&](section& s) { read_load_balancer(s, out.balance.emplace()); });
  from.within("circuitBreaker", [&](section& s) { s.take("expression", out.circuit_breaker.emplace().expression); });
  from.within("maxConn", [&](section& s) {
    auto& to = out.max_conn.emplace();
    s.take("amount", to.amount);
    s.take("extractorFunc", to.extractor_func);
  });
  from.within("healthCheck", [&](section& s) { read_health_check(s, out.health_check.emplace()); });
  from.within("buffering", [&](section& s) { read_buffering(s, out.buffering.emplace()); });
  from.within("responseForwarding", [&](section& s) { s.take_duration("flushInterval", out.response_forwarding.emplace().flush_interval); });
}

}  // namespace waggle::discovery::file
