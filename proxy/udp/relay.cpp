#include "udp/relay.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace waggle::proxy::udp {
namespace {

constexpr io::time_ms reply_wait = 1'000;  // a drain waits so long for an answer
constexpr io::time_ms drain_look = 25;

}  // namespace

relay::drain_timer::drain_timer(relay& r) noexcept : io::timer([](io::timer& t) { static_cast<drain_timer&>(t).of.look_for_awaited(); }), of(r) {}

relay::relay(worker& w, const schedule::key16& hash_key, port_range& ports)
    : w_(w), hash_key_(hash_key), sessions_(w, ports), forward_(w, sessions_, sockets_) {}

relay::~relay() { close(); }

void relay::add_socket(int descriptor, std::size_t entry, const io::socket_address& bound) {
  entry_socket& at = *sockets_.emplace_back(std::make_unique<entry_socket>(*this, descriptor, entry, bound, hash_key_));
  at.on_events = [](io::pollable& p, std::uint32_t) {
    auto& ready = static_cast<entry_socket&>(p);
    relay& self = ready.owner;
    try {
      self.read(ready);
    } catch (...) {  // no memory for a session
      self.w_.count.exceptions.add();
    }
    self.from_clients_.clear();
  };
  w_.loop.watch(at, EPOLLIN);
}

void relay::adopt() {
  const routing::udp_table& now = w_.use_table()->table->udp;
  sessions_.begin_table();
  for (const auto& at : sockets_) {
    at->to = {};
    const int router = at->entry < now.routes->of_entry.size() ? now.routes->of_entry[at->entry] : -1;
    if (router < 0) continue;
    const routing::udp_router& by = now.routes->routers[static_cast<std::size_t>(router)];
    const plan::udp_service& plan = *now.services[by.service];
    at->to = {&by, &plan, &sessions_.follow(plan)};
  }
  sessions_.sweep();
}

/// The server may have left since the last datagram: then the session moves, to the next task of its slot if there is one.
session* relay::follow_server(session& s, std::uint32_t datagrams) {
  entry_socket& at = s.at;
  const upstream::layer4_state& server = *s.to->layer4;
  if (server.gone) {
    const session_key key = s.key;
    const choice_hints hints{.slot = s.slot};
    sessions_.end(s);
    return sessions_.begin(at, key, hints, datagrams);
  }
  // What is only listened to does not miss a client; a dialogue goes on until its task is gone.
  // One that has datagrams of this batch already stays until they are sent, and no client gets past another service's white list or room.
  if (server.leaving && !s.answered && s.group_of != at.batch && at.to.to == &s.of) {
    const choice other = sessions_.choose(at, s.key, {.slot = s.slot, .tried = s.to.get()});
    if (other.server >= 0)
      if (session* const moved = sessions_.begin_on(at, s.key, other)) {
        sessions_.end(s);
        return moved;
      }
  }
  sessions_.touch(s);
  return &s;
}

session* relay::session_of(entry_socket& at, const received& r, const sockaddr_in6& peer) {
  counters& count = w_.count;
  const std::uint32_t datagrams = r.what.datagrams();
  if (r.cut) {
    count.udp_dropped_cut.add();
    return nullptr;
  }
  session_key key = at.key_of(r, peer);
  if (at.is_own(key)) {
    count.udp_dropped_loop.add(datagrams);
    return nullptr;
  }
  if (at.to.to && at.to.to->one_packet) return sessions_.one_packet_session(at, key, datagrams);
  if (index_link* const known = at.sessions.find(at.sessions.hash(key), key)) return follow_server(static_cast<session&>(*known), datagrams);
  return sessions_.begin(at, key, {}, datagrams);
}

void relay::read(entry_socket& at) {
  receive_batch& in = from_clients_;
  const int n = in.receive(at.fd);
  if (n <= 0) return;
  if (++at.batch == 0) ++at.batch;  // what new sessions say
  struct group {
    session* of;
    std::uint8_t first, last;
  };
  std::array<group, receive_batch::most> groups;
  std::array<std::uint8_t, receive_batch::most> next;  // of the same session
  std::array<piece, receive_batch::most> pieces;
  std::size_t count = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const received r = in.at(i);
    pieces[i] = r.what;
    session* const s = session_of(at, r, in.peer(i));
    if (!s) continue;
    const auto place = static_cast<std::uint8_t>(i);
    next[i] = receive_batch::most;
    if (s->group_of != at.batch) {
      s->group_of = at.batch;
      s->group = static_cast<std::uint8_t>(count);
      groups[count++] = {s, place, place};
      continue;
    }
    next[groups[s->group].last] = place;
    groups[s->group].last = place;
  }
  std::array<piece, receive_batch::most> together;
  for (std::size_t g = 0; g < count; ++g) {
    std::size_t k = 0;
    groups[g].of->group_of = 0;  // the number comes again some day
    for (std::uint8_t i = groups[g].first; i != receive_batch::most; i = next[i]) together[k++] = pieces[i];
    forward_.forward(*groups[g].of, std::span(together).first(k));
  }
}

void relay::begin_drain() {
  drained_at_ = w_.loop.now();
  look_for_awaited();
}

/// Who had asked before the drain began has a moment more.
void relay::look_for_awaited() {
  const bool any = sessions_.awaits_replies(drained_at_, reply_wait);
  if (any != awaited_) any ? w_.count.awaited.add() : w_.count.awaited.sub();
  awaited_ = any;
  if (any) w_.loop.arm(drain_, w_.loop.now() + drain_look);
}

void relay::close() noexcept {
  sessions_.end_all();
  for (const auto& at : sockets_) w_.loop.forget(*at);
  if (std::exchange(awaited_, false)) w_.count.awaited.sub();
  drain_.cancel();
}

}  // namespace waggle::proxy::udp
