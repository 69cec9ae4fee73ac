// Authentication, lists, redirects, headers, limits: carried as they are, judged where they are wired.
#include "file/read_frontend.hpp"

#include <string>
#include <utility>

namespace waggle::discovery::file {
namespace {

void read_users(section& from, model::auth_users& out) {
  from.take("users", out.users);
  from.take("usersFile", out.users_file);
  from.take("removeHeader", out.remove_header);
}

void read_forward(section& from, model::auth_forward& out) {
  from.take("address", out.address);
  from.take("trustForwardHeader", out.trust_forward_header);
  from.take("authResponseHeaders", out.auth_response_headers);
  from.within("tls", [&](section& s) {
    auto& tls = out.tls.emplace();
    s.take("ca", tls.ca);
    s.take("caOptional", tls.ca_optional);
    s.take("cert", tls.cert);
    s.take("key", tls.key);
    s.take("insecureSkipVerify", tls.insecure_skip_verify);
  });
}

void read_auth(section& from, model::auth& out) {
  from.take("headerField", out.header_field);
  from.within("basic", [&](section& s) { read_users(s, out.basic.emplace()); });
  from.within("digest", [&](section& s) { read_users(s, out.digest.emplace()); });
  from.within("forward", [&](section& s) { read_forward(s, out.forward.emplace()); });
  const int kinds = (out.basic ? 1 : 0) + (out.digest ? 1 : 0) + (out.forward ? 1 : 0);
  if (kinds > 1) from.fail("asks for more than one of basic, digest and forward; keep one of them");
}

void read_cert_name(section& from, model::tls_cert_name& out) {
  from.take("country", out.country);
  from.take("province", out.province);
  from.take("locality", out.locality);
  from.take("organization", out.organization);
  from.take("commonName", out.common_name);
  from.take("serialNumber", out.serial_number);
  from.take("domainComponent", out.domain_component);
}

void read_client_cert(section& from, model::pass_tls_client_cert& out) {
  from.take("pem", out.pem);
  from.within("infos", [&](section& s) {
    auto& infos = out.infos.emplace();
    s.take("notAfter", infos.not_after);
    s.take("notBefore", infos.not_before);
    s.take("sans", infos.sans);
    s.within("subject", [&](section& n) { read_cert_name(n, infos.subject.emplace()); });
    s.within("issuer", [&](section& n) { read_cert_name(n, infos.issuer.emplace()); });
  });
}

void read_headers(section& from, model::headers& out) {
  from.take("customRequestHeaders", out.custom_request_headers);
  from.take("customResponseHeaders", out.custom_response_headers);
  from.take("allowedHosts", out.allowed_hosts);
  from.take("hostsProxyHeaders", out.hosts_proxy_headers);
  from.take("SSLRedirect", out.ssl_redirect);
  from.take("SSLTemporaryRedirect", out.ssl_temporary_redirect);
  from.take("SSLHost", out.ssl_host);
  from.take("SSLProxyHeaders", out.ssl_proxy_headers);
  from.take("SSLForceHost", out.ssl_force_host);
  from.take("STSSeconds", out.sts_seconds);
  from.take("STSIncludeSubdomains", out.sts_include_subdomains);
  from.take("STSPreload", out.sts_preload);
  from.take("forceSTSHeader", out.force_sts_header);
  from.take("frameDeny", out.frame_deny);
  from.take("customFrameOptionsValue", out.custom_frame_options_value);
  from.take("contentTypeNosniff", out.content_type_nosniff);
  from.take("browserXSSFilter", out.browser_xss_filter);
  from.take("customBrowserXSSValue", out.custom_browser_xss_value);
  from.take("contentSecurityPolicy", out.content_security_policy);
  from.take("publicKey", out.public_key);
  from.take("referrerPolicy", out.referrer_policy);
  from.take("isDevelopment", out.is_development);
}

void read_rate_limit(section& from, model::rate_limit& out) {
  from.take("extractorFunc", out.extractor_func);
  from.each("rateSet", [&](const std::string& name, section& s) {
    auto& rate = out.rate_set[name];
    s.take_duration("period", rate.period_ns);
    s.take("average", rate.average);
    s.take("burst", rate.burst);
  });
}

// The forms before Traefik 1.7; the new ones win.
void read_old_forms(section& from, model::frontend_options& out) {
  if (from.has("basicAuth")) {
    from.warn("basicAuth", "is deprecated; use auth.basic.users");
    model::auth_users users;
    from.take("basicAuth", users.users);
    if (!out.auth) out.auth.emplace().basic = std::move(users);
  }
  if (from.has("whitelistSourceRange")) {
    from.warn("whitelistSourceRange", "is deprecated; use whiteList.sourceRange");
    model::white_list list;
    from.take("whitelistSourceRange", list.source_range);
    if (!out.white_list) out.white_list = std::move(list);
  }
}

}  // namespace

void read_frontend_options(section& from, model::frontend_options& out) {
  from.take("passTLSCert", out.pass_tls_cert);
  from.within("passTLSClientCert", [&](section& s) { read_client_cert(s, out.pass_tls_client_cert.emplace()); });
  from.within("auth", [&](section& s) { read_auth(s, out.auth.emplace()); });
  from.within("whiteList", [&](section& s) {
    auto& list = out.white_list.emplace();
    s.take("sourceRange", list.source_range);
    s.take("useXForwardedFor", list.use_x_forwarded_for);
  });
  from.within("redirect", [&](section& s) {
    auto& to = out.redirect.emplace();
    s.take("entryPoint", to.entry_point);
    s.take("regex", to.regex);
    s.take("replacement", to.replacement);
    s.take("permanent", to.permanent);
  });
  from.within("headers", [&](section& s) { read_headers(s, out.headers.emplace()); });
  from.each("errors", [&](const std::string& name, section& s) {
    auto& page = out.errors[name];
    s.take("status", page.status);
    s.take("backend", page.backend);
    s.take("query", page.query);
  });
  from.within("rateLimit", [&](section& s) { read_rate_limit(s, out.rate_limit.emplace()); });
  read_old_forms(from, out);
}

}  // namespace waggle::discovery::file
