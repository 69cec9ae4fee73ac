#include "middleware/auth_request.hpp"

#include "http1/chars.hpp"
#include "http1/field_text.hpp"
#include "http1/framing.hpp"
#include "http1/hops.hpp"

#include <algorithm>
#include <charconv>

namespace waggle::proxy::middleware {
namespace {

using http::field_id;

bool is_hop_or_ours(field_id id, std::string_view name) {
  return is_kept_from_server(id) || id == field_id::expect || id == field_id::max_forwards ||
         id == field_id::x_forwarded_server || http::iequals(name, "Proxy-Authenticate");
}

bool is_named_by_connection(const http1::field_list& fields, std::string_view name) {
  bool named = false;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields.id(i) == field_id::connection)
      http::for_each_member(fields[i].value, [&](std::string_view member) { named = named || http::iequals(member, name); });
  return named;
}

}  // namespace

base::explained_result<auth_address> parse_auth_address(std::string_view url) {
  const auto bad = [&](const char* why) { return base::explained{"auth server address '" + std::string(url) + "': " + why}; };
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return bad("not a URL");
  const bool tls = http::iequals(url.substr(0, scheme), "https");
  if (!tls && !http::iequals(url.substr(0, scheme), "http")) return bad("neither http nor https");
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find('#'));
  auth_address out;
  out.tls = tls;
  out.port = tls ? 443 : 80;
  out.authority = rest.substr(0, rest.find_first_of("/?"));
  out.target = rest.substr(out.authority.size());
  if (out.target.empty() || out.target.front() != '/') out.target.insert(0, "/");
  const auto plain = [](char c) { return http1::is(c, http1::target_char) && static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(out.target.begin(), out.target.end(), plain))
    return bad("characters that a URL must encode");
  if (out.authority.find('@') != std::string::npos) return bad("user names are not served");
  if (!http1::valid_host(out.authority)) return bad("no lawful host");
  std::string_view host = http1::host_name(out.authority);
  const std::size_t colon = out.authority.find(':', host.starts_with('[') ? host.size() : 0);
  const std::string_view port = colon == std::string::npos ? std::string_view() : std::string_view(out.authority).substr(colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return bad("no lawful host");
  out.host = host;
  if (port.size() > 1) {
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size() || out.port == 0) return bad("no usable port");
  }
  return out;
}

std::string compose_auth_request(const auth_address& to, const request_info& request, const request_edits& edits, bool trust) {
  const http1::field_list& fields = request.head.fields;
  std::string out = "GET " + to.target + " HTTP/1.1\r\nHost: " + to.authority + "\r\n";
  const auto line = [&out](std::string_view name, std::string_view value) { out.append(name).append(": ").append(value).append("\r\n"); };
  const auto edited = [&edits](std::string_view name) {
    return std::any_of(edits.remove.begin(), edits.remove.end(), [&](const std::string& r) { return http1::reads_as(r, name); }) ||
           std::any_of(edits.set.begin(), edits.set.end(), [&](const auto& s) { return http1::reads_as(s.first, name); });
  };
  /// The client's own value, where it counts.
  const auto told = [&](std::string_view name) { return trust ? field(request, name) : std::string_view(); };

  for (std::size_t i = 0; i < fields.size(); ++i) {
    const field_id id = fields.id(i);
    const std::string_view name = fields[i].name;
    const bool forwarding = http::is_forwarding(id);
    if (is_hop_or_ours(id, name) || (forwarding && !trust) || edited(name) || is_named_by_connection(fields, name)) continue;
    if (id == field_id::x_forwarded_for || id == field_id::x_forwarded_proto || id == field_id::x_forwarded_host) continue;
    if (http::iequals(name, "X-Forwarded-Method") || http::iequals(name, "X-Forwarded-Uri")) continue;
    line(name, fields[i].value);
  }
  for (const auto& [name, value] : edits.set) line(name, value);

  // What a label says of one of these is said above, or nothing is: the server that is asked must not choose between two.
  const auto ours = [&](std::string_view name, std::string_view value) {
    if (!edited(name)) line(name, value);
  };
  std::string clients;
  for (std::size_t i = 0; trust && i < fields.size(); ++i)
    if (fields.id(i) == field_id::x_forwarded_for && !fields[i].value.empty()) clients.append(fields[i].value).append(", ");
  ours("X-Forwarded-For", clients.append(request.peer));
  const std::string_view method = told("X-Forwarded-Method"), proto = told("X-Forwarded-Proto"), host = told("X-Forwarded-Host"),
                         uri = told("X-Forwarded-Uri");
  ours("X-Forwarded-Method", method.empty() ? request.head.method : method);
  ours("X-Forwarded-Proto", !proto.empty() ? proto : request.tls ? "https" : "http");
  if (!host.empty() || !request.host.empty()) ours("X-Forwarded-Host", host.empty() ? request.host : host);
  std::string target(request.path);
  if (request.has_query) target.append("?").append(request.query);
  ours("X-Forwarded-Uri", uri.empty() ? std::string_view(target) : uri);
  // The auth server may be reached through this edge, whose entry point asks it: that would go on for ever.
  if (!request.edge.empty()) line("X-Waggle-Hops", http1::next_hops(fields, request.edge, request.turns));
  return out += "Connection: close\r\n\r\n";
}

std::string absolute_location(const auth_address& base, std::string_view location) {
  const std::size_t scheme_end = location.find_first_of(":/?#");
  if (location.empty() || (scheme_end != std::string_view::npos && scheme_end > 0 && location[scheme_end] == ':')) return std::string(location);
  const std::string scheme = base.tls ? "https:" : "http:";
  if (location.starts_with("//")) return scheme + std::string(location);
  const std::string origin = scheme + "//" + base.authority;
  if (location.front() == '/') return origin + std::string(location);
  const std::string path = base.target.substr(0, base.target.find('?'));
  if (location.front() == '?') return origin + path + std::string(location);
  if (location.front() == '#') return origin + base.target + std::string(location);
  return origin + path.substr(0, path.rfind('/') + 1) + std::string(location);
}

}  // namespace waggle::proxy::middleware
