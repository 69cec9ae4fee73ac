#include "admin/known_hosts.hpp"

#include <waggle/http/field.hpp>
#include <waggle/match/rule.hpp>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace waggle::app::admin {
namespace {

bool is_address(std::string_view bare) {
  unsigned char out[16];
  const std::string text(bare);
  if (text.find('\0') != std::string::npos) return false;
  return inet_pton(AF_INET, text.c_str(), out) == 1 || inet_pton(AF_INET6, text.c_str(), out) == 1;
}

bool fits(const match::compiled_rule& rule, std::string_view host) {
  const match::request_view view{"GET", host, "/", "", {}};
  return rule.match(view).matched;
}

/// Would the rule take the host of somebody else as well: with another top-level domain, or another name below it? Then it says
/// nothing about this one ("{any:.+}", as of a service for all that is lost).
bool takes_anybodys(const match::compiled_rule& rule, std::string_view host) {
  const std::size_t last = host.rfind('.');  // is_beyond_dns: there is one
  const std::size_t before = last == 0 || last == std::string_view::npos ? std::string_view::npos : host.rfind('.', last - 1);
  const std::string stranger = "nobodysname";
  const std::string elsewhere = std::string(host.substr(0, last + 1)) + stranger;
  const std::string beside =
      std::string(before == std::string_view::npos ? std::string_view() : host.substr(0, before + 1)) + stranger + std::string(host.substr(last));
  return fits(rule, elsewhere) || fits(rule, beside);
}

/// Does the rule ask for this host? A rule without a host names none, nor does a pattern for names of everybody.
bool names_host(const model::router& f, std::string_view host) {
  for (const model::route_rule& r : f.rule.parts) {
    const auto parts = match::parse_rule(r.rule);
    if (!parts) continue;
    for (const match::rule_part& part : *parts) {
      if (!part.name.starts_with("Host")) continue;
      std::string text = part.name + ":";
      for (const std::string& arg : part.args) text += arg + ",";
      const auto alone = match::compiled_rule::compile(text);
      if (alone && fits(**alone, host) && !takes_anybodys(**alone, host)) return true;
    }
  }
  return false;
}

}  // namespace

bool is_address_of_this_machine(const std::string& ip) {
  if (ip.starts_with("127.") || ip == "::1") return is_address(ip);
  in_addr v4{};
  in6_addr v6{};
  const bool is_v4 = inet_pton(AF_INET, ip.c_str(), &v4) == 1;
  if (!is_v4 && inet_pton(AF_INET6, ip.c_str(), &v6) != 1) return false;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> held(all, &freeifaddrs);
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != (is_v4 ? AF_INET : AF_INET6)) continue;
    if (is_v4 ? std::memcmp(&reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, &v4, sizeof v4) == 0
              : std::memcmp(&reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr, &v6, sizeof v6) == 0)
      return true;
  }
  return false;
}

std::string bare_host(std::string_view authority) {
  authority = http::trim_ows(authority);
  if (authority.starts_with('[')) return http::lowered(std::string(authority.substr(1, authority.find(']') - 1)));
  authority = authority.substr(0, authority.find(':'));
  if (authority.ends_with('.')) authority.remove_suffix(1);
  return http::lowered(std::string(authority));
}

bool is_beyond_dns(std::string_view bare) noexcept {
  if (bare.empty() || bare.find('.') == std::string_view::npos || is_address(bare) || bare.ends_with(".localhost")) return true;
  // Top-level domains are letters, or begin with xn-- (RFC 1123 section 2.1, ICANN).
  const std::string_view last = bare.substr(bare.rfind('.') + 1);
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return last.find('_') != std::string_view::npos && !last.starts_with("xn--") && !std::all_of(last.begin(), last.end(), letter);
}

bool is_known_host(std::string_view authority, const own_names& own, const std::vector<model::provider_configuration>& routes) {
  const std::string bare = bare_host(authority);
  if (is_beyond_dns(bare) || bare == bare_host(own.hostname)) return true;
  const auto is_it = [&](const std::string& name) { return bare_host(name) == bare; };
  if (std::any_of(own.configured.begin(), own.configured.end(), is_it)) return true;
  for (const model::provider_configuration& p : routes) {
    if (!p.config) continue;
    const auto leads_here = [&](const model::router& f) {
      if (std::find(f.entry_points.begin(), f.entry_points.end(), own.entry_point) != f.entry_points.end()) return true;
      const model::service* const to = find_named(p.config->http.services, f.service);
      const model::load_balancer* const b = to == nullptr ? nullptr : balancer_of(*to);
      return b != nullptr && std::any_of(b->servers.begin(), b->servers.end(), [&](const model::server& s) {
               return own.port != 0 && s.port == own.port && own.is_own_address && own.is_own_address(s.host);
             });
    };
    for (const model::router& f : p.config->http.routers)
      if (names_host(f, bare) && leads_here(f)) return true;
  }
  return false;
}

std::string unknown_host_text(std::string_view authority) {
  std::string host = bare_host(authority.substr(0, 255));
  for (char& c : host)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')) c = '?';
  return "403 Forbidden: the API does not answer for the name " + host +
         ", which could be a stranger's (DNS rebinding). If it is waggle's own, start waggle with --api.hosts=" + host +
         "; addresses, localhost and names of services always work.\n";
}

}  // namespace waggle::app::admin
