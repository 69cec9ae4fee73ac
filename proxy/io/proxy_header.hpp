// The PROXY protocol, versions 1 and 2 (HAProxy's specification of 2020): who the client is, told by a load balancer in
// front. Pure; strict; bounded.
#pragma once

#include "io/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace waggle::proxy::io {

struct proxy_header {
  enum class verdict : std::uint8_t { absent, incomplete, bad, complete };
  verdict state = verdict::absent;
  std::size_t bytes = 0;                        ///< complete: its length
  std::optional<socket_address> source{};       ///< none: "UNKNOWN" or LOCAL, the connection's own peer counts
  std::optional<socket_address> destination{};  ///< there if the source is: what the client has asked
};

/// @param bytes  what the connection has sent so far. `absent` as soon as they cannot begin a header.
proxy_header parse_proxy_header(std::string_view bytes);

}  // namespace waggle::proxy::io
