// Who is asked when, and who counts as failed, is decided in upstream/connect_race.hpp; here are the sockets.
#include "exchange/connect.hpp"

#include "decision/deadlines.hpp"
#include "io/descriptor.hpp"
#include "io/keepalive.hpp"
#include "io/outgoing.hpp"
#include "upstream/connect_race.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

namespace waggle::proxy {
namespace {

using upstream::connect_race;

constexpr io::time_ms descriptor_wait = 50;  // until the next look whether there is one
constexpr io::time_ms table_look = 250;      // … whether the swarm has moved on, where no queue tells of it

struct started {
  upstream::owned_connection to;  ///< null: failed at once
  bool connected = false;
  bool no_descriptor = false;  ///< … for want of one
  int error = 0;               ///< … with this errno
};

/// A node that was unplugged says nothing. What it has not acknowledged for this long ends the connection; and while there is
/// nothing to acknowledge, because the answer is being worked on, probes ask (tcp(7): TCP_USER_TIMEOUT overrides the count). Set on
/// connected sockets only: it would end the kernel's repetition of a SYN as well.
void watch_peer(int s, unsigned user_timeout_ms) {
  if (user_timeout_ms == 0) return;
  setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
  io::set_keepalive(s, {.idle_s = 1, .every_s = 1});
}

started start_connect(worker& w, upstream::endpoint& e) {
  if (!w.has_descriptors(1)) w.free_descriptors(1);
  if (!w.has_descriptors(1)) return {{}, false, true, 0};  // the rest is the API's and the Engine's
  io::descriptor s = io::open_outgoing(e.address);
  if (!s && (errno == EMFILE || errno == ENFILE)) {
    w.close_idle();
    s = io::open_outgoing(e.address);
  }
  if (!s) return {{}, false, errno == EMFILE || errno == ENFILE, errno};
  ++e.connects;
  const int error = io::begin_connect(s, e.address);
  if (error != 0 && error != EINPROGRESS) {
    if (upstream::endpoint::is_its_fault(error)) w.report_unreachable(e, io::text_of_error(error));
    return {{}, false, false, error};
  }
  upstream::owned_connection c(new upstream::connection(w.loop, e));
  if (!c->adopt(s.release(), error == 0)) return {};
  return {std::move(c), error == 0, false, 0};
}

/// The sockets of one race, in its slots. Whatever is open when it ends is closed.
struct connecting {
  worker& w;
  choice& where;
  connect_race race;
  const char* complaint = "";  ///< why the last one failed: static text
  std::array<upstream::owned_connection, connect_race::most_tries> sockets;

  connecting(worker& on, choice& of, upstream::owned_connection first, io::time_ms over_at)
      : w(on), where(of), race(of.server(), on.loop.now(), over_at, of.to->servers.size() > 1, of.server() == of.wanted()) {
    sockets[0] = std::move(first);
  }
  connecting(const connecting&) = delete;
  void close(std::size_t slot) noexcept { sockets[slot].reset(); }
  void count_failure(std::size_t slot, const char* reason) { w.report_unreachable(sockets[slot]->to(), reason); }

  void open(int server, bool again);
  void note_slow(int server);
  void end_late();
  upstream::owned_connection answered();
  bool follow_table();
};

/// One more socket, if there is a descriptor to spare: what is scarce is for those who have none yet.
void connecting::open(int server, bool again) {
  if (!w.has_descriptors(1)) return;
  upstream::endpoint& e = w.servers.endpoint_of(where.server_at(server), where.is_current());
  if (!again) e.note_pick(w.loop.now());
  w.count.hedges.add();
  started one = start_connect(w, e);
  if (one.error != 0) complaint = io::text_of_error(one.error);
  if (one.to) sockets[race.opened(server, w.loop.now())] = std::move(one.to);
}

void connecting::note_slow(int server) {
  for (std::size_t i = 0; i < sockets.size(); ++i)
    if (sockets[i] && race.server_of(i) == server) return count_failure(i, "connect is slow");
}

/// The time is over for all of them.
void connecting::end_late() {
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (!sockets[i]) continue;
    if (race.expired(i)) count_failure(i, "connect timed out");
    close(i);
  }
}

/// Takes the sockets that have an answer. @return the connection that won, or null.
upstream::owned_connection connecting::answered() {
  constexpr std::uint8_t bits = io::writable | io::broken;
  const io::time_ms now = w.loop.now();
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (!sockets[i] || !sockets[i]->is_ready(bits)) continue;
    if (const int error = sockets[i]->connect_error(); error != 0) {
      complaint = io::text_of_error(error);
      if (race.failed(i, now)) count_failure(i, io::text_of_error(error));
      close(i);
      continue;
    }
    for (std::size_t k = 0; k < sockets.size(); ++k) {
      if (k == i || !sockets[k]) continue;
      if (race.lost(k, i, now)) count_failure(k, "connect is slow");
      close(k);
    }
    const int server = race.server_of(i);
    if (server != where.server()) where.set_server(server);
    return std::move(sockets[i]);
  }
  return nullptr;
}

/// The swarm has moved on: what leads to servers that left is closed, and others may have come. @return false: the backend is gone.
bool connecting::follow_table() {
  if (!where.follow_table()) return false;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (!sockets[i]) continue;
    int now = -1;
    for (std::size_t k = 0; k < where.to->servers.size(); ++k)
      if (where.to->servers[k].key == sockets[i]->to().key) now = static_cast<int>(k);
    race.renumber(i, now);
    if (now < 0) close(i);
  }
  return true;
}

