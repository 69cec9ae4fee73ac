// A new connection to a server, hedged: a task's address that is gone does not refuse, it hangs, so after a moment without an
// answer a second server is asked in parallel and the first to answer gets the request. Where only one server will do, a second
// socket asks that one: the kernel repeats a lost SYN after a second only, and no socket option changes that (tcp(7)).
#include "session/session.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace waggle::proxy {
namespace {

constexpr io::time_ms hedge_after = 100;
/// How long a second socket to the same server is waited for before a third takes its place, and so on.
constexpr std::array<io::time_ms, 3> again_after{100, 200, 300};
constexpr io::time_ms descriptor_wait = 50;  // until the next look whether there is one

/// One try in progress.
struct attempt {
  upstream::owned_connection to;
  int server = -1;
  io::time_ms due = 0;
};

struct started {
  upstream::owned_connection to;  ///< null: failed at once
  bool connected = false;
  bool no_descriptor = false;          ///< … for want of one
};

/// A node that was unplugged says nothing. What it has not acknowledged for this long ends the connection; and while there is
/// nothing to acknowledge, because the answer is being worked on, probes ask (tcp(7): TCP_USER_TIMEOUT overrides the count).
void watch_peer(int s, unsigned user_timeout_ms) {
  const int one = 1;
  if (user_timeout_ms == 0) return;
  setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
  setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof one);
  setsockopt(s, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof one);
}

void note_failure(worker& w, upstream::endpoint& e, const char* reason) {
  if (e.note_connect_failure(w.loop.now())) w.count.ejections.add();
  w.report_failure(e, reason);
}

started start_connect(worker& w, upstream::endpoint& e) {
  if (!w.has_descriptors(1)) w.free_descriptors(1);
  if (!w.has_descriptors(1)) return {{}, false, true};  // the rest is the API's and the Engine's
  const auto open = [&] { return ::socket(e.address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP); };
  int s = open();
  if (s < 0 && (errno == EMFILE || errno == ENFILE)) {
    w.close_idle();
    s = open();
  }
  if (s < 0) return {{}, false, errno == EMFILE || errno == ENFILE};
  const int one = 1;
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  watch_peer(s, static_cast<unsigned>(w.opts.timeouts.tcp_user_timeout.count()));
  ++e.connects;
  const int rc = ::connect(s, e.address.get(), e.address.size);
  if (rc != 0 && errno != EINPROGRESS) {
    if (upstream::endpoint::is_its_fault(errno)) note_failure(w, e, "connect refused");
    ::close(s);
    return {};
  }
  upstream::owned_connection c(new upstream::connection(w.loop, e));
  if (!c->adopt(s, rc == 0)) return {};
  return {std::move(c), rc == 0, false};
}

}  // namespace

/// Connects to the chosen server, or to another one that answers first. On success x.up, x.endpoint and x.chosen agree.
/// @return none, connect, connect_timeout or client_gone.
io::task<failure> session::connect(exchange& x) {
  const io::time_ms patience = static_cast<io::time_ms>(x.to->timeouts.connect.count());
  started first = start_connect(w_, *x.endpoint);
  // Out of descriptors: somebody will be done with one.
  for (const io::time_ms end = w_.loop.now() + patience; first.no_descriptor && w_.loop.now() < end;) {
    co_await waiter_.wait(client_, io::broken, std::min(end, w_.loop.now() + descriptor_wait));
    if (aborted_ || client_.is_ready(io::broken)) co_return failure::client_gone;
    if (!w_.is_current(x.to.use())) co_return failure::connect;  // the server may have left meanwhile: chosen anew
    first = start_connect(w_, *x.endpoint);
  }
  if (!first.to) co_return failure::connect;
  if (first.connected) {
    x.up = std::move(first.to);
    x.endpoint->note_success();
    co_return failure::none;
  }

  attempt tries[2];
  const upstream::connection* const first_try = first.to.get();  // compared only
  tries[0].to = std::move(first.to);
  tries[0].server = x.chosen;
  tries[0].due = w_.loop.now() + patience;
  std::size_t open = 1, again = 0;
  bool timed_out = false;
  // A client that was promised this server (cookie) waits for it as long as may be.
  bool elsewhere = x.chosen != x.wanted && x.to->servers.size() > 1;
  io::time_ms hedge_at = w_.loop.now() + (elsewhere ? hedge_after : again_after[0]);
  const auto alone = [&] { return open < 2 || &tries[0].to->to() != &tries[1].to->to(); };
  const auto remove_try = [&](std::size_t i) {  // what it still owns ends
    if (--open != i) tries[i] = std::move(tries[open]);
    else tries[i].to.reset();
  };
  const auto end_try = [&](std::size_t i, bool failed, const char* reason) {
    upstream::endpoint& e = tries[i].to->to();
    if (failed && alone()) {  // two sockets to one server that hang are one failure
      note_failure(w_, e, reason);
      mark_tried(x, tries[i].server);
    }
    remove_try(i);
  };

  while (open > 0) {
    io::time_ms due = tries[0].due;
    if (open > 1) due = std::min(due, tries[1].due);
    if (hedge_at != 0) due = std::min(due, hedge_at);
    constexpr std::uint8_t answered = io::writable | io::broken;
    if (open > 1) co_await waiter_.wait(*tries[0].to, answered, *tries[1].to, answered, client_, io::broken, due);
    else co_await waiter_.wait(*tries[0].to, answered, client_, io::broken, due);
    if (aborted_ || client_.is_ready(io::broken)) {
      while (open > 0) end_try(0, false, "");
      co_return failure::client_gone;
    }
    for (std::size_t i = 0; i < open;) {
      if (tries[i].to->is_ready(answered)) {
        if (tries[i].to->connect_error() == 0) {
          const bool same = !alone();
          attempt won = std::move(tries[i]);
          remove_try(i);
          // Who lost a race by this much counts as failed: three in a row and it is left alone for a while.
          while (open > 0) end_try(0, !same, "connect is slow");
          if (won.to.get() != first_try) w_.count.hedges_won.add();
          if (won.server != x.chosen) set_server(x, won.server);
          x.endpoint->note_success();
          x.up = std::move(won.to);
          co_return failure::none;
        }
        end_try(i, true, "connect failed");
      } else if (w_.loop.now() >= tries[i].due) {
        timed_out = true;
        end_try(i, true, "connect timed out");
      } else {
        ++i;
      }
    }
    if (hedge_at == 0 || w_.loop.now() < hedge_at || open == 0) continue;
    hedge_at = 0;
    int other = tries[0].server;
    if (elsewhere) {
      elsewhere = false;
      mark_tried(x, other);  // so that another one is chosen
      const int chosen = choose_server(x);
      if (chosen >= 0 && !was_tried(x, chosen)) other = chosen;
    }
    const bool same = other == tries[0].server;
    upstream::endpoint& e = w_.endpoint_of(x.to->servers[static_cast<std::size_t>(other)], x.to.use());
    if (same) {
      if (open > 1) end_try(1, false, "");
      if (++again < again_after.size()) hedge_at = w_.loop.now() + again_after[again];
    } else {
      e.note_pick(w_.loop.now());
    }
    if (!w_.has_descriptors(1)) continue;  // a second try is a luxury: what is scarce is for those who have none yet
    w_.count.hedges.add();
    started second = start_connect(w_, e);
    if (!second.to) continue;
    attempt& more = tries[open++];
    more.to = std::move(second.to);
    more.server = other;
    more.due = same ? tries[0].due : w_.loop.now() + patience;
  }
  co_return timed_out ? failure::connect_timeout : failure::connect;
}

}  // namespace waggle::proxy
