// Which server a connection goes to: its service in the newest table, who was tried, what persistence remembers. Tables change while it
// waits: it has a lease of its table and values of its own.
#pragma once

#include "plan/tcp_service.hpp"
#include "schedule/client.hpp"
#include "schedule/persistence_table.hpp"
#include "tcp/attempts.hpp"
#include "worker/table_ref.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace waggle::proxy::tcp {

class choice {
 public:
  /// @param from  as it connects, not masked.
  choice(worker& w, in_table<plan::tcp_service> service, schedule::client from);

  /// The index of the server that is to be asked next; -1: there is none now.
  int next_server();
  void mark_tried(int server) noexcept {
    if (tries_ < tried_.size()) tried_[tries_++] = server;
  }
  void forget_tried() noexcept { tries_ = 0; }
  /// A connection to this server stands: persistence remembers it. @return what keeps the entry while it is open; may be empty.
  schedule::persistence_table::hold remember(int server);

  bool is_current() const noexcept { return w_.is_current(to.use()); }
  /// From now on in the newest table. @return false: its service is gone.
  bool follow_table();
  /// @return -1: it has left, or leaves.
  int index_of(const upstream::endpoint& e) const noexcept;
  upstream::endpoint& endpoint_of(int server) const { return w_.servers.endpoint_of(to->servers[static_cast<std::size_t>(server)], is_current()); }
  bool awaits_more() const noexcept { return to->source->replicas != 0; }

  in_table<plan::tcp_service> to;

 private:
  schedule::server_state state_of(std::size_t server) const;
  bool was_tried(int server) const noexcept { return std::find(tried_.begin(), tried_.begin() + tries_, server) != tried_.begin() + tries_; }
  static int index_in(const plan::tcp_service& service, const base::shared_text& key) noexcept;
  worker& w_;
  schedule::client from_;
  std::array<int, attempts::most> tried_{};  ///< -1: it left
  std::size_t tries_ = 0;
  bool remembers_ = false;  ///< the server that was chosen last
};

}  // namespace waggle::proxy::tcp
