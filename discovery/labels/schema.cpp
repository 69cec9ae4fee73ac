#include "labels/schema.hpp"

#include "labels/go_value.hpp"
#include "labels/read.hpp"

#include <cstdint>
#include <limits>

namespace waggle::discovery {

namespace {

using base::log_level;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// Rows for plain members: put<&label_values::health, &model::health_check::path>.
template <auto... Path>
void put(label_values& v, const label_use& use) {
  read_value(v, use, (v .* ... .* Path));
}
template <auto... Path>
void put_duration(label_values& v, const label_use& use) {
  read_duration_text(v, use, (v .* ... .* Path));
}
template <auto Member>
void put_raw(label_values& v, const label_use& use) {
  read_raw(v, use, v.*Member);
}
template <auto Member>
void put_raw_list(label_values& v, const label_use& use) {
  read_raw_list(v, use, v.*Member);
}

void ignore(label_values&, const label_use&) {}

void put_port(label_values& v, const label_use& use) {
  v.port = use.value;
  v.has_port = true;
}

void deprecated(label_values& v, const label_use& use, const std::string& instead) {
  auto& notes = v.of(use.group);
  notes.lines.push_back({log_level::warning, "Deprecated configuration found: " + std::string(use.key) +
                                                 ". Please use " + instead + "."});
  notes.diagnostics.push_back(about_label(model::severity::note, "deprecated", use, "is deprecated", "use " + instead));
}

void put_sticky(label_values& v, const label_use& use) {
  if (!use.value.empty()) deprecated(v, use, "traefik.backend.loadbalancer.stickiness");
  read_value(v, use, v.sticky);
}

// waggle's own durations, between two ends.
void put_between(label_values& v, const label_use& use, milliseconds least, milliseconds most, milliseconds& slot,
                 const std::string& range, const std::string& otherwise) {
  const auto ns = parse_go_duration(use.value);
  if (ns.has_value() && *ns >= std::chrono::nanoseconds(least).count() && *ns <= std::chrono::nanoseconds(most).count()) {
    slot = milliseconds(*ns / 1'000'000);
    return;
  }
  v.of(use.group).diagnostics.push_back(about_label(model::severity::warning, "bad-value", use,
                                                    "is no duration from " + range + "; " + otherwise,
                                                    "write a duration such as 5s"));
}

// What is longer than a client waits helps nobody.
void put_hold(label_values& v, const label_use& use) { put_between(v, use, 0s, 60s, v.hold, "0s to 60s", "requests are not held"); }

void put_slow_start(label_values& v, const label_use& use) {
  put_between(v, use, 0s, 15min, v.slow_start, "0s to 15m", "new tasks get their full share at once");
}

void put_connect_timeout(label_values& v, const label_use& use) {
  put_between(v, use, 10ms, 60s, v.timeouts.connect, "10ms to 60s", "--forwardingTimeouts.dialTimeout decides");
}
// 0 is said, not left out: no limit whatever the flag says.
void put_limit(label_values& v, const label_use& use, milliseconds& slot, const std::string& otherwise) {
  if (parse_go_duration(use.value) == std::int64_t{0}) slot = model::server_timeouts::unlimited;
  else put_between(v, use, 100ms, 24h, slot, "100ms to 24h or 0", otherwise);
}
void put_response_timeout(label_values& v, const label_use& use) {
  put_limit(v, use, v.timeouts.response, "--forwardingTimeouts.responseHeaderTimeout decides");
}
void put_idle_timeout(label_values& v, const label_use& use) { put_limit(v, use, v.timeouts.idle, "there is no limit"); }

void put_cookie_value(label_values& v, const label_use& use) {
  if (use.value == "opaque" || use.value == "url") {
    v.sticky_options.value = use.value;
    return;
  }
  v.of(use.group).diagnostics.push_back(about_label(model::severity::warning, "bad-value", use,
                                                    "is not a form of the cookie's value; --sticky.opaque decides",
                                                    "write opaque or url"));
}

void put_amount(label_values& v, const label_use& use) {
  // Traefik marks "no amount" by the smallest integer, which is also what a bad amount falls back to.
  v.max_conn.amount = std::numeric_limits<std::int64_t>::min();
  read_value(v, use, v.max_conn.amount);
  v.has_amount = v.max_conn.amount != std::numeric_limits<std::int64_t>::min();
}

void put_basic_old(label_values& v, const label_use& use) {
  if (use.value.empty()) return;
  v.has_basic_old = true;
  read_value(v, use, v.basic_old);
  deprecated(v, use, "traefik.frontend.auth.basic.users");
}

void put_redirect_regex(label_values& v, const label_use& use) {
  if (use.value.empty()) return;
  if (go_unquotable(use.value)) {
    v.redirect.regex = read_template(v, use, use.value);
    return;
  }
  auto& notes = v.of(use.group);
  notes.lines.push_back({log_level::error, "Invalid regex syntax: " + std::string(use.value)});
  notes.diagnostics.push_back(about_label(model::severity::warning, "bad-escape", use,
                                          "holds a single backslash or a quote; the redirect is dropped",
                                          "write a backslash as \\\\"));
}

model::error_page& page(label_values& v, const label_use& use) {
  return v.errors[read_template(v, use, use.part)];
}
void put_error_status(label_values& v, const label_use& use) { read_value(v, use, page(v, use).status); }
void put_error_backend(label_values& v, const label_use& use) { page(v, use).backend = read_template(v, use, use.value); }
void put_error_query(label_values& v, const label_use& use) { page(v, use).query = read_template(v, use, use.value); }

void put_rate_period(label_values& v, const label_use& use) {
  read_duration(v, use, v.rates[read_template(v, use, use.part)].period_ns);
}
template <auto Member>
void put_rate(label_values& v, const label_use& use) {
  read_rate(v, use, v.rates[read_template(v, use, use.part)].*Member);
}

constexpr label_row rows[] = {
    {"traefik.enable", "bool", "--docker.exposedbydefault", label_group::enable, label_place::service,
     "false: the service is not routed.", &put<&label_values::enable>},
    {"traefik.docker.network", "string", "--docker.network", label_group::plain, label_place::service,
     "Name of the network on which tasks are reached.", &put_raw<&label_values::network>},
    {"traefik.domain", "string", "--docker.domain", label_group::plain, label_place::segment,
     "Domain of the default rule Host:<service>.<domain>.", &put_raw<&label_values::domain>},
    {"traefik.tags", "list", "", label_group::tags, label_place::service,
     "Tags for --docker.constraints.", &put_raw_list<&label_values::tags>},
    {"traefik.port", "int", "the only published one", label_group::server, label_place::segment,
     "Port on which the tasks listen.", &put_port},
    {"traefik.protocol", "string", "http", label_group::server, label_place::segment,
     "Scheme of the servers: http, https, h2c.", &put<&label_values::protocol>},
    {"traefik.weight", "int", "1", label_group::weight, label_place::segment,
     "Weight of each server of the service.", &put<&label_values::weight>},
    {"traefik.backend", "string", "service name", label_group::server, label_place::segment,
     "Name of the backend; services with one name share it.", &put_raw<&label_values::backend>},
    {"traefik.backend.loadbalancer.swarm", "bool", "false", label_group::swarm, label_place::service,
     "Leave balancing to Swarm's virtual address.", &put<&label_values::swarm>},
    {"traefik.backend.loadbalancer", "string", "", label_group::balancer, label_place::service,
     "The bare word only asks for a load balancer with defaults.", &ignore},
    {"traefik.backend.loadbalancer.method", "string", "wrr", label_group::balancer, label_place::service,
     "wrr or drr.", &put<&label_values::method>},
    {"traefik.backend.loadbalancer.stickiness", "bool", "false", label_group::balancer, label_place::service,
     "Sticky sessions by cookie.", &put<&label_values::stickiness>},
    {"traefik.backend.loadbalancer.stickiness.cookieName", "string", "derived from the backend name", label_group::stickiness, label_place::service,
     "Name of the cookie.", &put<&label_values::sticky_options, &model::stickiness::cookie_name>},
    {"traefik.backend.loadbalancer.stickiness.secure", "bool", "false", label_group::stickiness, label_place::service,
     "Cookie attribute Secure.", &put<&label_values::sticky_options, &model::stickiness::secure>},
    {"traefik.backend.loadbalancer.stickiness.httpOnly", "bool", "false", label_group::stickiness, label_place::service,
     "Cookie attribute HttpOnly.", &put<&label_values::sticky_options, &model::stickiness::http_only>},
    {"traefik.backend.loadbalancer.stickiness.sameSite", "string", "", label_group::stickiness, label_place::service,
     "Cookie attribute SameSite: none, lax, strict.", &put<&label_values::sticky_options, &model::stickiness::same_site>},
    {"waggle.backend.loadbalancer.stickiness.value", "string", "--sticky.opaque", label_group::stickiness, label_place::service,
     "What the cookie holds: url (the task's address, as Traefik 1) or opaque (a keyed digest of service and slot).", &put_cookie_value},
    {"waggle.backend.hold", "duration", "0s", label_group::hold, label_place::service,
     "How long a request waits for a task while the last one is being replaced, instead of a 503; at most 60s.", &put_hold},
    {"waggle.backend.slowStart", "duration", "0s", label_group::slow_start, label_place::service,
     "How long the share of requests of a task that joins a running service grows until it is full; at most 15m.", &put_slow_start},
    {"waggle.backend.timeout.connect", "duration", "--forwardingTimeouts.dialTimeout", label_group::timeout, label_place::service,
     "How long connecting to a task may take, else 504; others are asked meanwhile; 10ms to 60s.", &put_connect_timeout},
    {"waggle.backend.timeout.response", "duration", "--forwardingTimeouts.responseHeaderTimeout", label_group::timeout, label_place::service,
     "How long a task may work on a request before the head of its answer is there, else 504; 100ms to 24h, or 0: no limit.", &put_response_timeout},
    {"waggle.backend.timeout.idle", "duration", "0", label_group::timeout, label_place::service,
     "The longest pause in the body of an answer, which is cut then; 100ms to 24h, or 0: no limit.", &put_idle_timeout},
    {"waggle.backend.abortOnClose", "bool", "true", label_group::timeout, label_place::service,
     "Requests whose client has left are given up while a task works on them; false: what was begun is finished.",
     &put<&label_values::abort_on_close>},
    {"traefik.backend.loadbalancer.sticky", "bool", "false", label_group::balancer, label_place::service,
     "Deprecated form of stickiness.", &put_sticky},
    {"traefik.backend.circuitbreaker.expression", "string", "", label_group::breaker, label_place::service,
     "When to stop using the backend.", &put<&label_values::breaker, &model::circuit_breaker::expression>},
    {"traefik.backend.maxconn.amount", "int", "", label_group::max_conn, label_place::service,
     "Largest number of simultaneous requests per extracted key.", &put_amount},
    {"traefik.backend.maxconn.extractorfunc", "string", "request.host", label_group::max_conn, label_place::service,
     "client.ip, request.host or request.header.NAME.", &put<&label_values::max_conn, &model::max_conn::extractor_func>},
    {"traefik.backend.healthcheck.path", "string", "", label_group::health, label_place::service,
     "Path of the probe; without it there are no checks.", &put<&label_values::health, &model::health_check::path>},
    {"traefik.backend.healthcheck.scheme", "string", "the server's", label_group::health, label_place::service,
     "Scheme of the probe.", &put<&label_values::health, &model::health_check::scheme>},
    {"traefik.backend.healthcheck.port", "int", "the server's", label_group::health, label_place::service,
     "Port of the probe.", &put<&label_values::health, &model::health_check::port>},
    {"traefik.backend.healthcheck.interval", "string", "--healthcheck.interval", label_group::health, label_place::service,
     "Time between probes.", &put_duration<&label_values::health, &model::health_check::interval>},
    {"traefik.backend.healthcheck.hostname", "string", "", label_group::health, label_place::service,
     "Host header of the probe.", &put<&label_values::health, &model::health_check::hostname>},
    {"traefik.backend.healthcheck.headers", "map", "", label_group::health, label_place::service,
     "Further headers of the probe.", &put<&label_values::health, &model::health_check::headers>},
    {"traefik.backend.buffering", "string", "", label_group::buffering, label_place::service,
     "The bare word only asks for buffering with defaults.", &ignore},
    {"traefik.backend.buffering.maxRequestBodyBytes", "int", "0", label_group::buffering, label_place::service,
     "Largest request body.", &put<&label_values::buffering, &model::buffering::max_request_body_bytes>},
    {"traefik.backend.buffering.memRequestBodyBytes", "int", "0", label_group::buffering, label_place::service,
     "Part of it kept in memory.", &put<&label_values::buffering, &model::buffering::mem_request_body_bytes>},
    {"traefik.backend.buffering.maxResponseBodyBytes", "int", "0", label_group::buffering, label_place::service,
     "Largest response body.", &put<&label_values::buffering, &model::buffering::max_response_body_bytes>},
    {"traefik.backend.buffering.memResponseBodyBytes", "int", "0", label_group::buffering, label_place::service,
     "Part of it kept in memory.", &put<&label_values::buffering, &model::buffering::mem_response_body_bytes>},
    {"traefik.backend.buffering.retryExpression", "string", "", label_group::buffering, label_place::service,
     "When to try again.", &put<&label_values::buffering, &model::buffering::retry_expression>},
    {"traefik.backend.responseForwarding.flushInterval", "duration", "100ms", label_group::forwarding, label_place::service,
     "How often partial responses are passed on.", &put_duration<&label_values::forwarding, &model::response_forwarding::flush_interval>},
    {"traefik.frontend.rule", "string", "Host:<service>.<domain>", label_group::frontend, label_place::segment,
     "Which requests are for this service.", &put_raw<&label_values::rule>},
    {"traefik.frontend.priority", "int", "0: length of the rule", label_group::frontend, label_place::segment,
     "Higher is tried first.", &put<&label_values::priority>},
    {"traefik.frontend.entryPoints", "list", "--defaultentrypoints", label_group::frontend, label_place::segment,
     "Entry points that serve it.", &put<&label_values::entry_points>},
    {"traefik.frontend.passHostHeader", "bool", "true", label_group::frontend, label_place::segment,
     "Pass the client's Host header on.", &put<&label_values::pass_host_header>},
    {"traefik.frontend.passTLSCert", "bool", "false", label_group::frontend, label_place::segment,
     "Deprecated; needs TLS on the entry point.", &put<&label_values::pass_tls_cert>},
    {"traefik.frontend.passTLSClientCert.pem", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass the client certificate in X-Forwarded-Tls-Client-Cert.", &put<&label_values::cert, &model::pass_tls_client_cert::pem>},
    {"traefik.frontend.passTLSClientCert.infos.notAfter", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the client certificate.", &put<&label_values::infos, &model::tls_cert_infos::not_after>},
    {"traefik.frontend.passTLSClientCert.infos.notBefore", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the client certificate.", &put<&label_values::infos, &model::tls_cert_infos::not_before>},
    {"traefik.frontend.passTLSClientCert.infos.sans", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the client certificate.", &put<&label_values::infos, &model::tls_cert_infos::sans>},
    {"traefik.frontend.passTLSClientCert.infos.subject.commonName", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::common_name>},
    {"traefik.frontend.passTLSClientCert.infos.subject.country", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::country>},
    {"traefik.frontend.passTLSClientCert.infos.subject.domainComponent", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::domain_component>},
    {"traefik.frontend.passTLSClientCert.infos.subject.locality", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::locality>},
    {"traefik.frontend.passTLSClientCert.infos.subject.organization", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::organization>},
    {"traefik.frontend.passTLSClientCert.infos.subject.province", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::province>},
    {"traefik.frontend.passTLSClientCert.infos.subject.serialNumber", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the subject name.", &put<&label_values::subject, &model::tls_cert_name::serial_number>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.commonName", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::common_name>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.country", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::country>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.domainComponent", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::domain_component>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.locality", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::locality>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.organization", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::organization>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.province", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::province>},
    {"traefik.frontend.passTLSClientCert.infos.issuer.serialNumber", "bool", "false", label_group::tls_cert, label_place::segment,
     "Pass this part of the issuer name.", &put<&label_values::issuer, &model::tls_cert_name::serial_number>},
    {"traefik.frontend.auth.basic.users", "list", "", label_group::auth_basic, label_place::segment,
     "user:hash pairs.", &put<&label_values::basic, &model::auth_users::users>},
    {"traefik.frontend.auth.basic.usersFile", "string", "", label_group::auth_basic, label_place::segment,
     "File with one of them a line.", &put<&label_values::basic, &model::auth_users::users_file>},
    {"traefik.frontend.auth.basic.removeHeader", "bool", "false", label_group::auth_basic, label_place::segment,
     "Do not pass Authorization on.", &put<&label_values::basic, &model::auth_users::remove_header>},
    {"traefik.frontend.auth.digest.users", "list", "", label_group::auth_digest, label_place::segment,
     "user:realm:hash triples.", &put<&label_values::digest, &model::auth_users::users>},
    {"traefik.frontend.auth.digest.usersFile", "string", "", label_group::auth_digest, label_place::segment,
     "File with one of them a line.", &put<&label_values::digest, &model::auth_users::users_file>},
    {"traefik.frontend.auth.digest.removeHeader", "bool", "false", label_group::auth_digest, label_place::segment,
     "Do not pass Authorization on.", &put<&label_values::digest, &model::auth_users::remove_header>},
    {"traefik.frontend.auth.basic", "list", "", label_group::auth_basic, label_place::segment,
     "Deprecated form of auth.basic.users.", &put_basic_old},
    {"traefik.frontend.auth.headerField", "string", "", label_group::auth_head, label_place::segment,
     "Request header that carries the user name.", &put<&label_values::auth_header_field>},
    {"traefik.frontend.auth.forward.address", "string", "", label_group::auth_forward, label_place::segment,
     "URL of the authentication service.", &put<&label_values::forward, &model::auth_forward::address>},
    {"traefik.frontend.auth.forward.authResponseHeaders", "list", "", label_group::auth_forward, label_place::segment,
     "Headers of its answer to pass on.", &put<&label_values::forward, &model::auth_forward::auth_response_headers>},
    {"traefik.frontend.auth.forward.trustForwardHeader", "bool", "false", label_group::auth_forward, label_place::segment,
     "Trust X-Forwarded-* of the client.", &put<&label_values::forward, &model::auth_forward::trust_forward_header>},
    {"traefik.frontend.auth.forward.tls.ca", "string", "", label_group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", &put<&label_values::forward_tls, &model::client_tls::ca>},
    {"traefik.frontend.auth.forward.tls.caOptional", "bool", "false", label_group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", &put<&label_values::forward_tls, &model::client_tls::ca_optional>},
    {"traefik.frontend.auth.forward.tls.cert", "string", "", label_group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", &put<&label_values::forward_tls, &model::client_tls::cert>},
    {"traefik.frontend.auth.forward.tls.key", "string", "", label_group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", &put<&label_values::forward_tls, &model::client_tls::key>},
    {"traefik.frontend.auth.forward.tls.insecureSkipVerify", "bool", "false", label_group::auth_forward, label_place::segment,
     "TLS towards the authentication service.", &put<&label_values::forward_tls, &model::client_tls::insecure_skip_verify>},
    {"traefik.frontend.whiteList.sourceRange", "list", "", label_group::white_list, label_place::segment,
     "Client networks that may come in.", &put<&label_values::white_list, &model::white_list::source_range>},
    {"traefik.frontend.whiteList.useXForwardedFor", "bool", "false", label_group::white_list, label_place::segment,
     "Judge by X-Forwarded-For.", &put<&label_values::white_list, &model::white_list::use_x_forwarded_for>},
    {"traefik.frontend.whitelistSourceRange", "list", "", label_group::white_list_old, label_place::segment,
     "Deprecated form of whiteList.sourceRange.", &put<&label_values::white_list_old>},
    {"traefik.frontend.redirect.entryPoint", "string", "", label_group::redirect, label_place::segment,
     "Redirect to that entry point.", &put<&label_values::redirect, &model::redirect::entry_point>},
    {"traefik.frontend.redirect.regex", "string", "", label_group::redirect, label_place::segment,
     "Redirect requests whose URL matches.", &put_redirect_regex},
    {"traefik.frontend.redirect.replacement", "string", "", label_group::redirect, label_place::segment,
     "Where to; $1 and ${name} are groups.", &put<&label_values::redirect, &model::redirect::replacement>},
    {"traefik.frontend.redirect.permanent", "bool", "false", label_group::redirect, label_place::segment,
     "301 instead of 302.", &put<&label_values::redirect, &model::redirect::permanent>},
    {"traefik.frontend.errors.<name>.status", "list", "", label_group::errors, label_place::segment,
     "Status codes or ranges that get the error page.", &put_error_status},
    {"traefik.frontend.errors.<name>.backend", "string", "", label_group::errors, label_place::segment,
     "Backend of the page, without backend-.", &put_error_backend},
    {"traefik.frontend.errors.<name>.query", "string", "", label_group::errors, label_place::segment,
     "Path of the page; {status} is filled in.", &put_error_query},
    {"traefik.frontend.rateLimit.extractorFunc", "string", "", label_group::rate_limit, label_place::segment,
     "client.ip, request.host or request.header.NAME.", &put<&label_values::rate_extractor>},
    {"traefik.frontend.rateLimit.rateSet.<name>.period", "duration", "", label_group::rate_limit, label_place::segment,
     "Time window.", &put_rate_period},
    {"traefik.frontend.rateLimit.rateSet.<name>.average", "int", "0", label_group::rate_limit, label_place::segment,
     "Requests per window.", &put_rate<&model::rate::average>},
    {"traefik.frontend.rateLimit.rateSet.<name>.burst", "int", "0", label_group::rate_limit, label_place::segment,
     "Largest burst.", &put_rate<&model::rate::burst>},
    {"traefik.frontend.headers.customRequestHeaders", "map", "", label_group::headers, label_place::segment,
     "Set on requests; empty value deletes.", &put<&label_values::headers, &model::headers::custom_request_headers>},
    {"traefik.frontend.headers.customResponseHeaders", "map", "", label_group::headers, label_place::segment,
     "Set on responses; empty value deletes.", &put<&label_values::headers, &model::headers::custom_response_headers>},
    {"traefik.frontend.headers.allowedHosts", "list", "", label_group::headers, label_place::segment,
     "Host names that are allowed.", &put<&label_values::headers, &model::headers::allowed_hosts>},
    {"traefik.frontend.headers.hostsProxyHeaders", "list", "", label_group::headers, label_place::segment,
     "Headers that may carry the host name.", &put<&label_values::headers, &model::headers::hosts_proxy_headers>},
    {"traefik.frontend.headers.SSLRedirect", "bool", "false", label_group::headers, label_place::segment,
     "Redirect to https.", &put<&label_values::headers, &model::headers::ssl_redirect>},
    {"traefik.frontend.headers.SSLTemporaryRedirect", "bool", "false", label_group::headers, label_place::segment,
     "With 302.", &put<&label_values::headers, &model::headers::ssl_temporary_redirect>},
    {"traefik.frontend.headers.SSLHost", "string", "", label_group::headers, label_place::segment,
     "Host name of that redirect.", &put<&label_values::headers, &model::headers::ssl_host>},
    {"traefik.frontend.headers.SSLForceHost", "bool", "false", label_group::headers, label_place::segment,
     "Redirect to that host always.", &put<&label_values::headers, &model::headers::ssl_force_host>},
    {"traefik.frontend.headers.SSLProxyHeaders", "map", "", label_group::headers, label_place::segment,
     "Headers that tell of https in front.", &put<&label_values::headers, &model::headers::ssl_proxy_headers>},
    {"traefik.frontend.headers.STSSeconds", "int", "0", label_group::headers, label_place::segment,
     "max-age of Strict-Transport-Security.", &put<&label_values::headers, &model::headers::sts_seconds>},
    {"traefik.frontend.headers.STSIncludeSubdomains", "bool", "false", label_group::headers, label_place::segment,
     "includeSubDomains.", &put<&label_values::headers, &model::headers::sts_include_subdomains>},
    {"traefik.frontend.headers.STSPreload", "bool", "false", label_group::headers, label_place::segment,
     "preload.", &put<&label_values::headers, &model::headers::sts_preload>},
    {"traefik.frontend.headers.forceSTSHeader", "bool", "false", label_group::headers, label_place::segment,
     "Also on plain connections.", &put<&label_values::headers, &model::headers::force_sts_header>},
    {"traefik.frontend.headers.frameDeny", "bool", "false", label_group::headers, label_place::segment,
     "X-Frame-Options: DENY.", &put<&label_values::headers, &model::headers::frame_deny>},
    {"traefik.frontend.headers.customFrameOptionsValue", "string", "", label_group::headers, label_place::segment,
     "X-Frame-Options.", &put<&label_values::headers, &model::headers::custom_frame_options_value>},
    {"traefik.frontend.headers.contentTypeNosniff", "bool", "false", label_group::headers, label_place::segment,
     "X-Content-Type-Options: nosniff.", &put<&label_values::headers, &model::headers::content_type_nosniff>},
    {"traefik.frontend.headers.browserXSSFilter", "bool", "false", label_group::headers, label_place::segment,
     "X-XSS-Protection: 1; mode=block.", &put<&label_values::headers, &model::headers::browser_xss_filter>},
    {"traefik.frontend.headers.customBrowserXSSValue", "string", "", label_group::headers, label_place::segment,
     "X-XSS-Protection.", &put<&label_values::headers, &model::headers::custom_browser_xss_value>},
    {"traefik.frontend.headers.contentSecurityPolicy", "string", "", label_group::headers, label_place::segment,
     "Content-Security-Policy.", &put<&label_values::headers, &model::headers::content_security_policy>},
    {"traefik.frontend.headers.publicKey", "string", "", label_group::headers, label_place::segment,
     "Public-Key-Pins.", &put<&label_values::headers, &model::headers::public_key>},
    {"traefik.frontend.headers.referrerPolicy", "string", "", label_group::headers, label_place::segment,
     "Referrer-Policy.", &put<&label_values::headers, &model::headers::referrer_policy>},
    {"traefik.frontend.headers.isDevelopment", "bool", "false", label_group::headers, label_place::segment,
     "Leave most of these off.", &put<&label_values::headers, &model::headers::is_development>},
};

}  // namespace

std::span<const label_row> label_schema() noexcept { return rows; }

}  // namespace waggle::discovery
