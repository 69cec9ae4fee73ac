// Between clients and servers, when a session is known: datagrams to the server, what is done when it refuses, and replies.
#pragma once

#include "io/loop.hpp"
#include "udp/bundles.hpp"
#include "udp/receive_batch.hpp"
#include "udp/recent_datagrams.hpp"
#include "udp/refusal.hpp"
#include "udp/send_batch.hpp"
#include "udp/session_table.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace waggle::proxy::udp {

/// Thread: the worker's.
class forwarder {
 public:
  /// @param sockets  by which replies leave; outlive it.
  forwarder(worker& w, session_table& sessions, const std::vector<std::unique_ptr<entry_socket>>& sockets);

  /// Clients' datagrams, in their order. The session may move to another server, and is another object then.
  void forward(session& s, std::span<const piece> pieces);

 private:
  struct flush_all final : io::batch_end {
    explicit flush_all(forwarder& f) noexcept;
    forwarder& of;
  };
  static void on_events(io::pollable& p, std::uint32_t events);
  void read_replies(session& s);
  void take_replies(session& s, std::span<const piece> pieces);
  void flush();

  void send_all(session*& s, std::span<const piece> pieces);
  bool push(session*& s, std::span<const piece> pieces);
  verdict note_error(session*& s, int error);
  void take_error(session& of, int error);
  session* move_refused(session& s);
  void count_in(const session& s, std::span<const piece> pieces) noexcept;
  void drop(const session& s, std::uint32_t datagrams) noexcept;

  worker& w_;
  session_table& sessions_;
  const std::vector<std::unique_ptr<entry_socket>>& sockets_;
  receive_batch from_servers_;  ///< until the replies are out
  send_batch to_server_;        ///< of one session
  recent_datagrams recent_;
  flush_all flush_{*this};
};

}  // namespace waggle::proxy::udp
