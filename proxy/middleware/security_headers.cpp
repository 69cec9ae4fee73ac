// headers.*: allowed hosts and redirects to https before a server is asked, security fields on its answer (Traefik 1.7
// section 8.6). Custom response headers of the same name win, as in Traefik.
#include "http1/field_text.hpp"
#include "http1/framing.hpp"
#include "middleware/locations.hpp"
#include "middleware/registry.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy::middleware {
namespace {

class security_step final : public step {
 public:
  explicit security_step(const model::headers& h) : o_(h) {}

  step_result on_request(const request_info& about, http::request&) const override {
    std::string_view host = about.request.authority;
    for (const std::string& name : o_.hosts_proxy_headers) {
      if (const std::string_view value = told(about, name); !value.empty()) {
        host = value;
        break;
      }
    }
    if (!allowed(host)) return local_answer{500, {}, "Bad Host\n"};
    const bool secure = is_secure(about);
    if (o_.is_development) return passed{.secure = secure};
    const std::string_view ssl_host = o_.ssl_host.empty() ? host : std::string_view(o_.ssl_host);
    const bool to_https = o_.ssl_redirect && !secure;
    const bool to_host = o_.ssl_force_host && ssl_host != host;
    if (!to_https && !to_host) return passed{.secure = secure};
    if (ssl_host.empty()) return local_answer{400, {}, "400 Bad Request\n"};  // HTTP/1.0 without Host: no URL to send it to
    const std::string url = "https://" + std::string(ssl_host) + original_target(about);
    return html_redirect(o_.ssl_temporary_redirect ? 307 : 301, url, about.request.method);
  }

 private:
  bool allowed(std::string_view host) const noexcept {
    if (o_.allowed_hosts.empty() || o_.is_development) return true;
    for (const std::string& a : o_.allowed_hosts)
      if (http1::same_authority(a, host)) return true;
    return false;
  }
  bool is_secure(const request_info& about) const noexcept {
    if (about.tls) return true;
    for (const auto& [name, value] : o_.ssl_proxy_headers)
      if (told(about, name) == value) return true;
    return false;
  }

  model::headers o_;
};

/// Fields for the answer, in Go's canonical spelling. @return some depend on whether the request came over TLS.
bool put_fields(const model::headers& h, answer_rules& to) {
  if (!h.custom_frame_options_value.empty()) to.set("X-Frame-Options", h.custom_frame_options_value);
  else if (h.frame_deny) to.set("X-Frame-Options", "DENY");
  if (h.content_type_nosniff) to.set("X-Content-Type-Options", "nosniff");
  if (!h.custom_browser_xss_value.empty()) to.set("X-Xss-Protection", h.custom_browser_xss_value);
  else if (h.browser_xss_filter) to.set("X-Xss-Protection", "1; mode=block");
  if (!h.content_security_policy.empty()) to.set("Content-Security-Policy", h.content_security_policy);
  if (!h.referrer_policy.empty()) to.set("Referrer-Policy", h.referrer_policy);
  if (h.is_development) return false;
  bool depends = false;
  if (h.sts_seconds != 0) {
    std::string value = "max-age=" + std::to_string(h.sts_seconds);
    if (h.sts_include_subdomains) value += "; includeSubDomains";
    if (h.sts_preload) value += "; preload";
    depends = to.set("Strict-Transport-Security", value, !h.force_sts_header) && !h.force_sts_header;
  }
  if (!h.public_key.empty()) depends = to.set("Public-Key-Pins", h.public_key, true) || depends;
  return depends;
}

bool asks_for_something(const model::headers& h) {
  return !h.allowed_hosts.empty() || h.ssl_redirect || h.ssl_force_host || h.sts_seconds != 0 || h.frame_deny ||
         !h.custom_frame_options_value.empty() || h.content_type_nosniff || h.browser_xss_filter || !h.custom_browser_xss_value.empty() ||
         !h.content_security_policy.empty() || !h.public_key.empty() || !h.referrer_policy.empty();
}

}  // namespace

base::text_result<void> build_security_headers(const model::headers& h, const step_context& context, chain& out) {
  if (!asks_for_something(h)) return {};
  for (const std::string* value :
       {&h.ssl_host, &h.custom_frame_options_value, &h.custom_browser_xss_value, &h.content_security_policy, &h.public_key, &h.referrer_policy})
    if (!http1::valid_value(*value)) return base::text_error{"frontend " + context.name + ": a security header holds control characters"};

  auto rules = std::make_unique<answer_rules>();
  if (out.on_answer) *rules = *out.on_answer;
  const bool depends = put_fields(h, *rules);
  if (!h.allowed_hosts.empty() || h.ssl_redirect || h.ssl_force_host || depends) out.steps.push_back({std::make_unique<security_step>(h), nullptr});
  if (!rules->empty()) out.on_answer = std::move(rules);
  return {};
}

}  // namespace waggle::proxy::middleware
