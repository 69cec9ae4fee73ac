#include "worker/registry.hpp"

#include <cstddef>
#include <memory>

namespace waggle::proxy {

registry::~registry() {
  for (upstream::endpoint* const e : endpoints)
    if (e) e->depart();  // with its idle connections; the loop frees them
}

upstream::endpoint& registry::endpoint_of(const plan::server& s, bool current) {
  upstream::endpoint*& e = at(endpoints, s.id);
  if (e && e->key == s.key) return *e;
  if (!current) {
    struct last_use {
      io::lease<upstream::endpoint> of;
    };
    auto departed = std::make_unique<last_use>();
    departed->of = io::lease<upstream::endpoint>(new upstream::endpoint(loop_, s));
    upstream::endpoint& found = *departed->of;
    found.depart();
    loop_.delete_later(departed.release());
    return found;
  }
  if (e) e->depart();
  e = new upstream::endpoint(loop_, s);
  return *e;
}

upstream::endpoint& registry::endpoint_of(const plan::layer4_server& s, bool current) {
  upstream::endpoint& e = endpoint_of(static_cast<const plan::server&>(s), current);
  if (!e.layer4) e.layer4 = std::make_unique<upstream::layer4_state>(s.open, worker_);
  return e;
}

io::lease<layer4_traffic> registry::traffic_in(std::vector<io::lease<layer4_traffic>>& all, const plan::layer4_service& s) {
  io::lease<layer4_traffic>& t = at(all, s.id);
  if (!t) t = io::lease<layer4_traffic>(new layer4_traffic(s.key));
  return io::lease<layer4_traffic>(t->key == s.key ? t.get() : nullptr);
}

upstream::layer4_state* registry::layer4_of(plan::dense_id server) const noexcept {
  upstream::endpoint* const e = server < endpoints.size() ? endpoints[server] : nullptr;
  return e ? e->layer4.get() : nullptr;
}

void registry::tell_connections(const routing::tcp_table& next) {
  for (const plan::dense_id id : next.gone_server_ids)
    if (const auto* const l = layer4_of(id))
      for (upstream::client_link* c = l->links; c != nullptr; c = c->next_link) c->server_gone();
  for (const auto& leaving : next.leaving_servers) {
    const auto* const l = layer4_of(leaving.server);
    if (!l || l->open == 0) continue;
    std::size_t n = 0;  // evenly: who reconnects must not come all at once
    for (upstream::client_link* c = l->links; c != nullptr; c = c->next_link) c->end_at(loop_.now() + leaving.within * n++ / l->open);
  }
}

void registry::mark_servers(const routing::udp_table& next) noexcept {
  for (const plan::dense_id id : next.gone_server_ids)
    if (auto* const l = layer4_of(id)) l->gone = true;
  for (const plan::dense_id id : next.leaving_server_ids)
    if (auto* const l = layer4_of(id)) l->leaving = true;
}

balance::balancer& registry::balancer_of(const plan::backend& b) {
  balance::balancer& found = at(balancers_, b.id);
  found.follow(b, worker_);
  return found;
}

void registry::note_response(const plan::backend& b, int server, unsigned status) {
  if (server >= 0 && b.id < balancers_.size()) balancers_[b.id].note_response(b, static_cast<std::size_t>(server), status, loop_.now());
}

traffic_lease registry::begin_traffic(const plan::backend& b, traffic_kind kind) {
  io::lease<backend_traffic>& t = at(traffic, b.id);
  if (!t) t = io::lease<backend_traffic>(new backend_traffic(b.name));
  if (t->name != b.name) return {};
  return {t.get(), kind};
}

void registry::depart(const routing::table& next) {
  for (const plan::dense_id id : next.departed_server_ids) {
    if (id >= endpoints.size() || !endpoints[id]) continue;
    endpoints[id]->depart();
    endpoints[id] = nullptr;
  }
  for (const plan::dense_id id : next.tcp.departed_service_ids)
    if (id < tcp_traffic.size()) tcp_traffic[id].reset();
  for (const plan::dense_id id : next.udp.departed_service_ids)
    if (id < udp_traffic.size()) udp_traffic[id].reset();
  for (const plan::dense_id id : next.departed_backend_ids) {
    if (id < balancers_.size()) balancers_[id] = {};
    if (id < budgets_.size()) budgets_[id] = {};
    if (id < failures_.size()) failures_[id] = {};
    if (id < traffic.size()) traffic[id].reset();
  }
}

void registry::close_idle_connections() noexcept {
  for (upstream::endpoint* const e : endpoints)
    if (e) e->close_idle();
}

}  // namespace waggle::proxy
