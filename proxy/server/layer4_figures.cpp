#include "server/layer4_figures.hpp"

#include "worker/layer4_tour.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace waggle::proxy {
namespace {

/// How many services a worker tells of at once: its clients wait meanwhile.
constexpr std::size_t services_at_once = 128;
constexpr std::chrono::seconds asked_again{1};

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
  if (e->trouble != nullptr) {
    const double age = static_cast<double>(w.loop.now() - std::min(w.loop.now(), e->trouble_at)) / 1'000;
    if (to.trouble.empty() || age < to.trouble_age) to.trouble = e->trouble, to.trouble_age = age;
  }
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

/// What both protocols have. @param source  of the service.
template <class Source>
layer4_service_figures without_counts(const plan::layer4_service& s, const Source& source) {
  layer4_service_figures out;
  out.key = s.key;
  out.name = s.name;
  out.scheduling = &source.scheduling;
  out.persistence = &source.persistence;
  out.servers.reserve(s.servers.size());
  for (std::size_t i = 0; i < s.servers.size(); ++i) {
    const plan::layer4_server& server = s.servers[i];
    layer4_server_figures& f = out.servers.emplace_back();
    f.address = server.host_header;
    f.source = &source.servers[i];
    f.weight = server.weight;
    f.leaving = server.leaving;
    const schedule::connection_totals open = server.open->totals();
    f.active = open.active;
    f.inactive = open.inactive;
  }
  return out;
}

layer4_service_figures of_tcp(const plan::tcp_service& s) {
  layer4_service_figures out = without_counts(s, *s.source);
  out.max_conn = s.source->max_conn;
  out.max_conn_resume = s.source->max_conn_resume;
  out.idle = s.source->timeouts.idle;
  out.half_closed = s.source->timeouts.half_closed;
  return out;
}

layer4_service_figures of_udp(const plan::udp_service& s) {
  layer4_service_figures out = without_counts(s, *s.source);
  out.protocol = model::protocol::udp;
  out.idle = s.source->session_idle;
  out.one_packet = s.source->one_packet;
  out.drops = {{"room", 0}, {"send", 0}, {"evicted", 0}};
  return out;
}

void add_entrance(layer4_service_figures& to, const std::string& on, const std::vector<entrance_name>& entries, const std::vector<std::string>& sni) {
  const auto e = std::find_if(entries.begin(), entries.end(), [&](const entrance_name& one) { return one.entry_point == on; });
  if (e != entries.end()) to.entrances.push_back({e->entry_point, e->address, sni});
}

void add_entrances(std::vector<layer4_service_figures>& to, const routing::tcp_routes& routes, const std::vector<entrance_name>& entries) {
  for (const routing::tcp_router& r : routes.routers) {
    layer4_service_figures& s = to[r.service];
    if (s.swarm_service.empty()) s.swarm_service = r.source->swarm_service;
    std::vector<std::string> sni = r.source->match.sni;
    sni.insert(sni.end(), r.source->match.sni_regex.begin(), r.source->match.sni_regex.end());
    if (sni == std::vector<std::string>{"*"}) sni.clear();
    for (const std::string& on : r.source->entry_points) add_entrance(s, on, entries, sni);
  }
}

void add_entrances(std::vector<layer4_service_figures>& to, const routing::udp_routes& routes, const std::vector<entrance_name>& entries) {
  for (const routing::udp_router& r : routes.routers)
    if (to[r.service].swarm_service.empty()) to[r.service].swarm_service = r.source->swarm_service;
  for (std::size_t e = 0; e < routes.of_entry.size() && e < entries.size(); ++e)
    if (const int r = routes.of_entry[e]; r >= 0)
      to[routes.routers[static_cast<std::size_t>(r)].service].entrances.push_back({entries[e].entry_point, entries[e].address, {}});
}

/// Entries that lead to a slot.
using slot_counts = std::map<std::pair<schedule::persistence_owner, schedule::slot_id>, std::uint64_t>;

template <class Services>
void add_persistence(std::vector<layer4_service_figures>& to, const Services& services, const slot_counts& counts) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const plan::layer4_service& s = *services[i];
    if (!*to[i].persistence) continue;
    for (std::size_t k = 0; k < s.servers.size(); ++k)
      if (!s.servers[k].leaving)  // its slot has another one, or will have
        if (const auto at = counts.find({s.owner, s.schedule->slot_of(k)}); at != counts.end()) to[i].servers[k].persistent = at->second;
  }
}

}  // namespace

