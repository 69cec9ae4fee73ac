// One TCP connection that is passed on: who may come in, where it goes, bytes both ways, how it ends. HTTP is not looked at.
//
//   arrive.cpp   PROXY header, and the first bytes where routing needs them
//   reach.cpp    router, server, connection to it; PROXY header for it
//   relay.cpp    bytes both ways, ends
#pragma once

#include "access/connection_record.hpp"
#include "io/address.hpp"
#include "io/buffer_pool.hpp"
#include "io/descriptor.hpp"
#include "io/peer_watch.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "routing/tcp_routes.hpp"
#include "schedule/client.hpp"
#include "schedule/persistence_table.hpp"
#include "tcp/direction.hpp"
#include "tcp/ends.hpp"
#include "tcp/segment_count.hpp"
#include "tls/client_hello.hpp"
#include "upstream/layer4_state.hpp"
#include "upstream/server_lease.hpp"
#include "worker/client_connection.hpp"
#include "worker/layer4_traffic.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

namespace waggle::proxy::tcp {

class choice;

// Large: its steps (arrive, reach, relay) are parts with files of their own and share this frame, so that an idle one costs one allocation.
class connection final : public client_connection, public upstream::client_link {
 public:
  /// One that runs until the client's connection ends, and deletes itself through the worker (begin_connection).
  static void begin(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept;

  void abort() override;
  void shorten_idle(io::time_ms) override {}  // being idle is no sign of an end here: end_at() comes
  void evict() override;
  void give_back_pipes() override;
  upstream::client_link* as_link() noexcept override { return this; }
  void server_gone() noexcept override;
  void end_at(io::time_ms due) noexcept override;
  void count_traffic(bool all) noexcept override;
  std::size_t describe(layer4_connection& out) const override;

 private:
  using end_reason = access::connection_end;
  /// What is known of a connection before it has its server.
  struct arrival {
    io::buffer received{};                            ///< … and not passed on yet
    std::optional<io::socket_address> destination{};  ///< told by a PROXY header
    tls::client_hello hello{};                        ///< complete: there is one in `received`
    bool asks_postgres = false;                       ///< … and an SSLRequest came before it, which has its answer
    bool is_tls() const noexcept { return hello.state() == tls::client_hello::verdict::complete; }
  };
  enum class first_bytes : std::uint8_t {
    known,   ///< what routing needs is there, or will not come
    ended,   ///< the client has left, or was told to
    refused  ///< what came is nothing that could be routed: reset
  };

  connection(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer);
  io::task<void> run();
  io::task<bool> establish();

  // arrive.cpp
  io::task<first_bytes> arrive(arrival& a);
  io::task<bool> read_proxy_header(arrival& a, io::time_ms due);
  io::task<first_bytes> read_hello(arrival& a, io::time_ms due);
  /// One look at what came. @return none: more is needed.
  std::optional<first_bytes> look_at(arrival& a);
  /// @return more: something came; known: the time is over, or the client says nothing more.
  enum class more : std::uint8_t { came, over, ended };
  io::task<more> receive(arrival& a, io::time_ms due);
  std::chrono::milliseconds patience() const;

  // reach.cpp
  const routing::tcp_router* route(const arrival& a);
  io::task<bool> reach(arrival& a, const routing::tcp_router& by);
  io::task<bool> find_server(choice& where);
  io::task<bool> hold(choice& where, io::time_ms until);
  io::task<bool> ask_postgres(io::time_ms due, std::string_view header);
  void refuse(counter& why, end_reason told) noexcept;
  static std::uint32_t limit_of(std::chrono::milliseconds limit) noexcept {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(limit.count(), 0, std::numeric_limits<std::uint32_t>::max()));
  }

  // relay.cpp
  /// What a turn of relaying comes to.
  enum class turn : std::uint8_t { again, wait, over };
  turn relay_once();
  turn look_at_ends(io::time_ms now);
  bool is_last_word_out() const noexcept;
  bool look_at_broken() noexcept;
  bool look_at_clocks(io::time_ms now);
  bool begin_goodbye(io::time_ms now) noexcept;
  io::time_ms due() const noexcept;
  static std::uint8_t interests(progress reading, progress writing, bool broken_known) noexcept;
  void begin_wait() noexcept;
  void end_wait() noexcept;
  void finish(bool clean) noexcept;
  void note_end(end_reason why) noexcept {
    if (end_ == end_reason::client_left) end_ = why;  // what came first has ended it
  }
  void note_cut() noexcept;
  void write_log() noexcept;

  unsigned user_timeout() const noexcept;
  /// Neither is anything waited for, nor will the client hear an answer.
  bool gone() const noexcept { return over_ || w_.loop.now() >= end_at_ || client_.is_ready(io::broken); }

  worker& w_;
  io::stream client_, server_;
  io::waiter waiter_;
  direction up_, down_;
  ends ends_;
  io::peer_watch client_watch_{io::peer_watch::between::off}, server_watch_{io::peer_watch::between::off};
  progress up_now_ = progress::moved, down_now_ = progress::moved;
  bool over_ = false;           ///< aborted, evicted, or its server is gone: nothing is waited for any more
  bool client_broken_ = false;  ///< that it is broken is known, and taken into account
  bool server_broken_ = false;
  bool closing_ = false;       ///< end_at() has come
  bool said_goodbye_ = false;  ///< … and the client has its FIN
  bool server_ended_first_ = false;
  bool hurried_ = false;                      ///< ends_.hurried(), and since then moved_at_
  bool ipv6_ = false;                         ///< on the wire, whoever the client is said to be
  bool counted_ = false;                      ///< nothing was relayed since counted_segments_ was asked
  bool looks_again_ = false;                  ///< soon, whether the last word has arrived
  bool waits_ = false;                        ///< it is in the worker's lists of those that wait
  end_reason end_ = end_reason::client_left;  ///< for the access log; this one: nothing has ended it yet
  std::uint16_t entry_ = 0;
  upstream::server_lease to_;
  io::lease<layer4_traffic> traffic_;
  counted_segments counted_segments_;
  std::unique_ptr<access::connection_record> record_;  ///< null: no access log
  schedule::persistence_table::hold remembered_;
  io::time_ms moved_at_ = 0;                        ///< when bytes last moved
  io::time_ms end_at_ = io::never;                  ///< when it is ended by us
  std::uint32_t idle_ms_ = 0, half_closed_ms_ = 0;  ///< limits; 0: none
  io::ip_bytes from_;                               ///< the client: by its connection, or as a PROXY header has told
  std::uint16_t from_port_;
  std::uint32_t budget_ = 0;  ///< bytes of this turn
};

}  // namespace waggle::proxy::tcp
