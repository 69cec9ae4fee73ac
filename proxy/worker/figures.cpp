#include "worker/figures.hpp"

#include "worker/worker.hpp"

#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

namespace waggle::proxy {
namespace {

/// Adds up one name's traffic over workers.
class sum_of_traffic {
 public:
  void add(const traffic& from, std::size_t bounds) {
    for (const traffic::series& s : from.all) {
      answer_series& to = answers_[{s.status, s.kind.method, s.kind.protocol}];
      to.count += s.count;
      to.seconds += static_cast<double>(s.took_ms) / 1000;
      to.within.resize(bounds);
      std::uint64_t below = 0;
      for (std::size_t i = 0; i < bounds; ++i) to.within[i] += below += from.cells[s.cells + i];
    }
    for (std::size_t m = 0; m < method_names.size(); ++m)
      for (std::size_t p = 0; p < protocol_names.size(); ++p)
        if (from.open[m][p] != 0) open_[{m, p}] += from.open[m][p];
    retries_ += from.retries;
    longest_ms_ = std::max(longest_ms_, from.longest_stream_ms);
  }

  traffic_figures finish(std::string name) && {
    traffic_figures out;
    out.name = std::move(name);
    for (auto& [key, s] : answers_) {
      std::tie(s.status, std::ignore, std::ignore) = key;
      s.method = method_names[std::get<1>(key)];
      s.protocol = protocol_names[std::get<2>(key)];
      // A kind that was open once is shown as 0, not left out.
      open_.try_emplace({std::get<1>(key), std::get<2>(key)}, 0);
      out.answers.push_back(std::move(s));
    }
    for (const auto& [kind, n] : open_) out.open.push_back({method_names[kind.first], protocol_names[kind.second], n});
    out.retries = retries_;
    out.longest_stream_seconds = static_cast<double>(longest_ms_) / 1000;
    return out;
  }

 private:
  std::map<std::tuple<unsigned, std::size_t, std::size_t>, answer_series> answers_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> open_;
  std::uint64_t retries_ = 0, longest_ms_ = 0;
};

/// What one worker says; copied on its thread, added up elsewhere.
struct report {
  std::vector<traffic> entries;
  std::vector<backend_traffic> backends;
  struct of_server {
    routing::dense_id id;
    std::uint64_t requests, errors, failures, active, idle, connects, connect_failures, bytes_in, bytes_out, took_ms;
    bool held;
    const char* trouble;
    io::time_ms trouble_age;
  };
  peer_vote peers;
  std::vector<of_server> servers;
};

/// @param out  with room for what is to come: requests wait while a worker does this.
void fill(report& out, worker& w) {
  out.entries = w.entry_traffic;
  for (const backend_traffic* const t : w.backends)
    if (t) out.backends.push_back(*t);
  for (const upstream::endpoint* const e : w.endpoints)
    if (e)
      out.servers.push_back({e->id, e->requests, e->errors, e->failures, e->active, e->idle_count(), e->connects,
                             e->connect_failures, e->bytes_in, e->bytes_out, e->took_ms, !e->usable(w.loop.now()), e->trouble,
                             w.loop.now() - e->trouble_at});
  out.peers = w.peers;
}

}  // namespace

figures collect_figures(const std::vector<std::unique_ptr<worker>>& workers, const routing::table* table,
                        const std::vector<entry_settings>& entry_points, std::size_t bounds) {
  figures out;
  std::vector<sum_of_traffic> entries(entry_points.size());
  std::map<std::string, sum_of_traffic> backends;
  std::unordered_map<routing::dense_id, std::size_t> place;  // in out.servers
  if (table)
    for (const auto& b : table->backends) {
      backends.try_emplace(b->name);
      const base::shared_text name(b->name);
      for (const routing::server& s : b->servers) {
        place.emplace(s.id, out.servers.size());
        server_figures f;
        f.backend = name;
        f.name = s.name;
        f.url = s.url;
        f.origin = s.origin;
        f.weight = s.weight;
        f.up = s.up();
        out.servers.push_back(std::move(f));
      }
    }
  peer_vote peers;
  for (const auto& w : workers) {
    report r;
    r.servers.reserve(out.servers.size() + 64);
    r.backends.reserve(backends.size() + 64);
    w->run_and_wait([&](worker& self) { fill(r, self); });
    peers.add(r.peers);
    for (std::size_t e = 0; e < entries.size() && e < r.entries.size(); ++e) entries[e].add(r.entries[e], bounds);
    for (const backend_traffic& t : r.backends)
      if (const auto at = backends.find(t.name); at != backends.end()) at->second.add(t, bounds);
    for (const report::of_server& s : r.servers) {
      const auto at = place.find(s.id);
      if (at == place.end()) continue;
      server_figures& f = out.servers[at->second];
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
      f.held = f.held || s.held;
      const double age = static_cast<double>(s.trouble_age) / 1000;
      if (s.trouble != nullptr && (f.trouble.empty() || age < f.trouble_age)) {
        f.trouble = s.trouble;
        f.trouble_age = age;
      }
    }
  }
  for (std::size_t e = 0; e < entries.size(); ++e) out.entry_points.push_back(std::move(entries[e]).finish(entry_points[e].name));
  out.clients = peers.total;
  out.most_share = peers.share();
  out.most_network = io::text_of(peers.network);
  for (auto& [name, sum] : backends) out.backends.push_back(std::move(sum).finish(name));
  return out;
}

}  // namespace waggle::proxy
