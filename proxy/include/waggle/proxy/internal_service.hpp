// Services of this process (the API, ping, metrics): servers without an address, reached over a private socket that the other side
// makes for each request. Nothing outside of the process can connect to them.
#pragma once

#include <functional>
#include <string_view>

namespace waggle::proxy {

/// For whom a connection is made. Views: valid during the call.
struct internal_call {
  std::string_view service;  ///< model::server::name: "api@internal"
  std::string_view client;   ///< address of who asks, without port
};

/// @return a connected stream socket that does not block, the caller's from then on; -1: not now.
/// Thread: any worker; must not block.
using internal_dialer = std::function<int(const internal_call&)>;

}  // namespace waggle::proxy
