// Socket addresses: text ⇄ sockaddr, and address ranges. No DNS: backends are named by address.
#pragma once

#include <waggle/base/result.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::io {

struct socket_address {
  sockaddr_in6 storage{};  ///< or a sockaddr_in: 28 bytes instead of the 128 of sockaddr_storage, and there may be 100,000
  socklen_t size = 0;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const noexcept { return storage.sin6_family; }  // at the same place in both
  std::uint16_t port() const noexcept;
  /// "10.0.0.5" or "fd00::1"; an IPv4-mapped IPv6 address is written as IPv4.
  std::string ip() const;
  /// "10.0.0.5:80", "[fd00::1]:80".
  std::string text() const;
};

/// An IP address literal (no brackets) and a port.
base::text_result<socket_address> make_address(std::string_view ip, std::uint16_t port);

/// Where to listen: ":80" (all addresses, IPv6 with IPv4 if the host has it), "1.2.3.4:80", "[::1]:80".
base::text_result<socket_address> parse_listen_address(std::string_view text);

/// An IPv4 or IPv6 address as 16 bytes (IPv4 mapped): comparable across families.
using ip_bytes = std::array<std::uint8_t, 16>;
ip_bytes to_bytes(const socket_address& a) noexcept;
bool parse_ip(std::string_view text, ip_bytes& out) noexcept;
/// 127.0.0.0/8 or ::1: a process of this machine, or container.
bool is_loopback(const ip_bytes& ip) noexcept;
/// "10.0.0.5", "fd00::1".
std::string text_of(const ip_bytes& ip);

/// Addresses and CIDR blocks; "contains" is linear, lists are short.
class ip_ranges {
 public:
  /// @return the reason if an entry is neither an address nor a block.
  static base::text_result<ip_ranges> parse(const std::vector<std::string>& entries);
  bool contains(const ip_bytes& ip) const noexcept;
  bool empty() const noexcept { return ranges_.empty(); }

 private:
  struct range {
    ip_bytes network;
    unsigned prefix;  ///< of 128
  };
  std::vector<range> ranges_;
};

}  // namespace waggle::proxy::io
