// One kind of middleware: headers that are set, and security headers.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <waggle/model/header_map.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waggle::model {

struct headers {
  header_map custom_request_headers, custom_response_headers;
  std::vector<std::string> allowed_hosts, hosts_proxy_headers;
  bool ssl_redirect = false, ssl_temporary_redirect = false;
  std::string ssl_host;
  header_map ssl_proxy_headers;
  bool ssl_force_host = false;
  std::int64_t sts_seconds = 0;
  bool sts_include_subdomains = false, sts_preload = false, force_sts_header = false, frame_deny = false;
  std::string custom_frame_options_value;
  bool content_type_nosniff = false, browser_xss_filter = false;
  std::string custom_browser_xss_value, content_security_policy, public_key, referrer_policy;
  bool is_development = false;
  bool operator==(const headers&) const = default;
};

}  // namespace waggle::model
