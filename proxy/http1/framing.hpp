// What a validated head means for the connection: body framing, persistence, Host, Connection options, Expect, Upgrade.
// Pure; decides lawful or not (http-contract section 1), knows nothing of routes.
#pragma once

#include "http1/head.hpp"

#include <bitset>
#include <cstdint>
#include <limits>
#include <string_view>

namespace waggle::proxy::http1 {

enum class body_kind : std::uint8_t { none, length, chunked, until_close };

struct framing {
  body_kind kind = body_kind::none;
  std::uint64_t length = 0;  ///< for body_kind::length
  bool operator==(const framing&) const = default;
};

using field_set = std::bitset<max_fields>;

struct request_facts {
  framing body;
  std::string_view host;  ///< Host as sent; empty if there is none (HTTP/1.0 only) or it is empty
  bool has_host = false;
  bool keep_alive = true;
  bool websocket = false;        ///< a complete WebSocket handshake (RFC 6455 §4.1)
  std::string_view upgrade;      ///< the protocols to ask the server for (Upgrade); empty: none, or one that is not passed on
  bool expect_continue = false;  ///< never for HTTP/1.0
  bool te_trailers = false;
  bool login = false;  ///< its credentials are the connection's from then on (NTLM, Negotiate)
  field_set named;     ///< fields that Connection lists: never forwarded
};

struct response_facts {
  framing body;
  bool keep_alive = true;
  std::string_view upgrade;        ///< of a 101 or 426: the protocol or protocols that it names; empty: it does not
  bool has_trailer = false;        ///< trailer fields are announced
  bool login = false;              ///< it offers, continues or confirms a login that is the connection's (NTLM, Negotiate)
  std::uint32_t keeps_idle_s = 0;  ///< Keep-Alive: timeout=…, how long the server keeps an idle connection; 0: it does not say
  field_set named;
};

/// Zero: lawful. Else the status to refuse with and why (static text).
struct refusal {
  unsigned status = 0;
  const char* reason = "";
  explicit operator bool() const noexcept { return status != 0; }
};

refusal examine_request(const request_head& head, request_facts& out) noexcept;

/// Did the request ask for the protocol that a 101 switches to?
bool asked_for(std::string_view requested, std::string_view protocol) noexcept;

/// Where servers contradict themselves in a way that has one safe reading, that one is taken and the connection is not used again:
/// Transfer-Encoding beside Content-Length (RFC 9112 §6.3), in HTTP/1.0 (§6.1), and `identity` (RFC 2616 §3.6) beside a length.
/// @param to_head  the request was HEAD: no body whatever the fields say.
refusal examine_response(const response_head& head, bool to_head, response_facts& out) noexcept;

/// RFC 9110 §8.6: one or more equal decimal numbers; none if it is anything else or above 2^63-1.
bool parse_content_length(std::string_view value, std::uint64_t& out) noexcept;

/// Does a field of credentials or challenges name a scheme that authenticates the connection, not the request? What comes over
/// that connection afterwards speaks for the user, whoever sends it (RFC 4559 section 6, MS-NTHT).
bool names_connection_login(std::string_view value) noexcept;

/// uri-host [":" port] (RFC 9110 §7.2), port ≤ 65535, at most 255 bytes of host. No empty label but the root's at the end
/// ("a..b", ".", as in nginx): a server that folds such dots would see another host than the one that was matched.
bool valid_host(std::string_view value) noexcept;

/// The part routing compares: without port and without the dot at the end of an absolute name, which means the same host
/// (RFC 3986 §3.2.2): a rule must not be walked around with it. Case is left alone.
std::string_view host_name(std::string_view host) noexcept;

/// Two authorities that name the same host and write the same port (or none).
bool same_authority(std::string_view a, std::string_view b) noexcept;

}  // namespace waggle::proxy::http1
