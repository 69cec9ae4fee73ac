// What labels may ask of a frontend beyond its rule: plain data as Traefik 1 names it. Whether a value makes sense is
// judged where it is wired; here it is only carried.
#pragma once

#include <waggle/model/backend_options.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

/// Which parts of a distinguished name travel in X-Forwarded-Tls-Client-Cert-Infos.
struct tls_cert_name {
  bool country = false, province = false, locality = false, organization = false, common_name = false;
  bool serial_number = false, domain_component = false;
  bool operator==(const tls_cert_name&) const = default;
};

struct tls_cert_infos {
  bool not_after = false, not_before = false, sans = false;
  std::optional<tls_cert_name> subject, issuer;
  bool operator==(const tls_cert_infos&) const = default;
};

struct pass_tls_client_cert {
  bool pem = false;
  std::optional<tls_cert_infos> infos;
  bool operator==(const pass_tls_client_cert&) const = default;
};

/// Basic or digest authentication. Users are never shown by the API.
struct auth_users {
  std::vector<std::string> users;
  std::string users_file;
  bool remove_header = false;
  bool operator==(const auth_users&) const = default;
};

struct client_tls {
  std::string ca, cert, key;
  bool ca_optional = false, insecure_skip_verify = false;
  bool operator==(const client_tls&) const = default;
};

struct auth_forward {
  std::string address;
  std::optional<client_tls> tls;
  bool trust_forward_header = false;
  std::vector<std::string> auth_response_headers;
  bool operator==(const auth_forward&) const = default;
};

/// At most one of the three kinds is set.
struct auth {
  std::optional<auth_users> basic, digest;
  std::optional<auth_forward> forward;
  std::string header_field;
  bool operator==(const auth&) const = default;
};

struct white_list {
  std::vector<std::string> source_range;
  bool use_x_forwarded_for = false;
  bool operator==(const white_list&) const = default;
};

struct redirect {
  std::string entry_point, regex, replacement;
  bool permanent = false;
  bool operator==(const redirect&) const = default;
};

struct error_page {
  std::vector<std::string> status;  ///< "404" or "500-599"
  std::string backend;              ///< with its "backend-" prefix
  std::string query;
  bool operator==(const error_page&) const = default;
};

struct rate {
  std::int64_t period_ns = 0, average = 0, burst = 0;
  bool operator==(const rate&) const = default;
};

struct rate_limit {
  std::map<std::string, rate> rate_set;
  std::string extractor_func;
  bool operator==(const rate_limit&) const = default;
};

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

/// Everything of a frontend that is not its rule, backend, priority or entry points.
struct frontend_options {
  bool pass_tls_cert = false;
  std::optional<model::pass_tls_client_cert> pass_tls_client_cert;
  std::optional<model::white_list> white_list;
  std::optional<model::headers> headers;
  std::map<std::string, error_page> errors;
  std::optional<model::rate_limit> rate_limit;
  std::optional<model::redirect> redirect;
  std::optional<model::auth> auth;
  bool operator==(const frontend_options&) const = default;
};

}  // namespace waggle::model
