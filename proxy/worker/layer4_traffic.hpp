// What one worker counts of a TCP or UDP service. Plain numbers: only the worker's thread touches them, others get copies.
#pragma once

#include "io/lease.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace waggle::proxy {

/// Found by its service's dense number. Kept by connections that began on it when its service departs.
class layer4_traffic {
 public:
  explicit layer4_traffic(std::string k) : key(std::move(k)) {}
  const std::string key;                                                           ///< of the service
  std::uint64_t connections = 0, open = 0;                                         ///< UDP: sessions; with onePacket each datagram is a connection
  std::uint64_t refused_white_list = 0, refused_no_server = 0, refused_share = 0;  ///< clients that were cut off, and why
  std::uint64_t holds = 0;                                                         ///< … that waited for a server
  // UDP alone.
  std::uint64_t dropped_room = 0;  ///< datagrams for which there was no room for a session
  std::uint64_t dropped_send = 0;  ///< … that could not be sent on
  std::uint64_t evicted = 0;       ///< sessions that were ended to make room
  // As they were on the wire; TCP: of connections that have ended, and of open ones what was asked for.
  std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;

  void retain() noexcept { ++users_; }
  void release() noexcept {
    if (--users_ == 0) delete this;
  }

 private:
  ~layer4_traffic() = default;  // by its last user
  std::uint32_t users_ = 0;     // the worker, and each connection
};

}  // namespace waggle::proxy
