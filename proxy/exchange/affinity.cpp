// What a request's affinity cookie leads to. One that names a server of which nothing is known here may be another replica's doing:
// each looks at the swarm for itself, and may have sent this client to a task that started a moment ago. Sending it elsewhere would
// break its application session.
#include "affinity/registry.hpp"
#include "exchange/choice.hpp"

#include <string>
#include <utility>

namespace waggle::proxy {
namespace {

/// Two looks at the swarm: at once, and the one 200 ms later that every hint is followed by.
constexpr io::time_ms longest_wait = 300;

}  // namespace

bool choice::read_affinity(http::field_span fields) {
  const affinity::wish wish = affinity::find(fields, *to);
  if (!wish.stranger.empty() && w_.servers.strangers.worth_asking(to->id, wish.stranger, w_.loop.now())) unknown_ = wish.stranger;
  else apply(wish);
  return wish.has_cookie;
}

void choice::apply(const affinity::wish& wish) {
  wanted_ = wish.server;
  followed_ = wish.followed;
  reissue_ = wish.reissue;
  awaited_slot_ = wish.leaver >= 0 ? to->leavers[static_cast<std::size_t>(wish.leaver)].slot : std::string();
  if (!wish.has_cookie) w_.count.sticky_new.add();
  else if (wish.followed) w_.count.sticky_followed.add();
  else if (wish.server >= 0) w_.count.sticky_hits.add();
  else if (wish.left) w_.count.sticky_left.add();
  else w_.count.sticky_unknown.add();
}

io::task<bool> choice::await_unknown_server(server_stream& client) {
  const std::string value = std::move(unknown_);
  unknown_.clear();
  const io::time_ms until = w_.loop.now() + longest_wait;
  if (!is_current() && !follow_table()) co_return true;  // its backend went: the attempt sees that as well
  affinity::wish wish = affinity::judge(value, *to);
  held_requests::queue& queue = w_.servers.held.of(*to);
  if (!wish.stranger.empty() && queue.size < held_requests::most) {
    w_.failures.ask_to_look({}, "a sticky cookie names a server that is not known");
    const held_requests::place place(queue, client.waiter);
    while (!wish.stranger.empty() && w_.loop.now() < until) {
      co_await client.waiter.wait(client.socket, io::broken, until);
      if (client.gone()) co_return false;
      if (queue.now == nullptr) co_return true;
      if (queue.now == to.get()) continue;
      renew(*queue.now);
      wish = affinity::judge(value, *to);
    }
    if (!wish.stranger.empty()) w_.servers.strangers.note_vain(to->id, value, w_.loop.now());
  }
  apply(wish);
  co_return true;
}

}  // namespace waggle::proxy
