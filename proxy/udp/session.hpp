// One session: a client's address, its server, and a connected socket between waggle and that server, so that only that server's datagrams
// come back and its refusals are seen. 300 bytes at most, beside the socket: a flood makes ten thousand of them.
#pragma once

#include "io/loop.hpp"
#include "schedule/persistence_table.hpp"
#include "schedule/slots.hpp"
#include "udp/bundles.hpp"
#include "udp/port_range.hpp"
#include "udp/session_index.hpp"
#include "udp/session_order.hpp"
#include "upstream/server_lease.hpp"

#include <cstdint>

namespace waggle::proxy::udp {

/// Nothing was heard of a datagram in this time: it has arrived, as far as anybody can know.
inline constexpr io::time_ms refusal_wait = 1'000;

class entry_socket;
class service;

/// Ended by the session table, never by itself. Thread: the worker's.
struct session final : io::pollable, index_link, order_link {
  session(entry_socket& l, service& s) noexcept : at(l), of(s) {}

  /// Something went to its server that was not refused: it is well, unless that was before it failed.
  void vouch(io::time_ms now) const noexcept {
    if (to->failures_in_a_row != 0 && sent_at > to->trouble_at && now >= sent_at + refusal_wait) to->note_success();
  }

  entry_socket& at;
  service& of;
  upstream::server_lease to;
  port_range::lease local_port;
  schedule::persistence_table::hold remembered;
  schedule::slot_id slot = 0;  ///< its server's
  std::uint64_t number = 0;    ///< among all of the worker; > 0
  io::time_ms sent_at = 0;     ///< when something last went to the server that it has not refused; 0: never
  std::uint64_t asked = 0;     ///< datagrams of the client
  std::uint64_t replies = 0;
  std::uint32_t group_of = 0;  ///< which batch `group` is of
  std::uint16_t up_bundle_below = any_segment, down_bundle_below = any_segment;
  std::uint8_t group = 0;  ///< its place among the sessions of a batch
  bool answered = false;   ///< a reply has come, ever
  bool moved = false;      ///< it was refused, and since then nobody has answered, or been silent for a while
  bool awaits = false;     ///< something was sent after the last reply
};
static_assert(sizeof(session) <= 300);

}  // namespace waggle::proxy::udp
