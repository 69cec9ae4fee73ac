// What a worker knows of its UDP part (udp/relay.hpp): sockets, tables, and that it makes room.
#pragma once

#include "io/address.hpp"
#include "io/timer_wheel.hpp"

#include <cstddef>

namespace waggle::proxy {

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
  /// Nobody is turned away: whoever comes until the end is served. But who has asked a moment ago shall have the answer.
  virtual void begin_drain() = 0;
  /// Ends all sessions, and closes the sockets.
  virtual void close() noexcept = 0;
};

}  // namespace waggle::proxy
