#include <waggle/discovery/traefik_json.hpp>

#include "translate/json_writer.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace waggle::discovery {

namespace {

// Names are sorted in the model already; lists of parts come in any order and Go sorts maps by key.
template <class Parts, class Shown>
std::string by_name(const Parts& parts, const Shown& json_of_one) {
  std::map<std::string_view, const typename Parts::value_type*> sorted;
  for (const auto& p : parts) sorted.emplace(p.name, &p);
  json_object out;
  for (const auto& [name, p] : sorted) out.raw(name, json_of_one(*p));
  return std::move(out).done();
}
template <class Parts>
std::string by_name(const Parts& parts) {
  return by_name(parts, [](const auto& one) { return traefik_json(one); });
}

std::string json(const model::stickiness& s) {
  return std::move(
             json_object().text("cookieName", s.cookie_name).flag("secure", s.secure).flag("httpOnly", s.http_only).text("sameSite", s.same_site))
      .done();
}

std::string json(const model::balance_options& lb) {
  json_object out;
  out.text("method", lb.method).flag("sticky", lb.sticky);
  if (lb.stickiness) out.raw("stickiness", json(*lb.stickiness));
  return std::move(out).done();
}

std::string json(const model::health_check& h) {
  return std::move(json_object()
                       .text("scheme", h.scheme)
                       .text("path", h.path)
                       .number("port", h.port)
                       .text("interval", h.interval)
                       .text("hostname", h.hostname)
                       .strings("headers", h.headers))
      .done();
}

std::string json(const model::buffering& b) {
  return std::move(json_object()
                       .number("maxRequestBodyBytes", b.max_request_body_bytes)
                       .number("memRequestBodyBytes", b.mem_request_body_bytes)
                       .number("maxResponseBodyBytes", b.max_response_body_bytes)
                       .number("memResponseBodyBytes", b.mem_response_body_bytes)
                       .text("retryExpression", b.retry_expression))
      .done();
}

std::string json(const model::tls_cert_name& n) {
  return std::move(json_object()
                       .always("country", n.country)
                       .always("province", n.province)
                       .always("locality", n.locality)
                       .always("organization", n.organization)
                       .always("commonName", n.common_name)
                       .always("serialNumber", n.serial_number)
                       .always("domainComponent", n.domain_component))
      .done();
}

std::string json(const model::pass_tls_client_cert& c) {
  json_object out;
  out.always("pem", c.pem);
  if (c.infos) {
    json_object infos;
    infos.always("notAfter", c.infos->not_after).always("notBefore", c.infos->not_before).always("sans", c.infos->sans);
    if (c.infos->subject) infos.raw("subject", json(*c.infos->subject));
    if (c.infos->issuer) infos.raw("issuer", json(*c.infos->issuer));
    out.raw("infos", std::move(infos).done());
  }
  return std::move(out).done();
}

std::string json(const model::headers& h) {
  json_object out;
  out.strings("customRequestHeaders", h.custom_request_headers)
      .strings("customResponseHeaders", h.custom_response_headers)
      .list("allowedHosts", h.allowed_hosts)
      .list("hostsProxyHeaders", h.hosts_proxy_headers)
      .flag("sslRedirect", h.ssl_redirect)
      .flag("sslTemporaryRedirect", h.ssl_temporary_redirect)
      .text("sslHost", h.ssl_host)
      .strings("sslProxyHeaders", h.ssl_proxy_headers)
      .flag("sslForceHost", h.ssl_force_host)
      .number("stsSeconds", h.sts_seconds)
      .flag("stsIncludeSubdomains", h.sts_include_subdomains)
      .flag("stsPreload", h.sts_preload)
      .flag("forceSTSHeader", h.force_sts_header)
      .flag("frameDeny", h.frame_deny)
      .text("customFrameOptionsValue", h.custom_frame_options_value)
      .flag("contentTypeNosniff", h.content_type_nosniff)
      .flag("browserXssFilter", h.browser_xss_filter)
      .text("customBrowserXSSValue", h.custom_browser_xss_value)
      .text("contentSecurityPolicy", h.content_security_policy)
      .text("publicKey", h.public_key)
      .text("referrerPolicy", h.referrer_policy)
      .flag("isDevelopment", h.is_development);
  return std::move(out).done();
}

std::string json(const std::map<std::string, model::error_page>& pages) {
  json_object out;
  for (const auto& [name, p] : pages) {
    out.raw(name, std::move(json_object().list("status", p.status).text("backend", p.backend).text("query", p.query)).done());
  }
  return std::move(out).done();
}

std::string json(const model::rate_limit& r) {
  json_object sets;
  for (const auto& [name, s] : r.rate_set) {
    sets.raw(name, std::move(json_object().number("period", s.period_ns).number("average", s.average).number("burst", s.burst)).done());
  }
  json_object out;
  if (!r.rate_set.empty()) out.raw("rateset", std::move(sets).done());
  return std::move(out.text("extractorFunc", r.extractor_func)).done();
}

std::string json(const model::auth_users& u) {
  return std::move(json_object().text("usersFile", u.users_file).flag("removeHeader", u.remove_header)).done();
}

std::string json(const model::auth& a) {
  json_object out;
  if (a.basic) out.raw("basic", json(*a.basic));
  if (a.digest) out.raw("digest", json(*a.digest));
  if (a.forward) {
    json_object f;
    f.text("address", a.forward->address);
    if (const auto& t = a.forward->tls) {
      f.raw("tls", std::move(json_object()
                                 .text("ca", t->ca)
                                 .flag("caOptional", t->ca_optional)
                                 .text("cert", t->cert)
                                 .flag("insecureSkipVerify", t->insecure_skip_verify))
                       .done());
    }
    f.flag("trustForwardHeader", a.forward->trust_forward_header).list("authResponseHeaders", a.forward->auth_response_headers);
    out.raw("forward", std::move(f).done());
  }
  return std::move(out.text("headerField", a.header_field)).done();
}

}  // namespace

