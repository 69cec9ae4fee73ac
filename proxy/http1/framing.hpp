// What a validated head means for the connection: body framing, persistence, Host, Connection options, Expect, Upgrade.
// Pure; decides lawful or not (http-contract section 1), knows nothing of routes.
#pragma once

#include "http1/head.hpp"

#include <waggle/http/authority.hpp>
#include <waggle/http/field_value.hpp>
#include <waggle/http/message.hpp>

#include <cstdint>
#include <string_view>

namespace waggle::proxy::http1 {

enum class body_kind : std::uint8_t { none, length, chunked, until_close };

struct framing {
  body_kind kind = body_kind::none;
  std::uint64_t length = 0;  ///< for body_kind::length
  bool operator==(const framing&) const = default;
};

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
};

struct response_facts {
  framing body;
  bool keep_alive = true;
  std::string_view upgrade;        ///< of a 101 or 426: the protocol or protocols that it names; empty: it does not
  bool has_trailer = false;        ///< trailer fields are announced
  bool login = false;              ///< it offers, continues or confirms a login that is the connection's (NTLM, Negotiate)
  std::uint32_t keeps_idle_s = 0;  ///< Keep-Alive: timeout=…, how long the server keeps an idle connection; 0: it does not say
};

using http::host_name;
using http::names_connection_login;
using http::parse_content_length;
using http::refusal;
using http::same_authority;
using http::valid_host;

/// Fields that Connection names are marked in the head: they never go further (field_origin::this_hop).
refusal examine_request(request_head& head, request_facts& out) noexcept;

/// Did the request ask for the protocol that a 101 switches to?
bool asked_for(std::string_view requested, std::string_view protocol) noexcept;

/// Where servers contradict themselves in a way that has one safe reading, that one is taken and the connection is not used again:
/// Transfer-Encoding beside Content-Length (RFC 9112 §6.3), in HTTP/1.0 (§6.1), and `identity` (RFC 2616 §3.6) beside a length.
/// Marks as above. @param to_head  the request was HEAD: no body whatever the fields say.
refusal examine_response(response_head& head, bool to_head, response_facts& out) noexcept;

}  // namespace waggle::proxy::http1
