// A sticky cookie that names a server of which nothing is known here. Each replica of waggle looks at the swarm for itself:
// another one may have sent this session to a task that started a moment ago. Sending it elsewhere would break it.
#include "session/session.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

/// Two looks at the swarm: at once, and the one 200 ms later that every hint is followed by.
constexpr io::time_ms longest_wait = 300;

}  // namespace

/// Where the session's cookie leads to.
void session::take_wish(exchange& x, const affinity::wish& wish) {
  x.wanted = wish.server;
  x.followed = wish.followed;
  x.reissue = wish.reissue;
  x.awaited_slot = wish.leaver >= 0 ? x.to->leavers[static_cast<std::size_t>(wish.leaver)].slot : std::string();
  if (!wish.has_cookie) w_.count.sticky_new.add();
  else if (wish.followed) w_.count.sticky_followed.add();
  else if (wish.server >= 0) w_.count.sticky_hits.add();
  else if (wish.left) w_.count.sticky_left.add();
  else w_.count.sticky_unknown.add();
}

/// Asks for a look at the swarm and waits for the table that knows this server, a moment at most.
/// @return false: the client is gone.
io::task<bool> session::meet_stranger(exchange& x) {
  const std::string value = std::move(x.stranger);
  x.stranger.clear();
  const io::time_ms until = w_.loop.now() + longest_wait;
  if (!w_.is_current(x.to.use()) && !follow_table(x)) co_return true;  // its backend went: forward() sees that as well
  affinity::wish wish = affinity::judge(value, *x.to);
  held_requests::queue& queue = w_.held.of(*x.to);
  if (!wish.stranger.empty() && queue.size < held_requests::most) {
    w_.ask_to_look({}, "a sticky cookie names a server that is not known");
    const held_requests::place place(queue, waiter_);
    while (!wish.stranger.empty() && w_.loop.now() < until) {
      co_await waiter_.wait(client_, io::broken, until);
      if (aborted_ || client_.is_ready(io::broken)) co_return false;
      if (queue.now == nullptr) co_return true;
      if (queue.now == x.to.get()) continue;
      renew_backend(x, *queue.now);
      wish = affinity::judge(value, *x.to);
    }
    if (!wish.stranger.empty()) w_.strangers.note_vain(x.to->id, value, w_.loop.now());
  }
  take_wish(x, wish);
  co_return true;
}

}  // namespace waggle::proxy
