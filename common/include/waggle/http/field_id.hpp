// Which header fields are treated specially. Decides by name only; what to do with them is decided elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace waggle::http {

enum class field_id : std::uint8_t {
  other,
  host,
  content_length,
  transfer_encoding,
  connection,
  keep_alive,
  proxy_connection,
  te,
  trailer,
  upgrade,
  expect,
  cookie,
  max_forwards,
  date,
  http2_settings,
  credentials,          ///< Authorization
  challenge,            ///< WWW-Authenticate, Proxy-Authenticate
  persistent_auth,      ///< Persistent-Auth: a Negotiate login lasts as long as its connection
  proxy_header,         ///< "Proxy" (httpoxy, CVE-2016-5385)
  proxy_authorization,  ///< credentials for this hop (RFC 9110 §11.7.2)
  waggle_hops,          ///< "X-Waggle-Hops" (waggle/http/hops.hpp)
  x_forwarded_for,
  x_forwarded_proto,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_server,
  x_forwarded_prefix,
  x_forwarded_method,
  x_forwarded_uri,
  x_forwarded_other,  ///< any other name that begins so: -Ssl, …: servers believe what they know
  x_real_ip,
  forwarded,
  alias,  ///< would read as a field that the proxy owns once '_' or '.' is taken for '-' (CGI, WSGI, PHP): dropped
};

/// Belongs to one connection (RFC 9110 §7.6.1) or frames the message: never passed on as it came, in either direction.
constexpr bool is_hop_by_hop(field_id id) noexcept {
  switch (id) {
    case field_id::content_length:
    case field_id::transfer_encoding:
    case field_id::connection:
    case field_id::keep_alive:
    case field_id::proxy_connection:
    case field_id::te:
    case field_id::trailer:
    case field_id::upgrade: return true;
    default: return false;
  }
}

/// Of a request: hop-by-hop, written by us (Host), or a danger to the server.
constexpr bool is_kept_from_server(field_id id) noexcept {
  return is_hop_by_hop(id) || id == field_id::host || id == field_id::http2_settings || id == field_id::proxy_header ||
         id == field_id::proxy_authorization || id == field_id::waggle_hops || id == field_id::alias;
}

/// Says how a message is framed or where it goes: a label, an auth server and a rewrite leave it alone. So they do the count that
/// ends loops.
constexpr bool is_fixed(field_id id) noexcept {
  return id == field_id::content_length || id == field_id::transfer_encoding || id == field_id::connection || id == field_id::host ||
         id == field_id::waggle_hops;
}

/// A name that servers may take for one of a proxy's own: X-Forwarded-*, X-Real-Ip, Forwarded.
constexpr bool is_forwarding(field_id id) noexcept { return id >= field_id::x_forwarded_for && id < field_id::alias; }

/// A byte of a name as a server may read it at worst: CGI and WSGI write '_' for '-', PHP for '.' as well, and older servers for
/// whatever is no letter or digit.
constexpr char folded(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c | 0x20);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}

/// Cost: one table look-up by length and one comparison for most names.
field_id classify(std::string_view name) noexcept;

}  // namespace waggle::http
