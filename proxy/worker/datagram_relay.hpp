// What a worker knows of its UDP part (udp/relay.hpp): sockets, tables, and that it makes room.
#pragma once

#include "io/address.hpp"
#include "io/timer_wheel.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy {

/// What is told of sessions in one turn of a worker, for people.
struct datagram_sessions {
  struct one {
    std::size_t service = 0;  ///< place in the list
    std::size_t entry = 0;
    io::ip_bytes client{};
    std::uint16_t port = 0;
    io::socket_address server;
    io::time_ms expires_in = 0;
  };
  std::string_view only{};              ///< key of the service that is asked for; empty: all
  std::vector<std::string> services{};  ///< keys
  std::vector<one> list{};
};

/// Thread of all but add_socket: the worker's.
class datagram_relay {
 public:
  datagram_relay() = default;
  virtual ~datagram_relay() = default;
  datagram_relay(const datagram_relay&) = delete;
  datagram_relay& operator=(const datagram_relay&) = delete;

  /// A bound socket of entry point `entry`, from now on ours; before the worker starts.
  virtual void add_socket(int descriptor, std::size_t entry, const io::socket_address& bound) = 0;
  /// The worker has a new table (use_table).
  virtual void adopt() = 0;
  /// Ends the session that has been idle longest, to make room. @return false: none has been idle for long enough.
  virtual bool give_way() = 0;
  /// Sessions, as many as `to` has room for without taking more memory.
  virtual void list(datagram_sessions& to) const = 0;
  /// Nobody is turned away: whoever comes until the end is served. But who has asked a moment ago shall have the answer.
  virtual void begin_drain() = 0;
  /// Ends all sessions, and closes the sockets.
  virtual void close() noexcept = 0;
};

}  // namespace waggle::proxy
