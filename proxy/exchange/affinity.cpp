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
  const affinity::cookie_target found = affinity::find(fields, *to);
  if (!found.unknown.empty() && w_.servers.unknown.should_refresh(to->id, found.unknown, w_.loop.now())) unknown_ = found.unknown;
  else apply(found);
  return found.has_cookie;
}

void choice::apply(const affinity::cookie_target& found) {
  wanted_ = found.server;
  via_successor_ = found.via_successor;
  refresh_cookie_ = found.refresh;
  awaited_slot_ = found.departed_server >= 0 ? to->departed[static_cast<std::size_t>(found.departed_server)].slot : std::string();
  if (!found.has_cookie) w_.count.sticky_new.add();
  else if (found.via_successor) w_.count.sticky_followed.add();
  else if (found.server >= 0) w_.count.sticky_hits.add();
  else if (found.left) w_.count.sticky_left.add();
  else w_.count.sticky_unknown.add();
}

io::task<bool> choice::await_unknown_server(server_stream& client) {
  const std::string value = std::move(unknown_);
  unknown_.clear();
  const io::time_ms until = w_.loop.now() + longest_wait;
  if (!is_current() && !follow_table()) co_return true;  // its backend went: the attempt sees that as well
  affinity::cookie_target found = affinity::judge(value, *to);
  server_queues::queue& queue = w_.servers.held.of(*to);
  if (!found.unknown.empty() && queue.size < server_queues::most) {
    w_.failures.ask_to_look({}, "a sticky cookie names a server that is not known");
    const server_queues::place place(queue, client.waiter());
    while (!found.unknown.empty() && w_.loop.now() < until) {
      co_await client.wait(io::broken, until);
      if (client.gone()) co_return false;
      if (queue.now == nullptr) co_return true;
      if (queue.now == to.get()) continue;
      renew(*queue.now);
      found = affinity::judge(value, *to);
    }
    if (!found.unknown.empty()) w_.servers.unknown.remember_miss(to->id, value, w_.loop.now());
  }
  apply(found);
  co_return true;
}

}  // namespace waggle::proxy
