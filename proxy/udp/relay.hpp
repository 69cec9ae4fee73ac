// One worker's part in UDP: sockets of entry points, batches of clients' datagrams, tables, drain and end. Why it is built so:
// docs/decisions/0015-udp-sessions.md.
//
//   entry_socket    one entry point: where it leads, replies to its clients
//   session_table   sessions begin, end and give way
//   forwarder       datagrams to servers and back, refusals
#pragma once

#include "io/loop.hpp"
#include "udp/entry_socket.hpp"
#include "udp/forwarder.hpp"
#include "udp/port_range.hpp"
#include "udp/receive_batch.hpp"
#include "udp/session_table.hpp"
#include "worker/datagram_relay.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace waggle::proxy::udp {

class relay final : public datagram_relay {
 public:
  /// @param hash_key  random: clients choose what is hashed. @param ports  of the process, which it shares with other workers; outlives it.
  relay(worker& w, const schedule::key16& hash_key, port_range& ports);
  ~relay() override;

  void add_socket(int descriptor, std::size_t entry, const io::socket_address& bound) override;
  void adopt() override;
  bool give_way() override { return sessions_.give_way(); }
  void list(datagram_sessions& to) const override { sessions_.list(to); }
  void begin_drain() override;
  void close() noexcept override;

 private:
  struct drain_timer final : io::timer {
    explicit drain_timer(relay& r) noexcept;
    relay& of;
  };
  void read(entry_socket& at);
  session* session_of(entry_socket& at, const received& r, const sockaddr_in6& peer);
  session* follow_server(session& s, std::uint32_t datagrams);
  void look_for_awaited();

  worker& w_;
  const schedule::key16 hash_key_;
  std::vector<std::unique_ptr<entry_socket>> sockets_;
  session_table sessions_;
  forwarder forward_;
  receive_batch from_clients_;
  drain_timer drain_{*this};
  io::time_ms drained_at_ = io::never;
  bool awaited_ = false;  ///< a drain waits for replies
};

}  // namespace waggle::proxy::udp
