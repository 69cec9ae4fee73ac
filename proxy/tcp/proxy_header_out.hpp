// The PROXY header that a server is sent (HAProxy's specification of 2020): whose connection this is. Pure.
#pragma once

#include "io/address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy::tcp {

class proxy_header_out {
 public:
  /// @param version  1 or 2. IPv4 that came over IPv6 is written as IPv4; where only one of the two addresses is, both are written as IPv6.
  proxy_header_out(unsigned version, const io::ip_bytes& from, std::uint16_t from_port, const io::ip_bytes& to, std::uint16_t to_port);
  std::string_view bytes() const noexcept { return {text_.data(), size_}; }

 private:
  void write_v1(const io::ip_bytes& from, unsigned from_port, const io::ip_bytes& to, unsigned to_port, bool v4);
  void write_v2(const io::ip_bytes& from, unsigned from_port, const io::ip_bytes& to, unsigned to_port, bool v4) noexcept;
  void add(std::string_view s) noexcept;

  std::array<char, 108> text_{};  // the longest line of version 1 has 107
  std::size_t size_ = 0;
};

}  // namespace waggle::proxy::tcp