std::string shown_address(std::string_view written, std::string_view bound) {
  if (!written.starts_with(':')) return std::string(bound);
  return "0.0.0.0" + std::string(bound.substr(bound.rfind(':')));
}

/// Under mutex_.
void layer4_reader::ask_open(const worker_list& workers, layer4_wishes::open_connections which) {
  using wish = layer4_wishes::open_connections;
  const base::mono_time now = base::now();
  const bool all = which == wish::all;
  if (which == wish::as_known || now - (all ? asked_all_at_ : asked_at_) < asked_again) return;
  for (const auto& w : workers) {
    layer4_tour tour;
    for (bool more = true; more;)
      w->run_and_wait([&](worker& self) { more = tour.next(self.servers.endpoints, [all](upstream::client_link& c) { c.count_traffic(all); }); });
  }
  asked_at_ = now;
  if (all) asked_all_at_ = now;
}

layer4_figures layer4_reader::read(const worker_list& workers, const std::vector<entrance_name>& entries, std::shared_ptr<const routing::table> table,
                                   const layer4_wishes& wishes) {
  layer4_figures out;
  out.workers = workers.size();
  if (!table) return out;
  const std::lock_guard lock(mutex_);
  ask_open(workers, wishes.open);
  out.generation = table->generation;
  for (const auto& one : table->tcp.services) out.tcp.push_back(of_tcp(*one));
  for (const auto& one : table->udp.services) out.udp.push_back(of_udp(*one));
  add_entrances(out.tcp, *table->tcp.routes, entries);
  add_entrances(out.udp, *table->udp.routes, entries);
  add_services(out.tcp, workers, &registry::tcp_traffic, table->tcp.services);
  add_services(out.udp, workers, &registry::udp_traffic, table->udp.services);
  if (!workers.empty() && workers.front()->persistence) {
    const schedule::persistence_table& remembered = *workers.front()->persistence;
    const schedule::persistence_figures p = remembered.figures();
    out.persistence = {p.entries, p.evicted, p.refused};
    if (wishes.persistence) {
      slot_counts counts;
      const auto now = static_cast<io::time_ms>(base::now().time_since_epoch() / std::chrono::milliseconds(1));
      for (const schedule::persistence_count& c : remembered.count(now)) counts.emplace(std::pair(c.owner, c.slot), c.entries);
      add_persistence(out.tcp, table->tcp.services, counts);
      add_persistence(out.udp, table->udp.services, counts);
    }
  }
  out.kept = std::move(table);
  return out;
}

namespace {

void add_sessions(std::vector<layer4_connection>& to, const datagram_sessions& from, const std::vector<entrance_name>& entries, std::size_t most) {
  for (const datagram_sessions::one& s : from.list) {
    if (to.size() >= most) return;
    layer4_connection& c = to.emplace_back();
    c.protocol = model::protocol::udp;
    c.service = from.services[s.service];
    c.client = io::text_of(s.client);
    c.client_port = s.port;
    c.server = s.server.text();
    c.expires_in = std::chrono::seconds(s.expires_in / 1'000);
    if (s.entry < entries.size()) c.entry_point = entries[s.entry].entry_point, c.local = entries[s.entry].address;
  }
}

}  // namespace

std::vector<layer4_connection> layer4_reader::list(const worker_list& workers, const std::vector<entrance_name>& entries, std::string_view service,
                                                   std::size_t most) {
  std::vector<layer4_connection> out;
  const std::lock_guard lock(mutex_);
  for (const auto& w : workers) {
    layer4_tour tour;
    for (bool more = true; more && out.size() < most;)
      w->run_and_wait([&](worker& self) {
        more = tour.next(self.servers.endpoints, [&](upstream::client_link& c) {
          if (out.size() >= most) return;
          layer4_connection one;
          const std::size_t entry = c.describe(one);
          if (!service.empty() && one.service != service) return;
          if (entry < entries.size()) one.entry_point = entries[entry].entry_point, one.local = entries[entry].address;
          out.push_back(std::move(one));
        });
      });
  }
  for (const auto& w : workers) {
    if (out.size() >= most || !w->datagrams) continue;
    datagram_sessions some{.only = service};
    some.list.reserve(most);  // not in the worker's time
    w->run_and_wait([&](worker& self) { self.datagrams->list(some); });
    add_sessions(out, some, entries, most);
  }
  return out;
}

}  // namespace waggle::proxy
