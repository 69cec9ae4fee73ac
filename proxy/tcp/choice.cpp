#include "tcp/choice.hpp"

#include "schedule/choose.hpp"
#include "schedule/slow_start.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace waggle::proxy::tcp {

choice::choice(worker& w, in_table<plan::tcp_service> service, schedule::client from) : to(std::move(service)), w_(w), from_(from) {
  if (const auto& p = to->source->persistence) from_.address = schedule::masked(from_.address, p->netmask_v4, p->netmask_v6);
}

schedule::server_state choice::state_of(std::size_t i) const {
  const plan::layer4_server& s = to->servers[i];
  upstream::endpoint& e = endpoint_of(static_cast<int>(i));
  const io::time_ms now = w_.loop.now();
  const schedule::connection_totals open = e.layer4->counts.at(now);
  schedule::server_state out;
  out.active = open.active;
  out.inactive = open.inactive;
  out.weight = s.leaving ? 0 : s.weight;
  if (to->slow_start > 0 && s.joined_at != 0) out.share = schedule::share_of(now - std::min(now, s.joined_at), to->slow_start);
  out.may = !s.leaving && s.up() && e.usable(now) && !e.layer4->full.full(open.all(), to->limits) && !was_tried(static_cast<int>(i));
  return out;
}

int choice::next_server() {
  std::vector<schedule::server_state>& states = w_.server_states;
  states.clear();
  for (std::size_t i = 0; i < to->servers.size(); ++i) states.push_back(state_of(i));
  const auto& persistence = to->source->persistence;
  const bool asks = persistence && w_.persistence;
  const schedule::slot_id remembered = asks ? w_.persistence->find({to->owner, from_.address}, w_.loop.now()) : 0;
  const schedule::choice chosen = schedule::choose(*to->schedule, *to->turns, states, from_, w_.random, remembered);
  remembers_ = asks && chosen.remember;
  return chosen.server;
}

schedule::persistence_table::hold choice::remember(int server) {
  if (!remembers_) return {};
  const auto timeout = static_cast<io::time_ms>(to->source->persistence->timeout.count());
  if (timeout == 0) return {};
  return w_.persistence->opened({to->owner, from_.address}, to->schedule->slot_of(static_cast<std::size_t>(server)), timeout, w_.loop.now());
}

bool choice::follow_table() {
  const plan::tcp_service* const now = w_.current(*to);
  if (!now) return false;
  for (std::size_t k = 0; k < tries_; ++k)
    if (tried_[k] >= 0) tried_[k] = index_in(*now, to->servers[static_cast<std::size_t>(tried_[k])].key);
  to = in_table<plan::tcp_service>(w_.use_table(), now);  // may free the table before
  return true;
}

int choice::index_of(const upstream::endpoint& e) const noexcept {
  const int i = index_in(*to, e.key);
  return i < 0 || to->servers[static_cast<std::size_t>(i)].leaving ? -1 : i;
}

int choice::index_in(const plan::tcp_service& service, const base::shared_text& key) noexcept {
  for (std::size_t i = 0; i < service.servers.size(); ++i)
    if (service.servers[i].key == key) return static_cast<int>(i);
  return -1;
}

}  // namespace waggle::proxy::tcp
