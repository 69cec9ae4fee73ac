#include "io/address.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include <charconv>
#include <cstring>

namespace waggle::proxy::io {

std::uint16_t socket_address::port() const noexcept {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return 0;
}

std::string socket_address::ip() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text, sizeof text);
  } else if (family() == AF_INET6) {
    const in6_addr& a = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&a)) inet_ntop(AF_INET, a.s6_addr + 12, text, sizeof text);
    else inet_ntop(AF_INET6, &a, text, sizeof text);
  }
  return text;
}

std::string socket_address::text() const {
  const std::string host = ip();
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

base::text_result<socket_address> make_address(std::string_view ip, std::uint16_t port) {
  const std::string text(ip);
  if (text.find('\0') != std::string::npos) return base::text_error{"an address with a NUL in it"};
  socket_address out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out.size = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out.size = sizeof(sockaddr_in6);
  } else {
    return base::text_error{"'" + text + "' is not an IP address"};
  }
  return out;
}

base::text_result<socket_address> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return base::text_error{"'" + std::string(text) + "' has no port (expected ADDRESS:PORT or :PORT)"};
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec != std::errc{} || end != digits.data() + digits.size() || port > 65535)
    return base::text_error{"'" + std::string(digits) + "' is not a port (0 to 65535)"};
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  return make_address(host.empty() ? "::" : host, static_cast<std::uint16_t>(port));
}

ip_bytes to_bytes(const socket_address& a) noexcept {
  ip_bytes out{};
  if (a.family() == AF_INET) {
    out[10] = out[11] = 0xFF;
    std::memcpy(out.data() + 12, &reinterpret_cast<const sockaddr_in*>(&a.storage)->sin_addr, 4);
  } else if (a.family() == AF_INET6) {
    std::memcpy(out.data(), &reinterpret_cast<const sockaddr_in6*>(&a.storage)->sin6_addr, 16);
  }
  return out;
}

bool is_loopback(const ip_bytes& ip) noexcept {
  static constexpr ip_bytes v6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  static constexpr std::array<std::uint8_t, 13> v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
  return ip == v6 || std::equal(v4.begin(), v4.end(), ip.begin());
}

std::string text_of(const ip_bytes& ip) {
  constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::memcmp(ip.data(), mapped, sizeof mapped) == 0;
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(v4 ? AF_INET : AF_INET6, ip.data() + (v4 ? 12 : 0), text, sizeof text);
  return text;
}

bool parse_ip(std::string_view text, ip_bytes& out) noexcept {
  char copy[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof copy || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  out = {};
  if (inet_pton(AF_INET, copy, out.data() + 12) == 1) {
    out[10] = out[11] = 0xFF;
    return true;
  }
  return inet_pton(AF_INET6, copy, out.data()) == 1;
}

base::text_result<ip_ranges> ip_ranges::parse(const std::vector<std::string>& entries) {
  ip_ranges out;
  for (const std::string& entry : entries) {
    const std::size_t slash = entry.find('/');
    range r{};
    if (!parse_ip(std::string_view(entry).substr(0, slash), r.network))
      return base::text_error{"'" + entry + "' is neither an IP address nor a CIDR block"};
    const bool v4 = entry.find(':') == std::string::npos;
    r.prefix = 128;
    if (slash != std::string::npos) {
      const std::string_view digits = std::string_view(entry).substr(slash + 1);
      unsigned bits = 0;
      const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      if (ec != std::errc{} || end != digits.data() + digits.size() || bits > (v4 ? 32u : 128u))
        return base::text_error{"'" + entry + "' has a bad prefix length"};
      r.prefix = v4 ? 96 + bits : bits;
    }
    out.ranges_.push_back(r);
  }
  return out;
}

bool ip_ranges::contains(const ip_bytes& ip) const noexcept {
  for (const range& r : ranges_) {
    const std::size_t whole = r.prefix / 8;
    const unsigned rest = r.prefix % 8;
    if (std::memcmp(ip.data(), r.network.data(), whole) != 0) continue;
    if (rest == 0 || ((ip[whole] ^ r.network[whole]) >> (8 - rest)) == 0) return true;
  }
  return false;
}

}  // namespace waggle::proxy::io
