// Which header fields the data path treats specially. Decides by name only; what to do with them is decided elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace waggle::proxy::http1 {

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
  proxy_header,  ///< "Proxy" (httpoxy, CVE-2016-5385)
  x_forwarded_for,
  x_forwarded_proto,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_server,
  x_forwarded_prefix,
  x_forwarded_other,  ///< -Ssl, -Uri, -Method, -Tls-Client-Cert, -Tls-Client-Cert-Infos
  x_real_ip,
  forwarded,
  alias,  ///< would read as a field that the proxy owns once '_' is taken for '-' (CGI, WSGI): dropped
};

/// Cost: one table look-up by length and one comparison for most names.
field_id classify(std::string_view name) noexcept;

}  // namespace waggle::proxy::http1
