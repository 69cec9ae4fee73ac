#include "server/totals.hpp"

#include "io/side_threads.hpp"
#include "io/spool_room.hpp"
#include "upstream/endpoint.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace waggle::proxy {

stats collect_totals(const all_workers& workers) {
  stats out;
  out.generation = workers.empty() ? 0 : ~std::uint64_t{0};
  for (auto& w : workers) {
    w->run_and_wait([&out](worker& self) {  // also: what a client has seen answered is counted
      out.waiting_idle += self.waiting.size(wait_kind::idle);
      out.waiting_dawdling += self.waiting.size(wait_kind::dawdling);
      out.waiting_stalled += self.waiting.size(wait_kind::stalled);
      out.waiting_quiet += self.waiting.size(wait_kind::quiet);
      out.connections_most += self.max_sessions;
      out.descriptors += self.descriptors();
      out.descriptors_most += self.max_descriptors;
      out.spool_files += self.spool_files;
    });
    const counters& c = w->count;
    out.gave_way_idle += c.gave_way[static_cast<std::size_t>(wait_kind::idle)].read();
    out.gave_way_dawdling += c.gave_way[static_cast<std::size_t>(wait_kind::dawdling)].read();
    out.gave_way_stalled += c.gave_way[static_cast<std::size_t>(wait_kind::stalled)].read();
    out.gave_way_quiet += c.gave_way[static_cast<std::size_t>(wait_kind::quiet)].read();
    out.turned_away += c.turned_away.read();
    out.over_share += c.over_share.read();
    out.memory_held += w->memory_held();
    out.memory_most += w->memory_room.load(std::memory_order_relaxed);
    out.memory_of_group = std::max<std::uint64_t>(out.memory_of_group, w->memory_of_group.load(std::memory_order_relaxed));
    out.connections_accepted += c.accepted.read();
    out.connections_open += c.open.read();
    out.connections_lingering += c.lingering.read();
    out.requests += c.requests.read();
    out.active += c.active.read();
    out.response_time_us += c.response_time_us.read();
    out.bytes_in += c.bytes_in.read();
    out.bytes_out += c.bytes_out.read();
    out.sticky_hits += c.sticky_hits.read();
    out.sticky_followed += c.sticky_followed.read();
    out.sticky_left += c.sticky_left.read();
    out.sticky_unknown += c.sticky_unknown.read();
    out.sticky_failed += c.sticky_failed.read();
    out.retries_refused += c.retries_refused.read();
    out.hedges += c.hedges.read();
    out.hedges_won += c.hedges_won.read();
    out.ejections += c.ejections.read();
    out.holds += c.holds.read();
    out.holds_served += c.holds_served.read();
    out.holds_expired += c.holds_expired.read();
    out.holds_refused += c.holds_refused.read();
    out.sticky_new += c.sticky_new.read();
    out.retries += c.retries.read();
    out.refused_heads += c.refused_heads.read();
    out.exceptions += c.exceptions.read();
    out.generation = std::min(out.generation, c.generation.read());
    for (unsigned i = 0; i < c.status.size(); ++i)
      if (const std::uint64_t n = c.status[i].read()) out.status[i + 100] += n;
  }
  if (!workers.empty()) {
    const io::spool_room& disk = *workers.front()->spool_disk;
    out.spool_bytes = disk.held();
    out.spool_most = disk.total();
    out.spool_refused = disk.refused();
  }
  using io::side_threads;
  constexpr std::pair<side_threads::purpose, const char*> kinds[] = {
      {side_threads::purpose::hashing, "passwords"}, {side_threads::purpose::resolving, "names"}, {side_threads::purpose::spooling, "files"}};
  for (std::size_t i = 0; i < out.side.size(); ++i) {
    const side_threads::figures f = side_threads::figures_of(kinds[i].first);
    out.side[i] = {kinds[i].second, f.waiting, f.running, f.refused};
  }
  out.sticky_moves = out.sticky_followed + out.sticky_left + out.sticky_unknown + out.sticky_failed;
  return out;
}

void add_server_stats(stats& out, const all_workers& workers, const std::shared_ptr<const routing::table>& table) {
  std::map<std::string, server_stats> servers;
  std::unordered_map<std::string_view, std::string_view> backend_of;
  if (table)
    for (const auto& b : table->backends)
      for (const plan::server& s : b->servers) backend_of.emplace(s.key.view(), b->name);
  for (auto& w : workers) {
    struct copied {
      base::shared_text key, name, url;
      std::uint64_t requests, failures, active, connects, connect_failures, idle;
    };
    std::vector<copied> all;  // filled on the worker's thread, where requests wait meanwhile; worked on here
    all.reserve(backend_of.size() + 64);
    w->run_and_wait([&](worker& self) {
      for (const upstream::endpoint* const e : self.endpoints)
        if (e) all.push_back({e->key, e->name, e->url, e->requests, e->failures, e->active, e->connects, e->connect_failures, e->idle_count()});
    });
    for (const copied& e : all) {
      server_stats& s = servers[e.key.str()];
      s.server_id = plan::published_id(e.key);
      if (const auto b = backend_of.find(e.key); b != backend_of.end()) s.backend = b->second;
      s.name = e.name;
      s.url = e.url;
      s.requests += e.requests;
      s.failures += e.failures;
      s.active += e.active;
      s.connects += e.connects;
      s.connect_failures += e.connect_failures;
      s.idle += e.idle;
      out.idle_open += e.idle;
    }
  }
  for (auto& [key, s] : servers) out.servers.push_back(std::move(s));
}

}  // namespace waggle::proxy
