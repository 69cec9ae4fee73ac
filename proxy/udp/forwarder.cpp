#include "udp/forwarder.hpp"

#include "io/outgoing.hpp"
#include "schedule/client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace waggle::proxy::udp {
namespace {

struct amount {
  std::uint64_t datagrams = 0, bytes = 0;
};

amount amount_of(std::span<const piece> pieces) noexcept {
  amount out;
  for (const piece& p : pieces) {
    out.datagrams += p.datagrams();
    out.bytes += p.size;
  }
  return out;
}

/// With headers of IP and UDP, as ipvsadm counts.
std::uint64_t wire_bytes(const session& s, const amount& a) noexcept { return a.bytes + a.datagrams * (schedule::is_ipv4(s.key.client) ? 28 : 48); }

int error_of(int socket) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

forwarder::flush_all::flush_all(forwarder& f) noexcept : of(f) {
  run = [](io::batch_end& b) { static_cast<flush_all&>(b).of.flush(); };
}

forwarder::forwarder(worker& w, session_table& sessions, const std::vector<std::unique_ptr<entry_socket>>& sockets)
    : w_(w), sessions_(sessions), sockets_(sockets) {
  sessions.replies_to = this;
  sessions.on_server_events = &forwarder::on_events;
}

void forwarder::count_in(const session& s, std::span<const piece> pieces) noexcept {
  const amount a = amount_of(pieces);
  w_.count.bytes_in.add(a.bytes);
  const auto add = [&](auto& to) {
    to.packets_in += a.datagrams;
    to.bytes_in += wire_bytes(s, a);
    if (s.of.one_packet) to.connections += a.datagrams;
  };
  add(*s.to->layer4);
  if (auto* const t = s.of.traffic.get()) add(*t);
}

void forwarder::drop(const session& s, std::uint32_t datagrams) noexcept {
  if (datagrams == 0) return;
  w_.count.udp_dropped_send.add(datagrams);
  if (auto* const t = s.of.traffic.get()) t->dropped_send += datagrams;
}

void forwarder::forward(session& from, std::span<const piece> pieces) {
  session* s = &from;
  const io::time_ms now = w_.loop.now();
  if (s->sent_at != 0 && now >= s->sent_at + refusal_wait) {  // the last one was not refused
    s->vouch(now);
    s->moved = false;
  }
  s->asked += amount_of(pieces).datagrams;
  s->awaits = true;
  s->sent_at = now;
  send_all(s, pieces);
  count_in(*s, pieces);
  if (s->answered || s->moved || !s->of.has_choice) return;
  for (const piece& p : pieces) recent_.remember(s->number, p, now);
}

/// To another server, if this one refuses and the session moves: `s` is another one then.
void forwarder::send_all(session*& s, std::span<const piece> pieces) {
  const std::uint64_t number = s->number;
  if (push(s, pieces)) return;
  // The first server has read nothing: the second gets all of it, in its order.
  const std::vector<piece> before = recent_.take(number, w_.loop.now());
  s->sent_at = w_.loop.now();
  push(s, before);
  push(s, pieces);
}

/// @return false: the session has moved, and what the server before has not answered is to be sent again.
bool forwarder::push(session*& s, std::span<const piece> pieces) {
  bool repeat = false;
  to_server_.clear();  // of a batch that came to no end (no memory)
  const auto drain = [&] {
    bool tried_again = false;
    while (const int error = to_server_.send(s->fd)) {
      session* const before = s;
      const verdict v = note_error(s, error);
      if (v.repeats && s != before) {
        repeat = true;
        to_server_.clear();
        break;
      }
      if (s != before) s->sent_at = w_.loop.now();
      if (s != before || (v.again && !std::exchange(tried_again, true))) continue;
      tried_again = false;
      drop(*s, to_server_.skip());
    }
    drop(*s, to_server_.take_lost());
  };
  plan_messages(pieces, s->up_bundle_below, [&](const message& m) {
    if (repeat || to_server_.add(m, &s->up_bundle_below)) return;
    drain();
    if (!repeat) to_server_.add(m, &s->up_bundle_below);
  });
  if (!repeat) drain();
  return !repeat;
}

/// @param s  is another one if it has moved.
verdict forwarder::note_error(session*& s, int error) {
  const verdict v = judge(error, {.answered = s->answered, .moved = s->moved});
  if (error == ECONNREFUSED) w_.count.udp_refused.add();
  if (v.server_failed) {
    s->sent_at = 0;
    w_.report_unreachable(*s->to, io::text_of_error(error));
  }
  if (v.moves)
    if (session* const other = move_refused(*s)) s = other;
  return v;
}

/// @return null: there is nobody else, and it stays.
session* forwarder::move_refused(session& s) {
  entry_socket& at = s.at;
  if (at.to.to != &s.of) return nullptr;
  const choice c = sessions_.choose(at, s.key, {.tried = s.to.get()});
  if (c.server < 0) return nullptr;
  session_key key = s.key;
  session* other = nullptr;
  if (key.server) {
    key.server = &sessions_.endpoint_of(at, c);
    other = static_cast<session*>(at.sessions.find(at.sessions.hash(key), key));
  }
  if (!other) other = sessions_.begin_on(at, key, c);
  if (!other) return nullptr;
  other->moved = true;
  other->asked += s.asked;
  other->replies += s.replies;
  other->awaits = s.awaits;
  sessions_.end(s);
  return other;
}

void forwarder::on_events(io::pollable& p, std::uint32_t events) {
  auto& s = static_cast<session&>(p);
  forwarder& self = *s.of.owner.replies_to;
  try {
    const int error = (events & EPOLLERR) != 0 ? error_of(s.fd) : 0;
    if ((events & EPOLLIN) != 0) self.read_replies(s);
    if (error != 0 && s.fd >= 0) self.take_error(s, error);
  } catch (...) {  // no memory for what it would become
    self.w_.count.exceptions.add();
    if (s.fd >= 0) self.sessions_.end(s);
  }
}

void forwarder::take_error(session& of, int error) {
  session* s = &of;
  const std::uint64_t number = s->number;
  const verdict v = note_error(s, error);
  if (s == &of || !v.repeats) return;
  const std::vector<piece> before = recent_.take(number, w_.loop.now());
  if (before.empty()) return;
  s->sent_at = w_.loop.now();
  push(s, before);
}

void forwarder::read_replies(session& s) {
  if (from_servers_.is_full()) flush();
  const std::size_t first = from_servers_.size();
  const int n = from_servers_.receive(s.fd);
  if (n <= 0) {
    if (errno != EAGAIN && errno != EINTR) take_error(s, errno);
    return;
  }
  w_.loop.at_batch_end(flush_);
  std::array<piece, receive_batch::most> pieces;
  std::size_t count = 0;
  const io::ip_bytes server = io::to_bytes(s.to->address);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const received r = from_servers_.at(first + i);
    const io::socket_address sender{from_servers_.peer(first + i), sizeof(sockaddr_in6)};
    if (sender.port() != s.to->address.port() || io::to_bytes(sender) != server) continue;  // heard before the socket was connected
    if (r.cut) w_.count.udp_dropped_cut.add();
    else pieces[count++] = r.what;
  }
  if (count > 0) take_replies(s, std::span(pieces).first(count));
}

void forwarder::take_replies(session& s, std::span<const piece> pieces) {
  const amount a = amount_of(pieces);
  if (s.to->failures_in_a_row != 0) s.to->note_success();
  s.answered = true;
  s.moved = s.awaits = false;
  s.replies += a.datagrams;
  sessions_.touch(s);
  w_.count.bytes_out.add(a.bytes);
  const auto add = [&](auto& to) {
    to.packets_out += a.datagrams;
    to.bytes_out += wire_bytes(s, a);
  };
  add(*s.to->layer4);
  if (auto* const t = s.of.traffic.get()) add(*t);
  drop(s, s.at.reply(s.key, s.down_bundle_below, pieces));
  if (s.of.replies != 0 && s.replies >= s.of.replies * s.asked) sessions_.end(s);
}

void forwarder::flush() {
  for (const auto& at : sockets_) w_.count.udp_dropped_send.add(at->flush());
  from_servers_.clear();
}

}  // namespace waggle::proxy::udp
