#include "io/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace waggle::proxy::io {
namespace {

using verdict = proxy_header::verdict;

constexpr std::string_view v1_start = "PROXY ";
constexpr std::string_view v2_start{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v1_longest = 107, v2_longest = 16 + 2048;

bool begins(std::string_view bytes, std::string_view start) noexcept {
  const std::size_t n = std::min(bytes.size(), start.size());
  return bytes.substr(0, n) == start.substr(0, n);
}

/// "TCP4 1.2.3.4 5.6.7.8 1111 80\r\n"; one blank between the words, nothing else.
proxy_header parse_v1(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, v1_longest).find("\r\n");
  if (end == std::string_view::npos) return {bytes.size() < v1_longest ? verdict::incomplete : verdict::bad, 0};
  std::string_view line = bytes.substr(v1_start.size(), end - v1_start.size());
  proxy_header out{verdict::complete, end + 2};
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return out;
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t blank = i + 1 < words.size() ? line.find(' ') : line.size();
    if (blank == std::string_view::npos || blank == 0) return {verdict::bad, 0};
    words[i] = line.substr(0, blank);
    line.remove_prefix(std::min(line.size(), blank + 1));
  }
  if (words[0] != "TCP4" && words[0] != "TCP6") return {verdict::bad, 0};
  const bool v6 = words[0] == "TCP6";
  unsigned ports[2] = {};
  for (int i = 0; i < 2; ++i) {
    const std::string_view w = words[static_cast<std::size_t>(3 + i)];
    const auto [p, ec] = std::from_chars(w.data(), w.data() + w.size(), ports[i]);
    if (ec != std::errc{} || p != w.data() + w.size() || ports[i] > 65535) return {verdict::bad, 0};
    if (w.size() > 1 && w.front() == '0') return {verdict::bad, 0};  // section 2.1: leading zeroes are not permitted
  }
  auto source = make_address(words[1], static_cast<std::uint16_t>(ports[0]));
  auto destination = make_address(words[2], static_cast<std::uint16_t>(ports[1]));
  const int family = v6 ? AF_INET6 : AF_INET;
  if (!source || !destination || source->family() != family || destination->family() != family) return {verdict::bad, 0};
  out.source = *source;
  out.destination = *destination;
  return out;
}

socket_address ipv4_at(std::string_view ip, std::string_view port) {
  socket_address a;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&a.storage);
  v4->sin_family = AF_INET;
  std::memcpy(&v4->sin_addr, ip.data(), 4);
  std::memcpy(&v4->sin_port, port.data(), 2);
  a.size = sizeof(sockaddr_in);
  return a;
}

socket_address ipv6_at(std::string_view ip, std::string_view port) {
  socket_address a;
  a.storage.sin6_family = AF_INET6;
  std::memcpy(&a.storage.sin6_addr, ip.data(), 16);
  std::memcpy(&a.storage.sin6_port, port.data(), 2);
  a.size = sizeof(sockaddr_in6);
  return a;
}

proxy_header parse_v2(std::string_view bytes) {
  if (bytes.size() < 16) return {verdict::incomplete, 0};
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t length = at(14) * 256u + at(15);
  if (at(12) >> 4 != 2 || (at(12) & 15) > 1 || 16 + length > v2_longest) return {verdict::bad, 0};
  if (bytes.size() < 16 + length) return {verdict::incomplete, 0};
  proxy_header out{verdict::complete, 16 + length};
  if ((at(12) & 15) == 0) return out;                                  // LOCAL: a health check of the balancer itself
  if (at(13) >> 4 > 3 || (at(13) & 15) > 2) return {verdict::bad, 0};  // section 2.2: must be rejected by receivers
  if (at(13) == 0x11) {                                                // TCP over IPv4
    if (length < 12) return {verdict::bad, 0};
    out.source = ipv4_at(bytes.substr(16, 4), bytes.substr(24, 2));
    out.destination = ipv4_at(bytes.substr(20, 4), bytes.substr(26, 2));
  } else if (at(13) == 0x21) {  // TCP over IPv6
    if (length < 36) return {verdict::bad, 0};
    out.source = ipv6_at(bytes.substr(16, 16), bytes.substr(48, 2));
    out.destination = ipv6_at(bytes.substr(32, 16), bytes.substr(50, 2));
  }
  return out;
}

}  // namespace

proxy_header parse_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return {verdict::incomplete, 0};
  if (begins(bytes, v1_start)) return bytes.size() < v1_start.size() ? proxy_header{verdict::incomplete, 0} : parse_v1(bytes);
  if (begins(bytes, v2_start)) {
    // An empty line before a request begins like version 2: only the whole signature decides.
    return bytes.size() < v2_start.size() ? proxy_header{verdict::incomplete, 0} : parse_v2(bytes);
  }
  return {};
}

}  // namespace waggle::proxy::io