std::string go_json_string(std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto b = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (b < 0x20 || c == '<' || c == '>' || c == '&') {
      out += "\\u00";
      out += hex[b >> 4];
      out += hex[b & 15];
    } else if (text.substr(i, 3) == "\xe2\x80\xa8" || text.substr(i, 3) == "\xe2\x80\xa9") {
      out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string traefik_json(const model::server& s) {
  return std::move(json_object().text("url", s.url).always("weight", std::int64_t{s.weight})).done();
}

std::string traefik_json(const model::route_rule& r) { return std::move(json_object().text("rule", r.rule)).done(); }

std::string traefik_json(const model::http_configuration& all, const model::service& s) {
  const auto its = model::traefik1::middlewares_of_backend(all, s.name);
  static const model::load_balancer nothing;
  const model::load_balancer* const balancer = balancer_of(s);
  const model::load_balancer& b = balancer == nullptr ? nothing : *balancer;
  json_object out;
  if (!b.servers.empty()) out.raw("servers", by_name(b.servers));
  if (its.circuit_breaker) out.raw("circuitBreaker", std::move(json_object().text("expression", its.circuit_breaker->expression)).done());
  if (b.balance) out.raw("loadBalancer", json(*b.balance));
  if (its.max_conn) {
    out.raw("maxConn", std::move(json_object().number("amount", its.max_conn->amount).text("extractorFunc", its.max_conn->extractor_func)).done());
  }
  if (b.health_check) out.raw("healthCheck", json(*b.health_check));
  if (its.buffering) out.raw("buffering", json(*its.buffering));
  if (b.response_forwarding) {
    out.raw("forwardingResponse", std::move(json_object().text("flushInterval", b.response_forwarding->flush_interval)).done());
  }
  return std::move(out).done();
}

std::string traefik_json(const model::http_configuration& all, const model::router& one) {
  const model::frontend f = model::traefik1::frontend_of(all, one);
  const auto& o = f.options;
  json_object out;
  out.list("entryPoints", f.entry_points).text("backend", f.backend);
  if (!f.routes.empty()) out.raw("routes", by_name(f.routes));
  out.flag("passHostHeader", f.pass_host_header).flag("passTLSCert", o.pass_tls_cert);
  if (o.pass_tls_client_cert) out.raw("passTLSClientCert", json(*o.pass_tls_client_cert));
  out.always("priority", std::int64_t{f.priority}).raw("basicAuth", "null");
  if (o.white_list) {
    out.raw(
        "whiteList",
        std::move(json_object().list("sourceRange", o.white_list->source_range).flag("useXForwardedFor", o.white_list->use_x_forwarded_for)).done());
  }
  if (o.headers) out.raw("headers", json(*o.headers));
  if (!o.errors.empty()) out.raw("errors", json(o.errors));
  if (o.rate_limit) out.raw("ratelimit", json(*o.rate_limit));
  if (o.redirect) {
    out.raw("redirect", std::move(json_object()
                                      .text("entryPoint", o.redirect->entry_point)
                                      .text("regex", o.redirect->regex)
                                      .text("replacement", o.redirect->replacement)
                                      .flag("permanent", o.redirect->permanent))
                            .done());
  }
  if (o.auth) out.raw("auth", json(*o.auth));
  return std::move(out).done();
}

std::string backends_json(const model::http_configuration& all) {
  return by_name(all.services, [&](const model::service& s) { return traefik_json(all, s); });
}
std::string traefik_json(const std::vector<model::server>& list) { return by_name(list); }
std::string frontends_json(const model::http_configuration& all) {
  return by_name(all.routers, [&](const model::router& r) { return traefik_json(all, r); });
}
std::string traefik_json(const std::vector<model::route_rule>& list) { return by_name(list); }

std::string traefik_json(const model::configuration& config) {
  json_object out;
  if (!config.http.services.empty()) out.raw("backends", backends_json(config.http));
  if (!config.http.routers.empty()) out.raw("frontends", frontends_json(config.http));
  return std::move(out).done();
}

}  // namespace waggle::discovery
