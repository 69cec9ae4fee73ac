// Which server an attempt goes to, and waiting for one where the label waggle.backend.hold allows it.
#include "session/session.hpp"

#include "balance/slow_start.hpp"

#include <algorithm>

namespace waggle::proxy {

int session::choose_server(exchange& x) {
  const io::time_ms now = w_.loop.now();
  const auto& servers = x.to->servers;
  const auto up = [&](std::size_t i) { return servers[i].up(); };
  const auto fresh = [&](std::size_t i) { return up(i) && !was_tried(x, static_cast<int>(i)); };
  const auto usable = [&](std::size_t i) { return fresh(i) && w_.endpoint_of(servers[i], x.to.use()).usable(now); };
  const auto good = [&](std::size_t i) { return servers[i].proven() && usable(i); };
  if (x.wanted >= 0) {
    const auto w = static_cast<std::size_t>(x.wanted);
    // Who names a server has been there: some replica of waggle has found it well.
    if (x.followed ? good(w) : usable(w)) return x.wanted;
    if (!servers[w].slot.empty())  // start-first: the slot may have its next task already
      for (std::size_t i = 0; i < servers.size(); ++i)
        if (i != w && servers[i].slot == servers[w].slot && good(i)) return static_cast<int>(i);
  }
  if (own_)  // the client has logged in on a connection to one of them
    for (std::size_t i = 0; i < servers.size(); ++i)
      if (own_->lead_to(servers[i].key) && usable(i)) return static_cast<int>(i);
  balance::position& at = w_.position_of(*x.to);
  const auto pick = [&](auto&& may) {
    return x.to->dynamic ? balance::pick_by(w_.weights_of(*x.to), at, may) : balance::pick(*x.to, at, may);
  };
  int i = -1;
  if (x.to->slow_start > 0) {
    std::uint32_t least = balance::full_share, most = 0;
    for (std::size_t k = 0; k < servers.size(); ++k) {
      if (!good(k)) continue;
      const std::uint32_t share = balance::share_of(servers[k], now, x.to->slow_start);
      least = std::min(least, share);
      most = std::max(most, share);
    }
    if (least < most)
      i = pick([&](std::size_t k) {
        return good(k) && balance::takes_turn(w_.endpoint_of(servers[k], x.to.use()).turn_credit, balance::share_of(servers[k], now, x.to->slow_start), most);
      });
  }
  if (i < 0) i = pick(good);
  if (i < 0) i = pick(usable);  // not one is proven: better than nobody
  if (i < 0 && x.wanted >= 0 && fresh(static_cast<std::size_t>(x.wanted))) i = x.wanted;
  if (i < 0) i = pick(fresh);  // all held down: doubt removes nothing, somebody is asked
  if (i < 0) i = pick(up);
  return i;
}

/// Makes `index` the server of this attempt.
void session::set_server(exchange& x, int index) {
  x.chosen = index;
  const routing::server& server = x.to->servers[static_cast<std::size_t>(index)];
  x.endpoint = upstream::endpoint_lease(w_.endpoint_of(server, x.to.use()));
  x.endpoint->note_pick(w_.loop.now());
  x.set_cookie = x.to->sticky && (index != x.wanted || x.reissue);
  if (x.host_at == 0) return;
  x.head.replace(x.host_at, x.host_size, server.host_header);
  x.host_size = server.host_header.size();
}

/// Is it better to wait than to send the request to `server` (-1: there is none)?
bool session::ought_to_wait(const exchange& x, int server) const noexcept {
  const routing::backend& b = *x.to;
  if (b.hold.count() == 0 || (x.hold_until != 0 && w_.loop.now() >= x.hold_until)) return false;
  if (!x.awaited_slot.empty() && b.expects_more()) return true;  // the task that takes its slot is on its way
  if (x.followed && x.wanted >= 0 && server != x.wanted) {  // … is here, and has not shown yet that it is well
    const routing::server& successor = b.servers[static_cast<std::size_t>(x.wanted)];
    if (successor.up() && !successor.proven() && !was_tried(x, x.wanted)) return true;
  }
  if (server < 0 || x.refused) return b.source->replicas != 0;
  return !b.servers[static_cast<std::size_t>(server)].proven();
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
    if (server >= 0 && !was_tried(x, server)) x.refused = false;
    if (!ought_to_wait(x, server)) {
      const bool late = w_.loop.now() >= x.hold_until;
      (late ? w_.count.holds_expired : w_.count.holds_served).add();
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
  const std::uint64_t tried = x.tried;
  x.tried = 0;
  for (std::size_t i = 0; i < x.to->servers.size() && i < 64; ++i)
    if (tried >> i & 1) mark_tried(x, index_now(i));
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