/// A service of this process is connected at once, or busy. What it takes is bounded by its own limit, and by one of these for each
/// client here.
fault call_internal(worker& w, choice& where, upstream::owned_connection& out) {
  const client_facts& from = where.from();
  if (!w.has_descriptors(1)) w.free_descriptors(1);
  io::descriptor s;
  if (w.has_descriptors(1) || io::is_loopback(from.ip)) s.reset(w.opts.dial_internal({where.endpoint->name.view(), from.peer()}));
  if (!s) return fault(fault_kind::no_server, "it is busy");
  ++where.endpoint->connects;
  upstream::owned_connection c(new upstream::connection(w.loop, *where.endpoint));
  if (!c->adopt(s.release())) return fault(fault_kind::no_server);
  out = std::move(c);
  return {};
}

/// The first socket. Out of descriptors: somebody will be done with one.
io::task<fault> first_connect(worker& w, server_stream& client, choice& where, io::time_ms over_at, upstream::owned_connection& out,
                              bool& connected) {
  if (where.endpoint->internal) {
    connected = true;
    co_return call_internal(w, where, out);
  }
  started first = start_connect(w, *where.endpoint);
  while (first.no_descriptor && w.loop.now() < over_at) {
    co_await client.wait(io::broken, std::min(over_at, w.loop.now() + descriptor_wait));
    if (client.gone()) co_return fault(fault_kind::client_gone);
    if (!where.is_current()) co_return fault(fault_kind::connect_failed);  // the server may have left meanwhile: chosen anew
    first = start_connect(w, *where.endpoint);
  }
  out = std::move(first.to);
  connected = first.connected;
  if (out) co_return fault();
  co_return fault(fault_kind::connect_failed, first.no_descriptor ? "no descriptor is left" : first.error != 0 ? io::text_of_error(first.error) : "");
}

/// Does what the race says that needs no waiting. @return the fault by which it is over, none if it waits until `until`.
fault run_race(connecting& all, choice& where, io::time_ms now, io::time_ms& until) {
  using todo = connect_race::action::kind;
  for (;;) {
    const connect_race::action a = all.race.next(now);
    switch (a.what) {
      case todo::ask_other:
        if (const int other = where.another_server(all.race); other >= 0) all.open(other, false);
        else all.race.nobody_else(now);
        break;
      case todo::ask_again: all.open(a.server, true); break;
      case todo::drop: all.close(a.slot); break;
      case todo::note_slow: all.note_slow(a.server); break;
      case todo::time_over: all.end_late(); return fault(fault_kind::connect_timeout);
      case todo::all_failed: return fault(fault_kind::connect_failed, all.complaint);
      case todo::wait: until = a.until; return {};
    }
  }
}

}  // namespace

io::task<fault> connect(worker& w, server_stream& client, choice& where, client_stream& out, io::time_ms& until) {
  // One attempt that comes late has a second.
  const io::time_ms over_at = due_after(w.loop.now(), where.to->timeouts.connect);
  if (until == 0) until = over_at;
  const io::time_ms this_until = std::min(over_at, std::max(until, w.loop.now() + connect_race::slow_after));
  upstream::owned_connection first;
  bool connected = false;
  if (const fault why = co_await first_connect(w, client, where, this_until, first, connected)) co_return why;
  const auto take = [&](upstream::owned_connection c) {
    watch_peer(c->fd, static_cast<unsigned>(w.opts.timeouts.tcp_user_timeout.count()));
    where.endpoint->note_success();
    out.take(std::move(c));
  };
  if (connected) {
    take(std::move(first));
    co_return fault();
  }
  const upstream::connection* const first_try = first.get();  // compared only
  connecting all(w, where, std::move(first), this_until);
  std::optional<server_queues::place> woken;  // by a new table, or a health check that finds somebody well
  for (;;) {
    const io::time_ms now = w.loop.now();
    if (!where.is_current()) {
      if (!all.follow_table()) co_return fault(fault_kind::connect_failed, all.complaint);
      all.race.look_again(now);
    }
    io::time_ms next = 0;
    if (const fault over = run_race(all, where, now, next)) co_return over;
    if (!woken && now >= all.race.begun() + connect_race::hedge_after) {
      server_queues::queue& queue = w.servers.held.of(*where.to);
      if (queue.size < server_queues::most) woken.emplace(queue, client.waiter());
    }
    io::waiter::wait_many_awaiter answers = client.waiter().wait_many(woken ? next : std::min(next, now + table_look));
    for (const upstream::owned_connection& c : all.sockets)
      if (c) answers.add(*c, io::writable | io::broken);
    answers.add(client.readiness(), io::broken);
    const bool ready = co_await answers;
    if (client.gone()) co_return fault(fault_kind::client_gone);
    if (!where.is_current()) {  // before a socket is used: its server may have left, and another have its address
      if (!all.follow_table()) co_return fault(fault_kind::connect_failed, all.complaint);
      all.race.look_again(w.loop.now());
    }
    if (upstream::owned_connection won = all.answered()) {
      if (won.get() != first_try) w.count.hedges_won.add();
      take(std::move(won));
      co_return fault();
    }
    if (!ready && woken && w.loop.now() < next) all.race.look_again(w.loop.now());
  }
}

}  // namespace waggle::proxy
