// The texts of forward auth: where to ask, what to ask, what to make of the answer. Pure.
#pragma once

#include "middleware/step.hpp"

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

/// http://authority/target or https://…, taken apart.
struct auth_address {
  bool tls = false;
  std::string host;  ///< a name, or an address without brackets
  std::uint16_t port = 80;
  std::string authority;  ///< as written: the Host of the request
  std::string target;     ///< "/auth?x=1"
};

base::text_result<auth_address> parse_auth_address(std::string_view url);

/// The request to the auth server, complete: GET with the request's fields but hop-by-hop and framing ones.
/// @param trust  the client's X-Forwarded-* count (trustForwardHeader, and its peer is trusted).
std::string compose_auth_request(const auth_address& to, const request_info& about, bool trust);

/// A Location as the client must get it: what is relative is meant relative to the auth server (RFC 3986 section 5.2).
std::string absolute_location(const auth_address& base, std::string_view location);

}  // namespace waggle::proxy::middleware
