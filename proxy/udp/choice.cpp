#include "udp/choice.hpp"

#include "schedule/choose.hpp"

#include <cstddef>
#include <vector>

namespace waggle::proxy::udp {
namespace {

schedule::client masked_by(const plan::udp_service& of, schedule::client from) {
  if (const auto& p = of.source->persistence) from.address = schedule::masked(from.address, p->netmask_v4, p->netmask_v6);
  return from;
}

}  // namespace

choice choose_server(worker& w, const plan::udp_service& of, schedule::client from, const choice_hints& hints) {
  from = masked_by(of, from);
  const io::time_ms now = w.loop.now();
  std::vector<schedule::server_state>& states = w.server_states;
  states.clear();
  for (const plan::layer4_server& s : of.servers) {
    upstream::endpoint& e = w.servers.endpoint_of(s, true);
    const schedule::connection_totals open = e.layer4->counts.at(now);
    schedule::server_state one;
    one.active = open.active;
    one.weight = s.leaving ? 0 : s.weight;
    one.may = !s.leaving && s.up() && e.usable(now) && &e != hints.tried;
    states.push_back(one);
  }
  const bool asks = of.source->persistence && w.persistence;
  schedule::slot_id remembered = asks ? w.persistence->find({of.owner, from.address}, now) : 0;
  if (remembered == 0) remembered = hints.slot;
  const schedule::choice chosen = schedule::choose(*of.schedule, *of.turns, states, from, w.random, remembered);
  return {chosen.server, asks && chosen.remember};
}

schedule::persistence_table::hold remember(worker& w, const plan::udp_service& of, const schedule::client& from, const choice& c) {
  if (!c.remember) return {};
  const auto timeout = static_cast<io::time_ms>(of.source->persistence->timeout.count());
  if (timeout == 0) return {};
  const schedule::client as = masked_by(of, from);
  return w.persistence->opened({of.owner, as.address}, of.schedule->slot_of(static_cast<std::size_t>(c.server)), timeout, w.loop.now());
}

}  // namespace waggle::proxy::udp
