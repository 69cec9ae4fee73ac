#include "udp/session_table.hpp"

#include "worker/memory.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace waggle::proxy::udp {
namespace {

constexpr std::size_t ended_at_once = 256;

}  // namespace

service::timer::timer(service& s) noexcept
    : io::timer([](io::timer& t) {
        service& due = static_cast<timer&>(t).of;
        due.owner.end_expired(due);
      }),
      of(s) {}

service& session_table::follow(const plan::udp_service& plan) {
  const auto known = std::find_if(services_.begin(), services_.end(), [&](const auto& s) { return s->key == plan.key; });
  service& s = known != services_.end() ? **known : *services_.emplace_back(std::make_unique<service>(*this, plan.key));
  s.follow(plan, w_.servers.traffic_of(plan));
  s.served = true;
  arm(s);  // its sessions may have less time now
  return s;
}

void session_table::begin_table() noexcept {
  for (const auto& s : services_) s->served = false;
}

void session_table::sweep() {
  std::erase_if(services_, [](const auto& s) { return !s->served && s->order.size() == 0; });
}

void session_table::arm(service& s) noexcept {
  if (s.order.size() != 0) w_.loop.arm(s.idle_timer, s.order.next_due());
}

void session_table::touch(session& s) noexcept { s.of.order.touch(s, w_.loop.now()); }

void session_table::end_expired(service& of) noexcept {
  std::size_t ended = 0;
  for (order_link* l = nullptr; ended < ended_at_once && (l = of.order.expired(w_.loop.now())) != nullptr; ++ended) end(static_cast<session&>(*l));
  arm(of);
}

void session_table::end(session& s) noexcept {
  const io::time_ms now = w_.loop.now();
  s.vouch(now);
  s.at.sessions.erase(s);
  s.of.order.leave(s);
  s.remembered.end(now);
  s.to.end();
  s.local_port = {};
  w_.loop.forget(s);
  w_.count.udp_sessions.sub();
  if (auto* const t = s.of.traffic.get()) --t->open;
  w_.loop.delete_later(&s);  // events of the running batch may still name it
}

bool session_table::give_way() {
  service* of = nullptr;
  order_link* oldest = nullptr;
  for (const auto& s : services_) {
    order_link* const one = s->order.victim(w_.loop.now());
    if (!one || (oldest && oldest->listed_at <= one->listed_at)) continue;
    oldest = one;
    of = s.get();
  }
  return of && evict(*of);
}

/// Sessions share descriptors and memory with connections: three quarters of the former at most, half of the latter (clients of TCP and
/// HTTP are not accepted from four fifths on), and nothing when it gets scarce.
bool session_table::is_crowded() const noexcept {
  if (ports_.is_scarce()) return true;
  const std::size_t sessions = w_.count.udp_sessions.read();
  if (w_.limits.descriptors != 0 && sessions >= w_.limits.descriptors - w_.limits.descriptors / 4) return true;
  const std::size_t room = w_.limits.memory_room.load(std::memory_order_relaxed);
  if (room != 0 && sessions * worker::session_memory >= room / 2) return true;
  return pressure_of(w_.memory_held(), room) == pressure::full;
}

bool session_table::evict(service& of) {
  order_link* const oldest = of.order.victim(w_.loop.now());
  if (!oldest) return false;
  w_.count.udp_evicted.add();
  if (auto* const t = of.traffic.get()) ++t->evicted;
  end(static_cast<session&>(*oldest));
  return true;
}

bool session_table::has_room(service& of) {
  if (of.order.size() >= of.most && !evict(of)) return false;
  if (is_crowded() && !give_way()) return false;
  if (!w_.has_descriptors(1) && !give_way()) w_.free_descriptors(1);  // an old session goes before anybody's connection
  return w_.has_descriptors(1);
}

void session_table::end_all() noexcept {
  for (const auto& s : services_)
    while (order_link* const l = s->order.oldest()) end(static_cast<session&>(*l));
}

bool session_table::awaits_replies(io::time_ms begin, io::time_ms patience) const noexcept {
  const io::time_ms now = w_.loop.now();
  for (const auto& s : services_)
    for (const order_link* l = s->order.oldest(); l != nullptr; l = l->newer) {
      const auto& one = static_cast<const session&>(*l);
      if (one.awaits && one.sent_at != 0 && one.sent_at <= begin && now < one.sent_at + patience) return true;
    }
  return false;
}

void session_table::list(datagram_sessions& to) const {
  const io::time_ms now = w_.loop.now();
  for (const auto& of : services_) {
    const std::size_t service = to.services.size();
    to.services.push_back(of->key);
    if (!to.only.empty() && of->key != to.only) continue;
    for (const order_link* l = of->order.oldest(); l != nullptr && to.list.size() < to.list.capacity(); l = l->newer) {
      const auto& s = static_cast<const session&>(*l);
      const io::time_ms due = of->order.due_of(*l);
      to.list.push_back({service, s.at.entry, s.key.client, s.key.port, s.to->address, due > now ? due - now : 0});
    }
  }
}

}  // namespace waggle::proxy::udp
