// What a PostgreSQL client says first (protocol 3.0, "Message Formats"): asks for encryption, wants a query cancelled, or starts in
// clear. Pure. A client may also begin with TLS at once (libpq 17, sslnegotiation=direct): that is client_hello's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy::tls {

struct postgres_start {
  enum class message : std::uint8_t {
    need_more,       ///< fewer than 8 bytes, and they can still become one of these
    ssl_request,     ///< answered with one byte: 'S', and a ClientHello follows; 'N', and it goes on in clear or leaves
    gss_request,     ///< the same with 'G' or 'N'
    cancel_request,  ///< bears a process id and a key, no name; the server closes without an answer
    startup,         ///< in clear: parameters follow
    other            ///< not PostgreSQL
  };
  message what = message::need_more;
  /// As the message says, itself included; not all of it need be there. Behind an SSLRequest or GSSENCRequest nothing may have come
  /// before its answer: such bytes were put there by somebody else (CVE-2021-23222).
  std::size_t bytes = 0;
};

/// @param bytes  what the connection has sent so far.
postgres_start parse_postgres_start(std::string_view bytes) noexcept;

inline constexpr std::string_view postgres_ssl_request{"\x00\x00\x00\x08\x04\xd2\x16\x2f", 8};

}  // namespace waggle::proxy::tls
