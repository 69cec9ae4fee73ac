#include "server/figures.hpp"

#include "worker/worker.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {
namespace {

using kinds_open = std::array<std::array<std::uint64_t, protocol_names.size()>, method_names.size()>;

/// How many numbers of servers and backends a worker tells of at once: requests wait meanwhile (tens of microseconds).
constexpr std::size_t slice = 256;
constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

/// What one worker says of some of its numbers; copied on its thread, added up elsewhere. Its memory is used again, because
/// allocating is no work for a worker.
struct report {
  struct of_backend {
    plan::dense_id id;
    std::size_t series;  ///< how many of `series` are its own
    std::array<std::array<std::uint32_t, protocol_names.size()>, method_names.size()> open;
    std::uint64_t retries, longest_stream_ms;
  };
  struct of_server {
    plan::dense_id id;
    std::uint64_t requests, errors, failures, active, idle, connects, connect_failures, bytes_in, bytes_out, took_ms;
    upstream::recent_answers answers;
    bool held, refusing;
    const char* trouble;
    io::time_ms trouble_age;
  };
  std::vector<of_backend> backends;
  std::vector<traffic::series> series;
  std::vector<std::uint64_t> cells;
  std::vector<of_server> servers;
  bool more = false;  ///< there are higher numbers

  report() {
    backends.reserve(slice);
    series.reserve(4 * slice);
    cells.reserve(4 * 8 * slice);
    servers.reserve(slice);
  }
  void clear() {
    backends.clear();
    series.clear();
    cells.clear();
    servers.clear();
  }
  /// @param id  of a backend, or the index of an entry point.
  void add(plan::dense_id id, const traffic& t) {
    backends.push_back({id, t.all.size(), t.open, t.retries, t.longest_stream_ms});
    series.insert(series.end(), t.all.begin(), t.all.end());
    cells.insert(cells.end(), t.cells.begin(), t.cells.end());
  }
  void fill(const worker& w, std::size_t from) {
    const auto end = [&](const auto& all) { return std::min(all.size(), from + slice); };
    for (std::size_t i = from; i < end(w.servers.traffic); ++i)
      if (const backend_traffic* const t = w.servers.traffic[i].get()) add(static_cast<plan::dense_id>(i), *t);
    const io::time_ms now = w.loop.now();
    for (std::size_t i = from; i < end(w.servers.endpoints); ++i)
      if (const upstream::endpoint* const e = w.servers.endpoints[i])
        servers.push_back({e->id, e->requests, e->errors, e->failures, e->active, e->idle_count(), e->connects, e->connect_failures, e->bytes_in,
                           e->bytes_out, e->took_ms, e->answers, !e->usable(now), e->failures_in_a_row >= upstream::endpoint::failures_to_hold,
                           e->trouble, now - e->trouble_at});
    more = from + slice < std::max(w.servers.traffic.size(), w.servers.endpoints.size());
  }
};

/// Adds up one name's traffic over workers.
class sum_of_traffic {
 public:
  /// @param series, cells  its own are at the beginning; moved on past them.
  void add(const report::of_backend& from, const traffic::series*& series, const std::uint64_t*& cells, std::size_t bounds) {
    for (std::size_t n = 0; n < from.series; ++n, ++series) {
      answer_series& to = answers_of(*series);
      to.count += series->count;
      to.seconds += static_cast<double>(series->took_ms) / 1000;
      to.within.resize(bounds);
      std::uint64_t below = 0;
      for (std::size_t i = 0; i < bounds; ++i) to.within[i] += below += cells[series->cells + i];
      open_[series->kind.method][series->kind.protocol] |= seen;
    }
    cells += from.series * (bounds + 1);
    for (std::size_t m = 0; m < method_names.size(); ++m)
      for (std::size_t p = 0; p < protocol_names.size(); ++p)
        if (from.open[m][p] != 0) open_[m][p] = (open_[m][p] | seen) + from.open[m][p];
    retries_ += from.retries;
    longest_ms_ = std::max(longest_ms_, from.longest_stream_ms);
  }

