#include "middleware/auth_request.hpp"

#include "http1/chars.hpp"
#include "http1/compose_request.hpp"
#include "http1/framing.hpp"

#include <waggle/http/hops.hpp>

#include <algorithm>
#include <charconv>

namespace waggle::proxy::middleware {
namespace {

using http::field_id;

/// Told in a line of compose_auth_request's own, unless a label has said something of it.
bool is_told(field_id id) noexcept {
  return id == field_id::x_forwarded_for || id == field_id::x_forwarded_method || id == field_id::x_forwarded_proto ||
         id == field_id::x_forwarded_host || id == field_id::x_forwarded_uri;
}

bool is_left_out(const http::field& f) noexcept {
  return f.id == field_id::expect || f.id == field_id::max_forwards || f.id == field_id::x_forwarded_server ||
         http::iequals(f.name, "Proxy-Authenticate");
}

}  // namespace

base::text_result<auth_address> parse_auth_address(std::string_view url) {
  const auto bad = [&](const char* why) { return base::text_error{"auth server address '" + std::string(url) + "': " + why}; };
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
  if (!std::all_of(out.target.begin(), out.target.end(), plain)) return bad("characters that a URL must encode");
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

std::string compose_auth_request(const auth_address& to, const request_info& about, bool trust) {
  const http::request& r = about.request;
  const http::sender from{about.peer, trust};
  std::string out = "GET " + to.target + " HTTP/1.1\r\nHost: " + to.authority + "\r\n";
  const auto line = [&out](std::string_view name, std::string_view value) { out.append(name).append(": ").append(value).append("\r\n"); };
  std::string_view method, uri;
  const auto keep_first = [](std::string_view& to_keep, std::string_view value) {
    if (to_keep.empty()) to_keep = value;
  };
  for (const http::field& f : r.fields.all()) {
    if (f.origin == http::field_origin::ours) line(f.name, f.value);
    else if (is_told(f.id)) {
      if (f.id == field_id::x_forwarded_method && http::counts(f, from)) keep_first(method, f.value);
      if (f.id == field_id::x_forwarded_uri && http::counts(f, from)) keep_first(uri, f.value);
    } else if (http1::goes_on(f) && !is_left_out(f) && (trust || !http::is_forwarding(f.id))) line(f.name, f.value);
  }
  // What a label says of one of these is said above, or nothing is: the server that is asked must not choose between two.
  const auto own = [&](field_id id, std::string_view name, std::string_view value) {
    if (!r.fields.is_edited(id)) line(name, value);
  };
  std::string hops;
  http::for_each_hop(r, from, [&](std::string_view one) { hops.append(hops.empty() ? "" : ", ").append(one); });
  own(field_id::x_forwarded_for, "X-Forwarded-For", hops);
  own(field_id::x_forwarded_method, "X-Forwarded-Method", method.empty() ? r.method : method);
  const http::forwarding said = http::forwarding_of(r, from);
  own(field_id::x_forwarded_proto, "X-Forwarded-Proto", said.proto);
  if (!said.host.empty()) own(field_id::x_forwarded_host, "X-Forwarded-Host", said.host);
  std::string target(r.path);
  if (r.has_query) target.append("?").append(r.query);
  own(field_id::x_forwarded_uri, "X-Forwarded-Uri", uri.empty() ? std::string_view(target) : uri);
  // The auth server may be reached through this edge, whose entry point asks it: that would go on for ever.
  if (!about.edge.empty()) line("X-Waggle-Hops", http::next_hops(r.fields.all(), about.edge, about.turns));
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
