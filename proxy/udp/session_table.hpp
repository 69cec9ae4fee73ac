// Sessions of one worker: how they begin and end, and by whom they give way. Services are kept while they are served or have some.
//
//   session_begin.cpp   may its client, is there room, which server, its socket
//   session_table.cpp   services, room, ends
#pragma once

#include "io/loop.hpp"
#include "udp/choice.hpp"
#include "udp/entry_socket.hpp"
#include "udp/port_range.hpp"
#include "udp/service.hpp"
#include "udp/session.hpp"
#include "worker/datagram_relay.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace waggle::proxy::udp {

class forwarder;

/// Thread: the worker's.
class session_table {
 public:
  /// @param ports  of the process, which it shares with other workers; outlives it.
  session_table(worker& w, port_range& ports) noexcept : w_(w), ports_(ports) {}
  session_table(const session_table&) = delete;

  /// A session of this client begins. @param datagrams  that want it. @return null: it may not, there is no room, or no server; counted.
  session* begin(entry_socket& at, const session_key& key, const choice_hints& hints, std::uint32_t datagrams);
  /// The one that takes these datagrams, of a service with onePacket; null: as above.
  session* one_packet_session(entry_socket& at, session_key key, std::uint32_t datagrams);
  /// … at the server that was chosen, room or not. @return null: its socket cannot be had.
  session* begin_on(entry_socket& at, const session_key& key, const choice& c);
  choice choose(const entry_socket& at, const session_key& key, const choice_hints& hints);
  upstream::endpoint& endpoint_of(const entry_socket& at, const choice& c);
  /// A datagram of it, either way.
  void touch(session& s) noexcept;
  void end(session& s) noexcept;
  void end_all() noexcept;

  /// The service of that plan, with its options; made if there is none yet.
  service& follow(const plan::udp_service& s);
  /// Nobody is served but whom follow() is called for from now on.
  void begin_table() noexcept;
  /// Forgets services that are neither served nor have sessions.
  void sweep();
  /// Ends the one that has been idle longest. @return false: none has been for long enough.
  bool give_way();
  /// Somebody has asked before `begin`, not longer than `patience` ago, and has no answer. Cost: O(sessions).
  bool awaits_replies(io::time_ms begin, io::time_ms patience) const noexcept;
  void end_expired(service& of) noexcept;
  /// For people. Cost: O(what there is room for).
  void list(datagram_sessions& to) const;

  // What servers say goes there. Set once; the forwarder outlives the sessions.
  forwarder* replies_to = nullptr;
  io::pollable::callback on_server_events = nullptr;

 private:
  bool may_send(const entry_socket& at, const session_key& key, std::uint32_t datagrams);
  session* begin_at_choice(entry_socket& at, const session_key& key, const choice& c, std::uint32_t datagrams);
  void enter(session& s, upstream::endpoint& e) noexcept;
  bool has_room(service& s);
  bool is_crowded() const noexcept;
  bool evict(service& s);
  void arm(service& s) noexcept;

  worker& w_;
  port_range& ports_;
  std::vector<std::unique_ptr<service>> services_;
  std::uint64_t begun_ = 0;
};

}  // namespace waggle::proxy::udp
