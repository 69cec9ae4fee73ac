#include "server/figures.hpp"

#include "io/side_threads.hpp"
#include "io/spool_room.hpp"
#include "worker/counters.hpp"
#include "worker/worker.hpp"

#include <waggle/proxy/stats_table.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace waggle::proxy {

stats collect_totals(const std::vector<std::unique_ptr<worker>>& workers) {
  stats out;
  out.generation = workers.empty() ? 0 : ~std::uint64_t{0};
  for (auto& w : workers) {
    w->run_and_wait([&out](worker& self) {  // also: what a client has seen answered is counted
      out.waiting_idle += self.waiting.size(wait_kind::idle);
      out.waiting_dawdling += self.waiting.size(wait_kind::dawdling);
      out.waiting_stalled += self.waiting.size(wait_kind::stalled);
      out.waiting_quiet += self.waiting.size(wait_kind::quiet);
      out.connections_most += self.limits.connections;
      out.descriptors += self.descriptors();
      out.descriptors_most += self.limits.descriptors;
      out.spool_files += self.spool_files;
    });
    const counters& c = w->count;
    for (std::size_t i = 0; i < stats_table<counter>.size(); ++i)
      if (const auto counted = stats_table<counter>[i].counted) out.*stats_table<std::uint64_t>[i].counted += (c.*counted).read();
    out.memory_held += w->memory_held();
    out.memory_most += w->limits.memory_room.load(std::memory_order_relaxed);
    out.memory_of_group = std::max<std::uint64_t>(out.memory_of_group, w->limits.memory_in_group.load(std::memory_order_relaxed));
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

}  // namespace waggle::proxy