  traffic_figures finish(std::string name) && {
    traffic_figures out;
    out.name = std::move(name);
    out.answers.reserve(answers_.size());
    for (auto& [key, s] : answers_) out.answers.push_back(std::move(s));
    for (std::size_t m = 0; m < method_names.size(); ++m)
      for (std::size_t p = 0; p < protocol_names.size(); ++p)
        if (open_[m][p] != 0) out.open.push_back({method_names[m], protocol_names[p], open_[m][p] & ~seen});
    out.retries = retries_;
    out.longest_stream_seconds = static_cast<double>(longest_ms_) / 1000;
    return out;
  }

 private:
  /// A kind that was open once is shown as 0, not left out.
  static constexpr std::uint64_t seen = std::uint64_t{1} << 63;

  answer_series& answers_of(const traffic::series& s) {
    const std::uint32_t key = std::uint32_t{s.status} << 16 | std::uint32_t{s.kind.method} << 8 | s.kind.protocol;
    auto at = std::lower_bound(answers_.begin(), answers_.end(), key, [](const auto& one, std::uint32_t k) { return one.first < k; });
    if (at == answers_.end() || at->first != key) {
      at = answers_.emplace(at, key, answer_series{});
      at->second.status = s.status;
      at->second.method = method_names[s.kind.method];
      at->second.protocol = protocol_names[s.kind.protocol];
    }
    return at->second;
  }

  std::vector<std::pair<std::uint32_t, answer_series>> answers_;  ///< in their order: status, method, protocol
  kinds_open open_{};
  std::uint64_t retries_ = 0, longest_ms_ = 0;
};

void add_up(server_figures& f, const report::of_server& s) {
  f.requests += s.requests;
  f.errors += s.errors;
  f.failures += s.failures;
  f.active += s.active;
  f.idle += s.idle;
  f.connects += s.connects;
  f.connect_failures += s.connect_failures;
  f.bytes_in += s.bytes_in;
  f.bytes_out += s.bytes_out;
  f.seconds += static_cast<double>(s.took_ms) / 1000;
  f.recent_requests += s.answers.all();
  f.recent_errors += s.answers.bad();
  f.held = f.held || s.held;
  if (s.connects + s.connect_failures > 0) {  // one worker's word that it works is enough
    f.refusing = s.refusing && (f.refusing || !f.tried);
    f.tried = true;
  }
  const double age = static_cast<double>(s.trouble_age) / 1000;
  if (s.trouble != nullptr && (f.trouble.empty() || age < f.trouble_age)) {
    f.trouble = s.trouble;
    f.trouble_age = age;
  }
}

/// Of all workers, the most frequent first.
std::vector<untrusted_peer> added_up(const std::vector<untrusted_peers::seen>& all, const std::vector<entry_settings>& entry_points) {
  std::map<std::pair<std::uint16_t, io::ip_bytes>, untrusted_peers::seen> sums;
  for (const untrusted_peers::seen& one : all) {
    untrusted_peers::seen& sum = sums[{one.entry, one.network}];
    const std::uint64_t before = sum.requests;
    sum = one;
    sum.requests += before;
  }
  std::vector<untrusted_peer> out;
  for (const auto& [key, s] : sums)
    out.push_back({std::string(entry_points[s.entry].name), network_text(s.network), io::text_of(s.sample), s.requests});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.requests > b.requests; });
  return out;
}

/// Where a number's figures are added to; whose number is not the table's is told of by nobody. (A number that was given to
/// another since the table was compiled tells on one who has left, in the last figures that name him.)
class places {
 public:
  void put(plan::dense_id id, std::size_t place) {
    if (id >= all_.size()) all_.resize(id + 1, nowhere);
    if (all_[id] == nowhere) all_[id] = place;
  }
  std::size_t of(plan::dense_id id) const noexcept { return id < all_.size() ? all_[id] : nowhere; }

