// Where a request goes: its backend, the server that its cookie leads to, the one that the attempt at hand asks, and those that were
// tried. Tables and servers change while it waits: it has leases and values of its own, no pointer into what another one holds.
#pragma once

#include "affinity/sticky_cookie.hpp"
#include "decision/hold.hpp"
#include "decision/tried_servers.hpp"
#include "plan/backend.hpp"
#include "stream/client_facts.hpp"
#include "stream/server_stream.hpp"
#include "upstream/connect_race.hpp"
#include "upstream/endpoint.hpp"
#include "worker/table_ref.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy {

class choice {
 public:
  static constexpr int client_left = -2;

  choice(worker& w, const client_facts& from) noexcept : w_(w), from_(from) {}
  choice(const choice&) = delete;

  /// A route was found. @param b  in that table.
  void begin(table_ref* table, const plan::backend& b) noexcept { to = in_table<plan::backend>(table, &b); }
  /// Where its cookie leads to. @return whether there is one.
  bool read_affinity(http::field_span fields);
  /// A cookie that names a server of which nothing is known here: asks for a look at the swarm and waits for the table that knows it, a
  /// moment at most. @return false: the client is gone.
  io::task<bool> await_unknown_server(server_stream& client);
  bool names_unknown_server() const noexcept { return !unknown_.empty(); }

  /// The next server to ask. @return its index; -1: there is none.
  int next_server() { return next_server(tried_); }
  /// Another one than those of a connect race; on another node, if there is one: what hangs may be the node. @return -1: there is none.
  int another_server(const upstream::connect_race& race);
  /// Makes it the server of this attempt.
  void set_server(int index);
  /// @param server  the one to ask; -1: there is none.
  hold_action hold_for(int server) const noexcept;
  /// Waits until the swarm has a server for this request, or until it has waited long enough. Nothing is read from the client meanwhile.
  /// @return the server, -1 if there is none, client_left if nobody is left to answer.
  io::task<int> hold(server_stream& client);
  /// A server is chosen from the table of the moment, never from the one that the request began with: a task that has left since may have
  /// given its address to another service. @return false: the backend is gone.
  bool follow_table();
  /// May there be another one that is up and was not tried? Cost: O(servers).
  bool has_other_server() const noexcept;
  /// The attempt has failed. @param with_node  its node counts as tried.
  void mark_tried(bool with_node) noexcept;
  /// No server took the connection: only another one will do.
  void set_refused(bool refused) noexcept { refused_ = refused; }

  const client_facts& from() const noexcept { return from_; }
  bool is_current() const noexcept { return w_.is_current(to.use()); }
  int server() const noexcept { return chosen_; }  ///< index; -1: none
  const plan::server& server_at(int index) const noexcept { return to->servers[static_cast<std::size_t>(index)]; }
  int wanted() const noexcept { return wanted_; }
  bool sets_cookie() const noexcept { return set_cookie_ && chosen_ >= 0; }

  in_table<plan::backend> to;         ///< of the table that the request began with or, if it has waited, of a newer one
  upstream::endpoint_lease endpoint;  ///< of the server

 private:
  int next_server(const tried_servers& tried);
  auto nodes() const noexcept {
    return [this](std::size_t i) -> std::string_view { return to->servers[i].origin.node_id; };
  }
  void apply(const affinity::cookie_target& found);
  void renew(const plan::backend& b);

  worker& w_;
  const client_facts& from_;
  std::string awaited_slot_;    ///< the cookie names one that left, and whose successor in this slot is not up; empty: no
  std::string unknown_;         ///< value of a cookie that names a server which another replica may have seen start
  io::time_ms hold_until_ = 0;  ///< how long the request may wait for a server; 0: it has not waited
  tried_servers tried_;
  int wanted_ = -1;              ///< server that the sticky cookie leads to
  int chosen_ = -1;              ///< server of the attempt at hand
  bool via_successor_ = false;   ///< the wanted one is the successor of the one that the cookie names
  bool refresh_cookie_ = false;  ///< … but the cookie should say so anew
  bool refused_ = false;
  bool set_cookie_ = false;
};

}  // namespace waggle::proxy
