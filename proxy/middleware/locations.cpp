#include "middleware/locations.hpp"

#include "http1/chars.hpp"
#include "http1/uri_text.hpp"

namespace waggle::proxy::middleware {
namespace {

using http::field_id;

std::string_view reason(unsigned status) noexcept {
  switch (status) {
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 307: return "Temporary Redirect";
    default: return "Permanent Redirect";
  }
}

}  // namespace

std::string original_target(const request_info& about) {
  std::string_view target = about.request.target;
  if (!target.starts_with('/')) {  // absolute form; its authority is that of the request
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return "/";
    const std::size_t end = target.find_first_of("/?", scheme + 3);
    target = end == std::string_view::npos ? std::string_view() : target.substr(end);
  }
  return target.starts_with('/') ? std::string(target) : "/" + std::string(target);
}

std::string_view told(const request_info& about, std::string_view name) noexcept {
  const field_id id = http::classify(name);
  for (const http::field& f : about.request.fields.all()) {
    if (!http::iequals(f.name, name)) continue;
    const bool strangers = http::is_forwarding(id) && !about.trusted && f.origin != http::field_origin::ours;
    if (!strangers && !f.value.empty()) return f.value;
    if (!strangers) break;  // the first line that counts
  }
  if (id == field_id::x_forwarded_proto) return about.request.scheme;
  if (id == field_id::x_forwarded_host) return about.request.authority;
  return {};
}

std::string original_url(const request_info& about) {
  const bool https = about.tls || told(about, "X-Forwarded-Proto") == "https";
  return (https ? "https://" : "http://") + std::string(about.request.authority) + original_target(about);
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&#34;";
    else if (c == '\'') out += "&#39;";
    else out += c;
  }
  return out;
}

local_answer plain_redirect(unsigned status, std::string_view url) {
  return {status, "Location: " + http1::safe_location(url) + "\r\nContent-Type: text/plain; charset=utf-8\r\n", std::string(reason(status))};
}

local_answer html_redirect(unsigned status, std::string_view url, std::string_view method) {
  const std::string location = http1::safe_location(url);
  local_answer out{status, "Location: " + location + "\r\n", {}};
  if (method == "GET" || method == "HEAD") out.fields += "Content-Type: text/html; charset=utf-8\r\n";
  if (method == "GET") out.body = "<a href=\"" + escape_html(location) + "\">" + std::string(reason(status)) + "</a>.\n\n";
  return out;
}

}  // namespace waggle::proxy::middleware
