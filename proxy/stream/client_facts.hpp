// What is known of a client's connection, the same for all of its requests. A value of the connection; exchanges look at it.
#pragma once

#include "io/address.hpp"
#include "upstream/own_connections.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace waggle::proxy {

struct client_facts {
  std::uint16_t entry = 0;  ///< entry point, by index
  std::uint16_t port = 0;
  bool trusted = false;  ///< its forwarding headers count
  bool late = false;     ///< it came while the proxy drains: for the API alone
  io::ip_bytes ip;
  std::unique_ptr<upstream::own_connections> logins;  ///< null until the client logs in on a connection to a server

  void set_peer(const io::socket_address& peer) {
    ip = io::to_bytes(peer);
    port = peer.port();
    const std::string text = peer.ip();
    size_ = static_cast<std::uint8_t>(std::min(text.size(), sizeof text_));
    std::memcpy(text_, text.data(), size_);
  }
  /// Its address as text.
  std::string_view peer() const noexcept { return {text_, size_}; }

 private:
  std::uint8_t size_ = 0;
  char text_[46];
};

}  // namespace waggle::proxy
