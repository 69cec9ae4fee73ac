// A session begins: whether its client may, whether there is room, which server it has, and its socket.
#include "io/descriptor.hpp"
#include "io/outgoing.hpp"
#include "udp/session_table.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

namespace waggle::proxy::udp {
namespace {

/// Without them it works as well: datagrams one by one, no marks of congestion.
void set_options(int socket, int family) noexcept {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  if (family == AF_INET) ::setsockopt(socket, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  else ::setsockopt(socket, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
}

}  // namespace

bool session_table::may_send(const entry_socket& at, const session_key& key, std::uint32_t datagrams) {
  const entry_settings& entry = w_.entries[at.entry];
  if (!entry.open_to_all && !entry.white_list.contains(key.client)) {
    w_.count.udp_dropped_white_list.add(datagrams);
    return false;
  }
  if (!at.to.router) {
    w_.count.udp_dropped_route.add(datagrams);
    return false;
  }
  if (at.to.router->open_to_all || at.to.router->white_list.contains(key.client)) return true;
  w_.count.udp_dropped_white_list.add(datagrams);
  if (auto* const t = at.to.to->traffic.get()) t->refused_white_list += datagrams;
  return false;
}

choice session_table::choose(const entry_socket& at, const session_key& key, const choice_hints& hints) {
  if (!at.to.plan) return {};
  return choose_server(w_, *at.to.plan, at.client_of(key), hints);
}

session* session_table::begin(entry_socket& at, const session_key& key, const choice_hints& hints, std::uint32_t datagrams) {
  if (!may_send(at, key, datagrams)) return nullptr;
  return begin_at_choice(at, key, choose(at, key, hints), datagrams);
}

session* session_table::begin_at_choice(entry_socket& at, const session_key& key, const choice& c, std::uint32_t datagrams) {
  auto* const traffic = at.to.to->traffic.get();
  if (c.server < 0) {
    w_.count.udp_dropped_no_server.add(datagrams);
    if (traffic) traffic->refused_no_server += datagrams;
    return nullptr;
  }
  session* const made = has_room(*at.to.to) ? begin_on(at, key, c) : nullptr;
  if (made) return made;
  w_.count.udp_dropped_room.add(datagrams);
  if (traffic) traffic->dropped_room += datagrams;
  return nullptr;
}

session* session_table::one_packet_session(entry_socket& at, session_key key, std::uint32_t datagrams) {
  if (!may_send(at, key, datagrams)) return nullptr;
  const choice c = choose(at, key, {});
  if (c.server >= 0) {
    key.server = &endpoint_of(at, c);
    if (index_link* const known = at.sessions.find(at.sessions.hash(key), key)) {
      auto& s = static_cast<session&>(*known);
      touch(s);
      return &s;
    }
  }
  return begin_at_choice(at, key, c, datagrams);
}

upstream::endpoint& session_table::endpoint_of(const entry_socket& at, const choice& c) {
  return w_.servers.endpoint_of(at.to.plan->servers[static_cast<std::size_t>(c.server)], true);
}

session* session_table::begin_on(entry_socket& at, const session_key& key, const choice& c) {
  upstream::endpoint& e = endpoint_of(at, c);
  const io::time_ms now = w_.loop.now();
  e.note_pick(now);
  ++e.connects;
  io::descriptor socket(::socket(e.address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return nullptr;
  set_options(socket.get(), e.address.family());
  if (const int error = io::begin_connect(socket, e.address); error != 0) {
    if (upstream::endpoint::is_its_fault(error)) w_.report_unreachable(e, io::text_of_error(error));
    else w_.count.udp_no_port.add();  // EAGAIN: udp_v4_get_port
    return nullptr;
  }
  service& of = *at.to.to;
  auto made = std::make_unique<session>(at, of);
  made->key = key;
  made->hash = at.sessions.hash(key);
  made->slot = at.to.plan->schedule->slot_of(static_cast<std::size_t>(c.server));
  made->number = ++begun_;
  made->remembered = remember(w_, *at.to.plan, at.client_of(key), c);
  made->on_events = on_server_events;
  made->fd = socket.get();
  if (!w_.loop.watch(*made, EPOLLIN)) return nullptr;
  try {
    at.sessions.insert(*made);
  } catch (...) {  // no memory
    (void)socket.release();
    w_.loop.forget(*made);
    w_.loop.delete_later(made.release());
    throw;
  }
  (void)socket.release();
  session& s = *made.release();
  enter(s, e);
  return &s;
}

/// It is in the index, and nothing can fail any more.
void session_table::enter(session& s, upstream::endpoint& e) noexcept {
  s.of.order.enter(s, w_.loop.now());
  s.to = upstream::server_lease(e);
  s.local_port = port_range::lease(ports_);
  w_.count.udp_sessions.add();
  if (!s.of.one_packet) ++e.layer4->connections;
  if (auto* const t = s.of.traffic.get()) {
    if (!s.of.one_packet) ++t->connections;
    ++t->open;
  }
  if (s.of.idle_timer.due() == io::never) arm(s.of);
}

}  // namespace waggle::proxy::udp
