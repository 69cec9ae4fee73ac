#include "tcp/connect.hpp"

#include "io/descriptor.hpp"
#include "io/keepalive.hpp"
#include "io/outgoing.hpp"
#include "tcp/attempts.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace waggle::proxy::tcp {
namespace {

constexpr io::time_ms table_look = 250;  // until the next look whether the swarm has moved on
constexpr std::uint8_t answer_bits = io::writable | io::broken;

/// Clients' sockets have the same of their listener (server/listen.cpp).
void set_options(int s) noexcept {
  const int on = 1;
  io::set_keepalive(s, io::layer4_keepalive);
  setsockopt(s, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);  // an urgent byte is one of the stream's, not beside it
}

/// The sockets of one client's attempts, by their slots. Whatever is open when they end is closed.
class dialing {
 public:
  dialing(worker& w, choice& where, io::stream& first)
      : w_(w),
        where_(where),
        first_(first),
        race_(w.loop.now(), static_cast<io::time_ms>(where.to->source->timeouts.connect.count()), where.to->insists()) {}
  dialing(const dialing&) = delete;
  ~dialing() {
    for (std::size_t i = 0; i < all_.size(); ++i) close(i);
  }

  /// Does what needs no waiting. @return how it is over; none: it waits until `until`.
  std::optional<connect_end> run(io::time_ms& until);
  /// One that has an answer, and it is a good one; -1: none yet.
  int winner();
  /// Its socket goes to the first one's place.
  bool settle(int slot, connected_server& out);
  /// The swarm has moved on. @return false: the service is gone.
  bool follow_table();
  void add_to(io::waiter::wait_many_awaiter& wait) {
    for (one& t : all_)
      if (t.socket) wait.add(*t.socket, answer_bits);
  }

 private:
  struct one {
    io::stream* socket = nullptr;  ///< first_, or its own
    bool own = false;
    upstream::server_lease lease{};
    int server = -1;
    bool reset = false;
  };
  void ask_other();
  void close(std::size_t slot) noexcept;
  void end_late();

  worker& w_;
  choice& where_;
  io::stream& first_;
  attempts race_;
  std::array<one, attempts::most> all_{};
};

void dialing::close(std::size_t slot) noexcept {
  one& t = all_[slot];
  if (io::stream* const s = std::exchange(t.socket, nullptr)) {
    s->reset();  // an answer that comes later is refused
    if (t.own) w_.loop.delete_later(s);
  }
  t.lease.end();
}

void dialing::ask_other() {
  const io::time_ms now = w_.loop.now();
  if (!w_.has_descriptors(1)) w_.free_descriptors(1);
  const int server = w_.has_descriptors(1) ? where_.next_server() : -1;
  if (server < 0) return race_.nobody_else();
  where_.mark_tried(server);
  upstream::endpoint& e = where_.endpoint_of(server);
  e.note_pick(now);
  ++e.connects;
  io::descriptor s = io::open_outgoing(e.address);
  const int error = s ? io::begin_connect(s, e.address) : errno;
  if (error != 0 && error != EINPROGRESS) {
    if (upstream::endpoint::is_its_fault(error)) w_.report_unreachable(e, io::text_of_error(error));
    else if (error == EADDRNOTAVAIL) w_.count.tcp_no_port.add();
    return race_.refused_at_once(now);
  }
  const std::size_t slot = race_.opened(now);
  if (slot > 0) w_.count.hedges.add();
  one& t = all_[slot];
  t.own = slot > 0;
  t.socket = t.own ? new io::stream(w_.loop) : &first_;
  t.server = server;
  t.lease = upstream::server_lease(e);
  if (!t.socket->adopt(s.release(), error == 0)) {
    close(slot);
    race_.failed(slot, now);
  }
}

void dialing::end_late() {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!all_[i].socket) continue;
    if (race_.failed(i, w_.loop.now())) w_.report_unreachable(*all_[i].lease, "connect timed out");
    close(i);
  }
}

std::optional<connect_end> dialing::run(io::time_ms& until) {
  using todo = attempts::action::kind;
  for (;;) {
    const attempts::action a = race_.next(w_.loop.now());
    switch (a.what) {
      case todo::ask_other: ask_other(); break;
      case todo::note_slow: w_.report_unreachable(*all_[a.slot].lease, "connect is slow"); break;
      case todo::time_over: end_late(); return connect_end::failed;
      case todo::all_failed: return race_.asked() == 0 ? connect_end::no_server : connect_end::failed;
      case todo::wait: until = a.until; return std::nullopt;
    }
    // On this machine a connection may stand at once.
    if (std::any_of(all_.begin(), all_.end(), [](const one& t) { return t.socket && t.socket->is_ready(answer_bits); })) {
      until = 0;
      return std::nullopt;
    }
  }
}

int dialing::winner() {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    io::stream* const s = all_[i].socket;
    if (!s || !s->is_ready(answer_bits)) continue;
    const int error = s->is_ready(io::broken) ? s->connect_error() : 0;
    all_[i].reset = error == ECONNRESET || error == EPIPE;  // it stood before: its first words, if any, were its last
    if (error == 0 || all_[i].reset) return static_cast<int>(i);
    if (race_.failed(i, w_.loop.now())) w_.report_unreachable(*all_[i].lease, io::text_of_error(error));
    close(i);
  }
  return -1;
}

bool dialing::settle(int slot, connected_server& out) {
  const auto at = static_cast<std::size_t>(slot);
  one& t = all_[at];
  out.server = t.server;
  out.reset = t.reset;
  out.lease = std::move(t.lease);
  out.lease->note_success();
  if (at > 0) w_.count.hedges_won.add();
  if (!t.own) {
    t.socket = nullptr;  // it is there already
  } else {
    close(0);  // the first one's place
    if (!first_.take_over(*t.socket)) return false;
  }
  set_options(first_.fd);
  return true;
}

bool dialing::follow_table() {
  if (!where_.follow_table()) return false;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!all_[i].socket) continue;
    all_[i].server = where_.index_of(*all_[i].lease);
    if (all_[i].server >= 0) continue;
    close(i);
    race_.failed(i, w_.loop.now());
  }
  return true;
}

}  // namespace

io::task<connected_server> connect(worker& w, caller client, choice& where, io::stream& to) {
  connected_server out;
  dialing all(w, where, to);
  for (;;) {
    if (!where.is_current() && !all.follow_table()) co_return out;
    io::time_ms until = io::never;
    if (const auto over = all.run(until)) {
      out.how = *over;
      co_return out;
    }
    if (until != 0) {
      io::waiter::wait_many_awaiter answers = client.waiter.wait_many(std::min(until, w.loop.now() + table_look));
      all.add_to(answers);
      answers.add(client.socket, io::broken);
      co_await answers;
      if (client.gone(w.loop.now())) {
        out.how = connect_end::client_gone;
        co_return out;
      }
      if (!where.is_current()) continue;  // before a socket is used: its server may have left, and another have its address
    }
    const int slot = all.winner();
    if (slot < 0) continue;
    out.how = all.settle(slot, out) ? connect_end::connected : connect_end::failed;
    co_return out;
  }
}

}  // namespace waggle::proxy::tcp
