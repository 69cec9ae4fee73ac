#include "server/layer4_figures.hpp"

#include "worker/worker.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace waggle::proxy {
namespace {

/// How many services a worker tells of at once: its clients wait meanwhile.
constexpr std::size_t services_at_once = 128;

template <class From>
void add(layer4_counts& to, const From& from) {
  to.connections += from.connections;
  to.packets_in += from.packets_in;
  to.packets_out += from.packets_out;
  to.bytes_in += from.bytes_in;
  to.bytes_out += from.bytes_out;
}

void add_server(layer4_server_figures& to, const worker& w, const plan::layer4_server& s) {
  const auto& all = w.servers.endpoints;
  const upstream::endpoint* const e = s.id < all.size() ? all[s.id] : nullptr;
  if (!e || e->key != s.key) return;
  to.held = to.held || !e->usable(w.loop.now());
  to.connects += e->connects;
  to.connect_failures += e->connect_failures;
  if (e->trouble != nullptr) to.trouble = e->trouble;
  if (e->layer4) add(to.counts, *e->layer4);
}

void add_drops(layer4_service_figures& to, const layer4_traffic& t) {
  const std::uint64_t counts[] = {t.dropped_room, t.dropped_send, t.evicted};
  for (std::size_t i = 0; i < to.drops.size(); ++i) to.drops[i].count += counts[i];
}

using traffic_list = std::vector<io::lease<layer4_traffic>>;

/// Thread: the worker's. @param all  of the service's protocol.
void add_service(layer4_service_figures& to, const worker& w, const traffic_list& all, const plan::layer4_service& s) {
  if (const layer4_traffic* const t = s.id < all.size() ? all[s.id].get() : nullptr; t && t->key == s.key) {
    add(to.counts, *t);
    to.open += t->open;
    to.refused_white_list += t->refused_white_list;
    to.refused_no_server += t->refused_no_server;
    to.refused_share += t->refused_share;
    to.holds += t->holds;
    if (to.protocol == model::protocol::udp) add_drops(to, *t);
  }
  for (std::size_t i = 0; i < s.servers.size(); ++i) add_server(to.servers[i], w, s.servers[i]);
}

layer4_service_figures without_counts(const plan::layer4_service& s, const std::vector<model::server>& sources) {
  layer4_service_figures out;
  out.key = s.key;
  out.servers.reserve(s.servers.size());
  for (std::size_t i = 0; i < s.servers.size(); ++i) {
    const plan::layer4_server& server = s.servers[i];
    layer4_server_figures& f = out.servers.emplace_back();
    f.address = server.host_header;
    f.source = &sources[i];
    f.weight = server.weight;
    f.leaving = server.leaving;
    const schedule::connection_totals open = server.open->totals();
    f.active = open.active;
    f.inactive = open.inactive;
  }
  return out;
}

/// Of all workers. @param counted  the list of that protocol.
template <class Services>
void add_services(std::vector<layer4_service_figures>& to, const std::vector<std::unique_ptr<worker>>& workers, traffic_list registry::*counted,
                  const Services& services) {
  for (const auto& w : workers)
    for (std::size_t from = 0; from < services.size(); from += services_at_once)
      w->run_and_wait([&](worker& self) {
        for (std::size_t i = from; i < std::min(services.size(), from + services_at_once); ++i)
          add_service(to[i], self, self.servers.*counted, *services[i]);
      });
}

}  // namespace

layer4_figures collect_layer4(const std::vector<std::unique_ptr<worker>>& workers, std::shared_ptr<const routing::table> table) {
  layer4_figures out;
  if (!table) return out;
  out.generation = table->generation;
  for (const auto& s : table->tcp.services) out.tcp.emplace_back(without_counts(*s, s->source->servers)).source = s->source.get();
  for (const auto& s : table->udp.services) {
    layer4_service_figures& f = out.udp.emplace_back(without_counts(*s, s->source->servers));
    f.protocol = model::protocol::udp;
    f.udp_source = s->source.get();
    f.drops = {{"room", 0}, {"send", 0}, {"evicted", 0}};
  }
  add_services(out.tcp, workers, &registry::tcp_traffic, table->tcp.services);
  add_services(out.udp, workers, &registry::udp_traffic, table->udp.services);
  if (!workers.empty() && workers.front()->persistence) {
    const schedule::persistence_figures p = workers.front()->persistence->figures();
    out.persistence = {p.entries, p.evicted, p.refused};
  }
  out.kept = std::move(table);
  return out;
}

}  // namespace waggle::proxy
