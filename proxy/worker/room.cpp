// Room for newcomers: what is closed and who gives way when connections, descriptors or memory get scarce.
#include "worker/worker.hpp"

#include <sys/socket.h>

#include <string_view>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr int most_ended = 16;  // to make room for one

}  // namespace

void worker::close_idle() noexcept {
  pipes.trim();
  servers.close_idle_connections();
}

void worker::free_descriptors(std::size_t wanted) {
  pipes.trim();
  for (upstream::endpoint* const e : servers.endpoints) {
    if (has_descriptors(wanted)) return;
    if (e) e->close_idle();
  }
  // A look at some of them: the ones that have stalled for longest come first, and their pipes are a quarter at most.
  for (waiting_link *w = waiting.longest(wait_kind::stalled), *next; w != nullptr && !has_descriptors(wanted); w = next) {
    next = w->later;
    client_connection::of(*w).give_back_pipes();
    pipes.trim();
  }
  for (int i = 0; i < most_ended && !has_descriptors(wanted) && end_one_who_waits(scarcity::full); ++i) {
  }
  for (int i = 0; i < most_ended && datagrams && !has_descriptors(wanted) && datagrams->give_way(); ++i) {
  }
}

/// @return false: nobody has waited long enough.
bool worker::end_one_who_waits(scarcity how) {
  waiting_link* const w = waiting.victim(how, loop.now());
  if (!w) return false;
  count.gave_way(w->kind).add();
  client_connection::of(*w).evict();
  return true;
}

/// What a transfer that stalls holds is mostly the kernel's: megabytes in both sockets' queues. When the cgroup has nearly no
/// memory left, some of those that have stalled for longest go, before the kernel ends the process.
void worker::look_at_memory() {
  const std::size_t taken = group_memory();
  limits.memory_in_group.store(taken, std::memory_order_relaxed);
  if (pressure_of(taken, limits.memory_of_group) != pressure::full) return;
  const std::size_t some = waiting.size(wait_kind::stalled) / 8 + 1;
  for (std::size_t i = 0; i < some; ++i) {
    waiting_link* const w = waiting.longest(wait_kind::stalled);
    if (!w || loop.now() - w->since < waiting_lists::patience_full) return;
    count.gave_way(wait_kind::stalled).add();
    client_connection::of(*w).evict();
  }
}

/// Under pressure (nine tenths of the connections in use, or of the memory) the client that has waited longest goes.
/// @return false: nobody has waited long enough, and the limit is reached.
bool worker::evict_one_if_scarce(pressure memory) {
  const bool full = limits.connections > 0 && connection_count_ >= limits.connections;
  const bool heavy = memory == pressure::full;
  const bool pressed = limits.connections > 0 && connection_count_ >= limits.connections - limits.connections / 10;
  if (!pressed && !heavy) return true;
  const bool ended = end_one_who_waits(full || heavy ? scarcity::full : scarcity::pressed);
  return !heavy && (ended || !full);
}

/// Room for one that was accepted? Who gave way keeps its descriptors until its answer is out: a crowd that comes faster is turned
/// away. The container's health check asks at the API from this machine itself: strangers must not push it out, or Swarm ends what
/// is only busy.
bool worker::admit(const listener& l, const io::socket_address& peer, pressure memory) {
  const bool room = evict_one_if_scarce(memory);
  if (!has_descriptors(1)) free_descriptors(1);
  if (room && has_descriptors(1)) return true;
  return entries[l.entry].operators && io::is_loopback(io::to_bytes(peer)) && connection_count_ < limits.connections + local_reserve;
}

/// An answer that costs next to nothing: who is refused shall know it, and when to come again.
void worker::reject_overloaded(io::descriptor client, model::protocol protocol) {
  count.turned_away.add();
  if (protocol != model::protocol::http) return io::reset(std::move(client));
  static constexpr std::string_view answer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 19\r\n"
      "Retry-After: 1\r\nConnection: close\r\n\r\nService Unavailable";
  [[maybe_unused]] const ssize_t n = ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(client.get(), SHUT_WR);
  rejected_.keep(client.release());
}

}  // namespace waggle::proxy
