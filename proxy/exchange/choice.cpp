#include "exchange/choice.hpp"

#include "affinity/registry.hpp"
#include "decision/another_server.hpp"
#include "decision/select.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy {
namespace {

/// What select_server asks of the servers of an exchange's backend.
struct live_servers {
  worker& w;
  const in_table<plan::backend>& to;
  const tried_servers& asked;
  const upstream::own_connections* own;  ///< of the client's connection; null: none
  const io::time_ms now = w.loop.now();

  const plan::server& at(std::size_t i) const noexcept { return to->servers[i]; }
  upstream::endpoint& endpoint(std::size_t i) const { return w.servers.endpoint_of(at(i), w.is_current(to.use())); }

  std::size_t size() const noexcept { return to->servers.size(); }
  bool up(std::size_t i) const noexcept { return at(i).up(); }
  bool proven(std::size_t i) const noexcept { return at(i).proven(); }
  bool tried(std::size_t i) const noexcept { return asked.has(static_cast<int>(i)); }
  bool usable(std::size_t i) const { return endpoint(i).usable(now); }
  std::string_view slot(std::size_t i) const noexcept { return at(i).slot; }
  bool has_logins() const noexcept { return own != nullptr; }
  bool logged_in(std::size_t i) const noexcept { return own->lead_to(at(i).key); }
  bool slow_start() const noexcept { return to->slow_start > 0; }
  std::uint32_t share(std::size_t i) const noexcept { return balance::share_of(at(i), now, to->slow_start); }
  std::uint32_t& credit(std::size_t i) const { return endpoint(i).turn_credit; }
  template <class May>
  int pick(May&& may) {
    return w.servers.balancer_of(*to).pick(*to, may);
  }
};

}  // namespace

int choice::next_server(const tried_servers& tried) {
  live_servers all{w_, to, tried, from_.logins.get()};
  return select_server(all, {.server = wanted_, .via_successor = via_successor_});
}

int choice::another_server(const upstream::connect_race& race) {
  std::array<int, upstream::connect_race::most_tries> asked;
  std::size_t size = 0;
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (race.is_open(i)) asked[size++] = race.server_of(i);
  const auto next = [this](const tried_servers& tried) { return next_server(tried); };
  const int server = proxy::another_server(tried_, {asked.data(), size}, to->servers.size(), nodes(), next);
  if (server < 0 || hold_for(server) == hold_action::wait) return -1;
  tried_.mark(server);
  return server;
}

void choice::set_server(int index) {
  chosen_ = index;
  endpoint = upstream::endpoint_lease(w_.servers.endpoint_of(server_at(index), is_current()));
  endpoint->note_pick(w_.loop.now());
  set_cookie_ = to->sticky() && (index != wanted_ || refresh_cookie_);
}

hold_action choice::hold_for(int server) const noexcept {
  const plan::backend& b = *to;
  if (b.hold.count() == 0) return hold_action::go;
  hold_facts f{.limit = static_cast<io::time_ms>(b.hold.count()), .until = hold_until_};
  f.successor_coming = !awaited_slot_.empty() && b.expects_more();
  if (via_successor_ && wanted_ >= 0 && server != wanted_) {
    const plan::server& successor = server_at(wanted_);
    f.successor_unproven = successor.up() && !successor.proven() && !tried_.has(wanted_);
  }
  f.has_server = server >= 0 && !refused_;
  f.server_proven = f.has_server && server_at(server).proven();
  f.wants_tasks = b.source->replicas != 0;
  return decide_hold(f, w_.loop.now());
}

io::task<int> choice::hold(server_stream& client) {
  if (hold_until_ == 0) hold_until_ = w_.loop.now() + static_cast<io::time_ms>(to->hold.count());
  server_queues::queue& queue = w_.servers.held.of(*to);
  if (queue.is_full()) {
    w_.count.holds_refused.add();
    co_return -1;
  }
  w_.count.holds.add();
  const server_queues::place place(queue, client.waiter());
  for (;;) {
    if (queue.now == nullptr) co_return -1;  // its service went
    if (queue.now != to.get()) renew(*queue.now);
    if (!awaited_slot_.empty()) {
      const int successor = to->find_slot(awaited_slot_);
      if (successor >= 0) {
        wanted_ = successor;
        via_successor_ = refresh_cookie_ = true;
        awaited_slot_.clear();
      }
    }
    const int server = next_server();
    if (server >= 0 && !tried_.has(server)) refused_ = false;
    if (const hold_action action = hold_for(server); action != hold_action::wait) {
      (action == hold_action::expired ? w_.count.holds_expired : w_.count.holds_served).add();
      awaited_slot_.clear();
      co_return refused_ ? -1 : server;
    }
    co_await client.wait(io::broken, hold_until_);
    if (client.gone()) co_return client_left;
  }
}

bool choice::follow_table() {
  const plan::backend* const b = w_.current(*to);
  if (b) renew(*b);
  return b != nullptr;
}

/// From here on the request is one of the current table, but for its route: that one was found and agreed to.
/// @param b  in the current table.
void choice::renew(const plan::backend& b) {
  const auto index_now = [&](std::size_t old) {
    for (std::size_t i = 0; i < b.servers.size(); ++i)
      if (b.servers[i].key == to->servers[old].key) return static_cast<int>(i);
    return -1;
  };
  tried_.renumber([&](int i) { return index_now(static_cast<std::size_t>(i)); });
  if (wanted_ >= 0) {
    const auto was = static_cast<std::size_t>(wanted_);
    wanted_ = index_now(was);
    if (wanted_ < 0) {  // it left just now
      wanted_ = b.find_slot(to->servers[was].slot);
      via_successor_ = refresh_cookie_ = wanted_ >= 0;
    }
  }
  if (chosen_ >= 0) chosen_ = index_now(static_cast<std::size_t>(chosen_));
  set_cookie_ = set_cookie_ && chosen_ >= 0;
  to = in_table<plan::backend>(w_.use_table(), &b);  // may free the table before
}

bool choice::has_other_server() const noexcept {
  if (!is_current()) return true;  // the swarm has moved on: there may be others now
  for (int i = 0; i < static_cast<int>(to->servers.size()); ++i)
    if (i != chosen_ && !tried_.has(i) && server_at(i).up()) return true;
  return false;
}

void choice::mark_tried(bool with_node) noexcept {
  tried_.mark(chosen_);
  if (with_node) mark_node(tried_, chosen_, to->servers.size(), nodes());
}

}  // namespace waggle::proxy
