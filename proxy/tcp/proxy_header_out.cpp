#include "tcp/proxy_header_out.hpp"

#include "schedule/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace waggle::proxy::tcp {
namespace {

using schedule::is_ipv4;

/// Also of an IPv4 address that is written as IPv6 (section 2.1 wants the colon form).
std::string text_of(const io::ip_bytes& ip, bool v4) {
  char out[INET6_ADDRSTRLEN];
  return ::inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip.data() + 12 : ip.data(), out, sizeof out) ? out : std::string();
}

}  // namespace

proxy_header_out::proxy_header_out(unsigned version, const io::ip_bytes& from, std::uint16_t from_port, const io::ip_bytes& to,
                                   std::uint16_t to_port) {
  const bool v4 = is_ipv4(from) && is_ipv4(to);
  if (version == 1) write_v1(from, from_port, to, to_port, v4);
  else write_v2(from, from_port, to, to_port, v4);
}

void proxy_header_out::add(std::string_view s) noexcept {
  const std::size_t n = std::min(s.size(), text_.size() - size_);
  std::copy_n(s.data(), n, text_.data() + size_);
  size_ += n;
}

void proxy_header_out::write_v1(const io::ip_bytes& from, unsigned from_port, const io::ip_bytes& to, unsigned to_port, bool v4) {
  add(v4 ? "PROXY TCP4 " : "PROXY TCP6 ");
  add(text_of(from, v4) + ' ' + text_of(to, v4) + ' ' + std::to_string(from_port) + ' ' + std::to_string(to_port) + "\r\n");
}

void proxy_header_out::write_v2(const io::ip_bytes& from, unsigned from_port, const io::ip_bytes& to, unsigned to_port, bool v4) noexcept {
  const auto bytes = [](const std::uint8_t* p, std::size_t n) { return std::string_view(reinterpret_cast<const char*>(p), n); };
  const std::size_t skip = v4 ? 12 : 0, each = 16 - skip;
  add({"\r\n\r\n\0\r\nQUIT\n", 12});
  add({v4 ? "\x21\x11\0" : "\x21\x21\0", 3});
  const std::uint8_t rest[] = {static_cast<std::uint8_t>(2 * each + 4)};
  add(bytes(rest, 1));
  add(bytes(from.data() + skip, each));
  add(bytes(to.data() + skip, each));
  const std::uint8_t ports[] = {static_cast<std::uint8_t>(from_port >> 8), static_cast<std::uint8_t>(from_port),
                                static_cast<std::uint8_t>(to_port >> 8), static_cast<std::uint8_t>(to_port)};
  add(bytes(ports, 4));
}

}  // namespace waggle::proxy::tcp
