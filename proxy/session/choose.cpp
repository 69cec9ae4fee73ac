// Which server an attempt goes to, and waiting for one where the label waggle.backend.hold allows it.
#include "session/session.hpp"

#include "exchange/hold.hpp"
#include "exchange/select.hpp"

#include <cstdint>
#include <string_view>

namespace waggle::proxy {
namespace {

/// What select_server asks of the servers of an exchange's backend.
struct live_servers {
  worker& w;
  exchange& x;
  const own_connections* own;  ///< of the client's connection; null: none
  const io::time_ms now = w.loop.now();

  const routing::server& at(std::size_t i) const noexcept { return x.to->servers[i]; }
  upstream::endpoint& endpoint(std::size_t i) const { return w.endpoint_of(at(i), x.to.use()); }

  std::size_t size() const noexcept { return x.to->servers.size(); }
  bool up(std::size_t i) const noexcept { return at(i).up(); }
  bool proven(std::size_t i) const noexcept { return at(i).proven(); }
  bool tried(std::size_t i) const noexcept { return x.tried.has(static_cast<int>(i)); }
  bool usable(std::size_t i) const { return endpoint(i).usable(now); }
  std::string_view slot(std::size_t i) const noexcept { return at(i).slot; }
  bool has_logins() const noexcept { return own != nullptr; }
  bool logged_in(std::size_t i) const noexcept { return own->lead_to(at(i).key); }
  bool slow_start() const noexcept { return x.to->slow_start > 0; }
  std::uint32_t share(std::size_t i) const noexcept { return balance::share_of(at(i), now, x.to->slow_start); }
  std::uint32_t& credit(std::size_t i) const { return endpoint(i).turn_credit; }
  template <class May>
  int pick(May&& may) {
    return w.balancer_of(*x.to).pick(*x.to, may);
  }
};

}  // namespace

int session::choose_server(exchange& x) {
  live_servers all{w_, x, own_.get()};
  return select_server(all, {.server = x.wanted, .via_successor = x.followed});
}

/// Makes `index` the server of this attempt.
void session::set_server(exchange& x, int index) {
  x.chosen = index;
  const routing::server& server = x.to->servers[static_cast<std::size_t>(index)];
  x.endpoint = upstream::endpoint_lease(w_.endpoint_of(server, x.to.use()));
  x.endpoint->note_pick(w_.loop.now());
  x.set_cookie = x.to->sticky && (index != x.wanted || x.reissue);
}

/// @param server  the chosen one; -1: there is none.
hold_action session::hold_for(const exchange& x, int server) const noexcept {
  const routing::backend& b = *x.to;
  if (b.hold.count() == 0) return hold_action::go;
  hold_facts f{.limit = static_cast<io::time_ms>(b.hold.count()), .until = x.hold_until};
  f.successor_coming = !x.awaited_slot.empty() && b.expects_more();
  if (x.followed && x.wanted >= 0 && server != x.wanted) {
    const routing::server& successor = b.servers[static_cast<std::size_t>(x.wanted)];
    f.successor_unproven = successor.up() && !successor.proven() && !x.tried.has(x.wanted);
  }
  f.has_server = server >= 0 && !x.refused;
  f.server_proven = f.has_server && b.servers[static_cast<std::size_t>(server)].proven();
  f.wants_tasks = b.source->replicas != 0;
  return decide_hold(f, w_.loop.now());
}

/// Waits until the swarm has a server for this request, or until it has waited long enough. Nothing is read from the client
/// meanwhile. @return the server, -1 if there is none, client_left if nobody is left to answer.
io::task<int> session::hold(exchange& x) {
  if (x.hold_until == 0) x.hold_until = w_.loop.now() + static_cast<io::time_ms>(x.to->hold.count());
  held_requests::queue& queue = w_.held.of(*x.to);
  if (queue.size >= held_requests::most) {
    w_.count.holds_refused.add();
    co_return -1;
  }
  w_.count.holds.add();
  const held_requests::place place(queue, waiter_);
  for (;;) {
    if (queue.now == nullptr) co_return -1;  // its service went
    if (queue.now != x.to.get()) renew_backend(x, *queue.now);
    if (!x.awaited_slot.empty()) {
      const int successor = x.to->find_slot(x.awaited_slot);
      if (successor >= 0) {
        x.wanted = successor;
        x.followed = x.reissue = true;
        x.awaited_slot.clear();
      }
    }
    const int server = choose_server(x);
    if (server >= 0 && !x.tried.has(server)) x.refused = false;
    if (const hold_action action = hold_for(x, server); action != hold_action::wait) {
      (action == hold_action::expired ? w_.count.holds_expired : w_.count.holds_served).add();
      x.awaited_slot.clear();
      co_return x.refused ? -1 : server;
    }
    co_await waiter_.wait(client_, io::broken, x.hold_until);
    if (aborted_ || client_.is_ready(io::broken)) co_return client_left;
  }
}

/// A server is chosen from the table of the moment, never from the one that the request began with: a task that has left since
/// may have given its address to another service. @return false: the backend is gone.
bool session::follow_table(exchange& x) {
  const routing::backend* const b = w_.current(*x.to);
  if (b) renew_backend(x, *b);
  return b != nullptr;
}

/// From here on the request is one of the current table, but for its route: that one was found and agreed to.
/// @param b  in the current table.
void session::renew_backend(exchange& x, const routing::backend& b) {
  const auto index_now = [&](std::size_t old) {
    for (std::size_t i = 0; i < b.servers.size(); ++i)
      if (b.servers[i].key == x.to->servers[old].key) return static_cast<int>(i);
    return -1;
  };
  x.tried.renumber([&](int i) { return index_now(static_cast<std::size_t>(i)); });
  if (x.wanted >= 0) {
    const auto was = static_cast<std::size_t>(x.wanted);
    x.wanted = index_now(was);
    if (x.wanted < 0) {  // it left just now
      x.wanted = b.find_slot(x.to->servers[was].slot);
      x.followed = x.reissue = x.wanted >= 0;
    }
  }
  if (x.chosen >= 0) x.chosen = index_now(static_cast<std::size_t>(x.chosen));
  x.set_cookie = x.set_cookie && x.chosen >= 0;
  x.to = in_table<routing::backend>(w_.use_table(), &b);  // may free the table before
}

}  // namespace waggle::proxy
