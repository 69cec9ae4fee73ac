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

void add_server(layer4_server_figures& to, const worker& w, const plan::tcp_server& s) {
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

/// Thread: the worker's.
void add_service(layer4_service_figures& to, const worker& w, const plan::tcp_service& s) {
  const auto& all = w.servers.tcp_traffic;
  if (const layer4_traffic* const t = s.id < all.size() ? all[s.id].get() : nullptr; t && t->key == s.key) {
    add(to.counts, *t);
    to.open += t->open;
    to.refused_white_list += t->refused_white_list;
    to.refused_no_server += t->refused_no_server;
    to.refused_share += t->refused_share;
    to.holds += t->holds;
  }
  for (std::size_t i = 0; i < s.servers.size(); ++i) add_server(to.servers[i], w, s.servers[i]);
}

layer4_service_figures without_counts(const plan::tcp_service& s) {
  layer4_service_figures out;
  out.key = s.key;
  out.name = s.name;
  out.scheduling = &s.source->scheduling;
  out.persistence = &s.source->persistence;
  out.max_conn = s.source->max_conn;
  out.max_conn_resume = s.source->max_conn_resume;
  out.idle = s.source->timeouts.idle;
  out.half_closed = s.source->timeouts.half_closed;
  out.servers.reserve(s.servers.size());
  for (std::size_t i = 0; i < s.servers.size(); ++i) {
    const plan::tcp_server& server = s.servers[i];
    layer4_server_figures& f = out.servers.emplace_back();
    f.address = server.host_header;
    f.source = &s.source->servers[i];
    f.weight = server.weight;
    f.leaving = server.leaving;
    const schedule::connection_totals open = server.open->totals();
    f.active = open.active;
    f.inactive = open.inactive;
  }
  return out;
}

void add_entrances(std::vector<layer4_service_figures>& to, const routing::tcp_routes& routes, const std::vector<entrance_name>& entries) {
  for (const routing::tcp_router& r : routes.routers) {
    layer4_service_figures& s = to[r.service];
    if (s.swarm_service.empty()) s.swarm_service = r.source->swarm_service;
    std::vector<std::string> sni = r.source->match.sni;
    sni.insert(sni.end(), r.source->match.sni_regex.begin(), r.source->match.sni_regex.end());
    if (sni == std::vector<std::string>{"*"}) sni.clear();
    for (const std::string& on : r.source->entry_points) {
      const auto e = std::find_if(entries.begin(), entries.end(), [&](const entrance_name& one) { return one.entry_point == on; });
      if (e != entries.end()) s.entrances.push_back({e->entry_point, e->address, sni});
    }
  }
}

void add_persistence(std::vector<layer4_service_figures>& to, const routing::tcp_table& table, const schedule::persistence_table& from,
                     io::time_ms now) {
  std::map<std::pair<schedule::persistence_owner, schedule::slot_id>, std::uint64_t> counts;
  for (const schedule::persistence_count& c : from.count(now)) counts.emplace(std::pair(c.owner, c.slot), c.entries);
  for (std::size_t i = 0; i < to.size(); ++i) {
    const plan::tcp_service& s = *table.services[i];
    if (!s.source->persistence) continue;
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
  if (which == wish::as_known || now - asked_at_ < asked_again) return;
  for (const auto& w : workers) {
    layer4_tour tour;
    for (bool more = true; more;)
      w->run_and_wait([&](worker& self) { more = tour.next(self.servers.endpoints, [all](upstream::client_link& c) { c.count_traffic(all); }); });
  }
  asked_at_ = now;
}

layer4_figures layer4_reader::read(const worker_list& workers, const std::vector<entrance_name>& entries, std::shared_ptr<const routing::table> table,
                                   const layer4_wishes& wishes) {
  layer4_figures out;
  out.workers = workers.size();
  if (!table) return out;
  const std::lock_guard lock(mutex_);
  ask_open(workers, wishes.open);
  out.generation = table->generation;
  const auto& services = table->tcp.services;
  for (const auto& s : services) out.tcp.push_back(without_counts(*s));
  add_entrances(out.tcp, *table->tcp.routes, entries);
  for (const auto& w : workers)
    for (std::size_t from = 0; from < services.size(); from += services_at_once)
      w->run_and_wait([&](worker& self) {
        for (std::size_t i = from; i < std::min(services.size(), from + services_at_once); ++i) add_service(out.tcp[i], self, *services[i]);
      });
  if (!workers.empty() && workers.front()->persistence) {
    const schedule::persistence_table& remembered = *workers.front()->persistence;
    const schedule::persistence_figures p = remembered.figures();
    out.persistence = {p.entries, p.evicted, p.refused};
    if (wishes.persistence)
      add_persistence(out.tcp, table->tcp, remembered, static_cast<io::time_ms>(base::now().time_since_epoch() / std::chrono::milliseconds(1)));
  }
  out.kept = std::move(table);
  return out;
}

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
  return out;
}

}  // namespace waggle::proxy