 private:
  std::vector<std::size_t> all_;
};

/// The table's servers without figures yet. @return where each is.
places list_servers(figures& out, const routing::table& table) {
  places at;
  std::size_t count = 0;
  for (const auto& b : table.backends) count += b->servers.size();
  out.servers.reserve(count);
  for (const auto& b : table.backends) {
    if (b->internal()) continue;  // its requests are not counted
    for (const plan::server& s : b->servers) {
      at.put(s.id, out.servers.size());
      server_figures& f = out.servers.emplace_back();
      f.backend = b->name;
      f.url = s.url;
      f.origin = &s.origin;
      f.weight = s.weight;
      f.up = s.up();
      if (!f.up) f.check_failure = s.health->why();
    }
  }
  return at;
}

}  // namespace

figures collect_figures(const std::vector<std::unique_ptr<worker>>& workers, std::shared_ptr<const routing::table> table,
                        const std::vector<entry_settings>& entry_points, std::size_t bounds) {
  figures out;
  places server_at, backend_at;
  std::vector<std::string_view> names;  // of the backends: sorted, each once
  if (table) {
    out.generation = table->generation;
    server_at = list_servers(out, *table);
    std::vector<const plan::backend*> by_name;
    for (const auto& b : table->backends)
      if (!b->internal()) by_name.push_back(b.get());
    std::sort(by_name.begin(), by_name.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (const plan::backend* const b : by_name) {
      if (names.empty() || names.back() != b->name) names.push_back(b->name);
      backend_at.put(b->id, names.size() - 1);
    }
  }
  std::vector<sum_of_traffic> entries(entry_points.size()), backends(names.size());
  std::vector<upstream::bad_row> rows(out.servers.size());
  client_network_estimate peers;
  std::vector<untrusted_peers::seen> untrusted;
  report r;
  for (const auto& w : workers) {
    r.clear();
    w->run_and_wait([&](worker& self) {
      for (std::size_t e = 0; e < self.entry_traffic.size(); ++e) r.add(static_cast<plan::dense_id>(e), self.entry_traffic[e]);
      peers.add(self.peers);
      untrusted.insert(untrusted.end(), self.untrusted.begin(), self.untrusted.end());
    });
    const auto each = [&](auto&& sum_of) {
      const traffic::series* series = r.series.data();
      const std::uint64_t* cells = r.cells.data();
      for (const report::of_backend& b : r.backends) sum_of(b.id).add(b, series, cells, bounds);
    };
    each([&](plan::dense_id e) -> sum_of_traffic& { return entries[e]; });
    sum_of_traffic nobody;
    for (std::size_t from = 0;; from += slice) {
      r.clear();
      w->run_and_wait([&](worker& self) { r.fill(self, from); });
      each([&](plan::dense_id id) -> sum_of_traffic& { return backend_at.of(id) == nowhere ? nobody : backends[backend_at.of(id)]; });
      for (const report::of_server& s : r.servers)
        if (const std::size_t at = server_at.of(s.id); at != nowhere) {
          add_up(out.servers[at], s);
          rows[at].add(s.answers);
        }
      if (!r.more) break;
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) out.servers[i].bad_in_a_row = rows[i].count();
  for (std::size_t e = 0; e < entries.size(); ++e) out.entry_points.push_back(std::move(entries[e]).finish(entry_points[e].name));
  out.backends.reserve(backends.size());
  for (std::size_t b = 0; b < backends.size(); ++b) out.backends.push_back(std::move(backends[b]).finish(std::string(names[b])));
  out.clients = peers.total;
  out.most_share = peers.share();
  out.most_network = io::text_of(peers.network);
  out.untrusted = added_up(untrusted, entry_points);
  out.kept = std::move(table);
  return out;
}

}  // namespace waggle::proxy
