// Labels of a frontend: its rule, and everything that a request passes before a server is chosen.
#include "labels/traefik1/rows.hpp"

#include "labels/go_value.hpp"

namespace waggle::discovery::traefik1 {

namespace {

using base::log_level;

template <auto Member>
constexpr auto put_client_cert = put<&model::frontend_options::pass_tls_client_cert, Member>;
template <auto Member>
constexpr auto put_cert_infos = put<&model::frontend_options::pass_tls_client_cert, &model::pass_tls_client_cert::infos, Member>;
template <auto Member>
constexpr auto put_cert_subject =
    put<&model::frontend_options::pass_tls_client_cert, &model::pass_tls_client_cert::infos, &model::tls_cert_infos::subject, Member>;
template <auto Member>
constexpr auto put_cert_issuer =
    put<&model::frontend_options::pass_tls_client_cert, &model::pass_tls_client_cert::infos, &model::tls_cert_infos::issuer, Member>;
template <auto Member>
constexpr auto put_basic_auth = put<&model::frontend_options::auth, &model::auth::basic, Member>;
template <auto Member>
constexpr auto put_digest_auth = put<&model::frontend_options::auth, &model::auth::digest, Member>;
template <auto Member>
constexpr auto put_forward_auth = put<&model::frontend_options::auth, &model::auth::forward, Member>;
template <auto Member>
constexpr auto put_forward_auth_tls = put<&model::frontend_options::auth, &model::auth::forward, &model::auth_forward::tls, Member>;
template <auto Member>
constexpr auto put_white_list = put<&model::frontend_options::white_list, Member>;
template <auto Member>
constexpr auto put_redirect = put<&model::frontend_options::redirect, Member>;
template <auto Member>
constexpr auto put_headers = put<&model::frontend_options::headers, Member>;

void put_basic_old(target& to, const label_use& use, label_notes& notes) {
  if (use.value.empty()) return;
  read_value(notes, use, to.asked.basic_users.emplace());
  deprecated(notes, use, "traefik.frontend.auth.basic.users");
}

void put_redirect_regex(target& to, const label_use& use, label_notes& notes) {
  if (use.value.empty()) return;
  if (go_unquotable(use.value)) {
    reach<&model::frontend_options::redirect, &model::redirect::regex>(to) = read_template(notes, use, use.value);
    return;
  }
  notes.lines.push_back({log_level::error, "Invalid regex syntax: " + std::string(use.value)});
  notes.diagnostics.push_back(about_label(model::severity::warning, "bad-escape", use, "holds a single backslash or a quote; the redirect is dropped",
                                          "write a backslash as \\\\"));
}

void put_error_status(target& to, const label_use& use, label_notes& notes) {
  read_value(notes, use, error_page_of(to, read_template(notes, use, use.part)).status);
}
void put_error_backend(target& to, const label_use& use, label_notes& notes) {
  error_page_of(to, read_template(notes, use, use.part)).backend = "backend-" + read_template(notes, use, use.value);
}
void put_error_query(target& to, const label_use& use, label_notes& notes) {
  error_page_of(to, read_template(notes, use, use.part)).query = read_template(notes, use, use.value);
}

void put_rate_period(target& to, const label_use& use, label_notes& notes) {
  read_duration(notes, use, rate_of(to, read_template(notes, use, use.part)).period_ns);
}
template <auto Member>
void put_rate(target& to, const label_use& use, label_notes& notes) {
  read_rate(notes, use, rate_of(to, read_template(notes, use, use.part)).*Member);
}

constexpr row all_frontend_rows[] = {
    {"traefik.frontend.rule", "string", "Host:<service>.<domain>", group::frontend, label_place::segment, "Which requests are for this service.",
     put_raw<&raw_names::rule>},
    {"traefik.frontend.priority", "int", "0: length of the rule", group::frontend, label_place::segment, "Higher is tried first.",
     put<&model::frontend::priority>},
    {"traefik.frontend.entryPoints", "list", "--defaultentrypoints", group::frontend, label_place::segment, "Entry points that serve it.",
     put<&model::frontend::entry_points>},
    {"traefik.frontend.passHostHeader", "bool", "true", group::frontend, label_place::segment, "Pass the client's Host header on.",
     put<&model::frontend::pass_host_header>},
    {"traefik.frontend.passTLSCert", "bool", "false", group::frontend, label_place::segment, "Deprecated; needs TLS on the entry point.",
     put<&model::frontend_options::pass_tls_cert>},
    {"traefik.frontend.passTLSClientCert.pem", "bool", "false", group::tls_cert, label_place::segment,
     "Pass the client certificate in X-Forwarded-Tls-Client-Cert.", put_client_cert<&model::pass_tls_client_cert::pem>},
    {"traefik.frontend.passTLSClientCert.infos.notAfter", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the client certificate.", put_cert_infos<&model::tls_cert_infos::not_after>},
    {"traefik.frontend.passTLSClientCert.infos.notBefore", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the client certificate.", put_cert_infos<&model::tls_cert_infos::not_before>},
    {"traefik.frontend.passTLSClientCert.infos.sans", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the client certificate.", put_cert_infos<&model::tls_cert_infos::sans>},
    {"traefik.frontend.passTLSClientCert.infos.subject.commonName", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::common_name>},
    {"traefik.frontend.passTLSClientCert.infos.subject.country", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::country>},
    {"traefik.frontend.passTLSClientCert.infos.subject.domainComponent", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::domain_component>},
    {"traefik.frontend.passTLSClientCert.infos.subject.locality", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::locality>},
    {"traefik.frontend.passTLSClientCert.infos.subject.organization", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::organization>},
    {"traefik.frontend.passTLSClientCert.infos.subject.province", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::province>},
    {"traefik.frontend.passTLSClientCert.infos.subject.serialNumber", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", put_cert_subject<&model::tls_cert_name::serial_number>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.commonName", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::common_name>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.country", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::country>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.domainComponent", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::domain_component>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.locality", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::locality>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.organization", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::organization>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.province", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::province>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.serialNumber", "bool", "false", group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", put_cert_issuer<&model::tls_cert_name::serial_number>},
    {"traefik.frontend.auth.basic.users", "list", "", group::auth_basic, label_place::segment, "user:hash pairs.",
     put_basic_auth<&model::auth_users::users>},
    {"traefik.frontend.auth.basic.usersFile", "string", "", group::auth_basic, label_place::segment, "File with one of them a line.",
     put_basic_auth<&model::auth_users::users_file>},
    {"traefik.frontend.auth.basic.removeHeader", "bool", "false", group::auth_basic, label_place::segment, "Do not pass Authorization on.",
     put_basic_auth<&model::auth_users::remove_header>},
    {"traefik.frontend.auth.digest.users", "list", "", group::auth_digest, label_place::segment, "user:realm:hash triples.",
     put_digest_auth<&model::auth_users::users>},
    {"traefik.frontend.auth.digest.usersFile", "string", "", group::auth_digest, label_place::segment, "File with one of them a line.",
     put_digest_auth<&model::auth_users::users_file>},
    {"traefik.frontend.auth.digest.removeHeader", "bool", "false", group::auth_digest, label_place::segment, "Do not pass Authorization on.",
     put_digest_auth<&model::auth_users::remove_header>},
    {"traefik.frontend.auth.basic", "list", "", group::auth_basic, label_place::segment, "Deprecated form of auth.basic.users.", &put_basic_old},
    {"traefik.frontend.auth.headerField", "string", "", group::auth_head, label_place::segment, "Request header that carries the user name.",
     put<&model::frontend_options::auth, &model::auth::header_field>},
    {"traefik.frontend.auth.forward.address", "string", "", group::auth_forward, label_place::segment, "URL of the authentication service.",
     put_forward_auth<&model::auth_forward::address>},
    {"traefik.frontend.auth.forward.authResponseHeaders", "list", "", group::auth_forward, label_place::segment, "Headers of its answer to pass on.",
     put_forward_auth<&model::auth_forward::auth_response_headers>},
    {"traefik.frontend.auth.forward.trustForwardHeader", "bool", "false", group::auth_forward, label_place::segment,
     "Trust X-Forwarded-* of the client.", put_forward_auth<&model::auth_forward::trust_forward_header>},
    {"traefik.frontend.auth.forward.tls.ca", "string", "", group::auth_forward, label_place::segment, "TLS towards the authentication service.",
     put_forward_auth_tls<&model::client_tls::ca>},
    {"traefik.frontend.auth.forward.tls.caOptional", "bool", "false", group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", put_forward_auth_tls<&model::client_tls::ca_optional>},
    {"traefik.frontend.auth.forward.tls.cert", "string", "", group::auth_forward, label_place::segment, "TLS towards the authentication service.",
     put_forward_auth_tls<&model::client_tls::cert>},
    {"traefik.frontend.auth.forward.tls.key", "string", "", group::auth_forward, label_place::segment, "TLS towards the authentication service.",
     put_forward_auth_tls<&model::client_tls::key>},
    {"traefik.frontend.auth.forward.tls.insecureSkipVerify", "bool", "false", group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", put_forward_auth_tls<&model::client_tls::insecure_skip_verify>},
    {"traefik.frontend.whiteList.sourceRange", "list", "", group::white_list, label_place::segment, "Client networks that may come in.",
     put_white_list<&model::white_list::source_range>},
    {"traefik.frontend.whiteList.useXForwardedFor", "bool", "false", group::white_list, label_place::segment, "Judge by X-Forwarded-For.",
     put_white_list<&model::white_list::use_x_forwarded_for>},
    {"traefik.frontend.whitelistSourceRange", "list", "", group::white_list_old, label_place::segment, "Deprecated form of whiteList.sourceRange.",
     put<&switches::white_list>},
    {"traefik.frontend.redirect.entryPoint", "string", "", group::redirect, label_place::segment, "Redirect to that entry point.",
     put_redirect<&model::redirect::entry_point>},
    {"traefik.frontend.redirect.regex", "string", "", group::redirect, label_place::segment, "Redirect requests whose URL matches.",
     &put_redirect_regex},
    {"traefik.frontend.redirect.replacement", "string", "", group::redirect, label_place::segment, "Where to; $1 and ${name} are groups.",
     put_redirect<&model::redirect::replacement>},
    {"traefik.frontend.redirect.permanent", "bool", "false", group::redirect, label_place::segment, "301 instead of 302.",
     put_redirect<&model::redirect::permanent>},
    {"traefik.frontend.errors.<name>.status", "list", "", group::errors, label_place::segment, "Status codes or ranges that get the error page.",
     &put_error_status},
    {"traefik.frontend.errors.<name>.backend", "string", "", group::errors, label_place::segment, "Backend of the page, without backend-.",
     &put_error_backend},
    {"traefik.frontend.errors.<name>.query", "string", "", group::errors, label_place::segment, "Path of the page; {status} is filled in.",
     &put_error_query},
    {"traefik.frontend.rateLimit.extractorFunc", "string", "", group::rate_limit, label_place::segment,
     "client.ip, request.host or request.header.NAME.", put<&model::frontend_options::rate_limit, &model::rate_limit::extractor_func>},
    {"traefik.frontend.rateLimit.rateSet.<name>.period", "duration", "", group::rate_limit, label_place::segment, "Time window.", &put_rate_period},
    {"traefik.frontend.rateLimit.rateSet.<name>.average", "int", "0", group::rate_limit, label_place::segment, "Requests per window.",
     &put_rate<&model::rate::average>},
    {"traefik.frontend.rateLimit.rateSet.<name>.burst", "int", "0", group::rate_limit, label_place::segment, "Largest burst.",
     &put_rate<&model::rate::burst>},
    {"traefik.frontend.headers.customRequestHeaders", "map", "", group::headers, label_place::segment, "Set on requests; empty value deletes.",
     put_headers<&model::headers::custom_request_headers>},
    {"traefik.frontend.headers.customResponseHeaders", "map", "", group::headers, label_place::segment, "Set on responses; empty value deletes.",
     put_headers<&model::headers::custom_response_headers>},
    {"traefik.frontend.headers.allowedHosts", "list", "", group::headers, label_place::segment, "Host names that are allowed.",
     put_headers<&model::headers::allowed_hosts>},
    {"traefik.frontend.headers.hostsProxyHeaders", "list", "", group::headers, label_place::segment, "Headers that may carry the host name.",
     put_headers<&model::headers::hosts_proxy_headers>},
    {"traefik.frontend.headers.SSLRedirect", "bool", "false", group::headers, label_place::segment, "Redirect to https.",
     put_headers<&model::headers::ssl_redirect>},
    {"traefik.frontend.headers.SSLTemporaryRedirect", "bool", "false", group::headers, label_place::segment, "With 302.",
     put_headers<&model::headers::ssl_temporary_redirect>},
    {"traefik.frontend.headers.SSLHost", "string", "", group::headers, label_place::segment, "Host name of that redirect.",
     put_headers<&model::headers::ssl_host>},
    {"traefik.frontend.headers.SSLForceHost", "bool", "false", group::headers, label_place::segment, "Redirect to that host always.",
     put_headers<&model::headers::ssl_force_host>},
    {"traefik.frontend.headers.SSLProxyHeaders", "map", "", group::headers, label_place::segment, "Headers that tell of https in front.",
     put_headers<&model::headers::ssl_proxy_headers>},
    {"traefik.frontend.headers.STSSeconds", "int", "0", group::headers, label_place::segment, "max-age of Strict-Transport-Security.",
     put_headers<&model::headers::sts_seconds>},
    {"traefik.frontend.headers.STSIncludeSubdomains", "bool", "false", group::headers, label_place::segment, "includeSubDomains.",
     put_headers<&model::headers::sts_include_subdomains>},
    {"traefik.frontend.headers.STSPreload", "bool", "false", group::headers, label_place::segment, "preload.",
     put_headers<&model::headers::sts_preload>},
    {"traefik.frontend.headers.forceSTSHeader", "bool", "false", group::headers, label_place::segment, "Also on plain connections.",
     put_headers<&model::headers::force_sts_header>},
    {"traefik.frontend.headers.frameDeny", "bool", "false", group::headers, label_place::segment, "X-Frame-Options: DENY.",
     put_headers<&model::headers::frame_deny>},
    {"traefik.frontend.headers.customFrameOptionsValue", "string", "", group::headers, label_place::segment, "X-Frame-Options.",
     put_headers<&model::headers::custom_frame_options_value>},
    {"traefik.frontend.headers.contentTypeNosniff", "bool", "false", group::headers, label_place::segment, "X-Content-Type-Options: nosniff.",
     put_headers<&model::headers::content_type_nosniff>},
    {"traefik.frontend.headers.browserXSSFilter", "bool", "false", group::headers, label_place::segment, "X-XSS-Protection: 1; mode=block.",
     put_headers<&model::headers::browser_xss_filter>},
    {"traefik.frontend.headers.customBrowserXSSValue", "string", "", group::headers, label_place::segment, "X-XSS-Protection.",
     put_headers<&model::headers::custom_browser_xss_value>},
    {"traefik.frontend.headers.contentSecurityPolicy", "string", "", group::headers, label_place::segment, "Content-Security-Policy.",
     put_headers<&model::headers::content_security_policy>},
    {"traefik.frontend.headers.publicKey", "string", "", group::headers, label_place::segment, "Public-Key-Pins.",
     put_headers<&model::headers::public_key>},
    {"traefik.frontend.headers.referrerPolicy", "string", "", group::headers, label_place::segment, "Referrer-Policy.",
     put_headers<&model::headers::referrer_policy>},
    {"traefik.frontend.headers.isDevelopment", "bool", "false", group::headers, label_place::segment, "Leave most of these off.",
     put_headers<&model::headers::is_development>},
};

}  // namespace

std::span<const row> frontend_rows() noexcept { return all_frontend_rows; }

}  // namespace waggle::discovery::traefik1
