// A member of X-Forwarded-For in the spellings that proxies write. Pure.
#pragma once

#include "io/address.hpp"

#include <waggle/http/field.hpp>

#include <algorithm>
#include <string_view>

namespace waggle::proxy::middleware {

/// "1.2.3.4", "1.2.3.4:567", "::1", "[::1]", "[::1]:80", each also quoted (RFC 7239 §6 writes them so). Azure's and AWS's
/// load balancers add ports. @return false: it names no address ("unknown", "_hidden").
inline bool parse_forwarded_address(std::string_view member, io::ip_bytes& out) noexcept {
  member = http::trim_ows(member);
  if (member.size() >= 2 && member.front() == '"' && member.back() == '"') member = http::trim_ows(member.substr(1, member.size() - 2));
  const auto is_port = [](std::string_view text) {
    return text.size() >= 2 && text.size() <= 6 && text[0] == ':' &&
           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (member.starts_with('[')) {
    const std::size_t end = member.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view rest = member.substr(end + 1), ip = member.substr(1, end - 1);
    return (rest.empty() || is_port(rest)) && ip.find(':') != std::string_view::npos && io::parse_ip(ip, out);
  }
  // One colon parts a port from an IPv4 address; more are an IPv6 address, which has no port without brackets.
  const std::size_t colon = member.find(':');
  if (colon != std::string_view::npos && member.find(':', colon + 1) == std::string_view::npos)
    return is_port(member.substr(colon)) && io::parse_ip(member.substr(0, colon), out);
  return io::parse_ip(member, out);
}

}  // namespace waggle::proxy::middleware
