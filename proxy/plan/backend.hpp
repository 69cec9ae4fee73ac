// Servers and backends as one publish left them: immutable values that the table, the balancers, sticky cookies and the
// connections to servers share. What changes meanwhile hangs on the dense numbers and lives in the workers.
#pragma once

#include "io/address.hpp"
#include "io/timer_wheel.hpp"
#include "plan/server_health.hpp"

#include <waggle/base/shared_text.hpp>
#include <waggle/model/service/load_balancer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::proxy::plan {

/// Dense number of a server or backend: an index into a worker's state; reused only after every worker has been told that
/// its holder left.
using dense_id = std::uint32_t;

struct server {
  dense_id id = 0;
  base::shared_text key;  ///< model::server::id, and the scheme unless it is http
  base::shared_text name, url;
  std::string host_header;  ///< "10.0.0.5:8000", for passHostHeader=false, and for people
  io::socket_address address;
  unsigned weight = 1;
  model::origin origin;
  std::string slot;                       ///< affinity::slot_of: shared with who takes its place; empty: nobody will
  std::string opaque;                     ///< its value in an opaque cookie; empty: none is made
  std::uint64_t arrival = 0;              ///< grows with each server that joins its backend
  std::shared_ptr<server_health> health;  ///< null: not checked
  bool internal = false;                  ///< of this process: it has no address
  io::time_ms joined_at = 0;              ///< when it joined a backend that was served before; 0: it was there from the start
  /// Not known to be down.
  bool up() const noexcept { return !health || !health->down(); }
  /// May get requests of its own; a task that joined a running service only after its first good check.
  bool proven() const noexcept { return !health || health->up(); }
};

/// A server that left, for cookies that still name it.
struct departed_server {
  std::string url, slot, opaque;
  int successor = -1;  ///< index of who has its slot now; -1: not up yet, or never
};

struct backend {
  dense_id id = 0;
  std::string key;  ///< "provider/name"
  std::string name;
  std::vector<server> servers;
  unsigned weight_max = 1, weight_gcd = 1;  ///< of the servers' weights
  model::balance_policy balance = model::balance_policy::weighted_round_robin;
  model::affinity_policy affinity = model::affinity_policy::none;
  std::string cookie_name;
  std::string cookie_attributes;                                          ///< "; Path=/; HttpOnly…"
  bool opaque = false;                                                    ///< new cookies hold server::opaque, not the URL
  std::vector<departed_server> departed;                                  ///< sorted by URL; none of them is the URL of a current server
  std::chrono::milliseconds hold{0};                                      ///< how long a request may wait for a server
  model::server_timeouts timeouts;                                        ///< what no label says is as for all; zero: none
  bool abort_on_close = true;                                             ///< a request whose client has left is given up
  io::time_ms slow_start = 0;                                             ///< how long a newcomer's share grows; 0: not at all
  std::unordered_map<std::string_view, std::uint32_t> by_url, by_opaque;  ///< keys view into `servers`; filled above 16 servers
  std::shared_ptr<const model::load_balancer> source;                     ///< a part of its service

  /// Index of the server with exactly this URL, -1 if none. Cost: O(1) or a scan of at most 16.
  int find_url(std::string_view url) const noexcept;
  /// Who left with this URL, or null.
  const departed_server* find_departed(std::string_view url) const noexcept;
  /// Index of the longest-serving current server of this slot, -1 if none.
  int find_slot(std::string_view slot) const noexcept;
  std::string_view cookie_value(const server& s) const noexcept { return opaque ? std::string_view(s.opaque) : s.url.view(); }
  /// Served by this process itself: no tenant's.
  bool internal() const noexcept { return !servers.empty() && servers.front().internal; }
  bool sticky() const noexcept { return affinity != model::affinity_policy::none; }
  /// Fewer servers than the swarm wants: more are on their way.
  bool expects_more() const noexcept { return servers.size() < source->replicas; }
};

/// model::server::id of a key.
inline std::string published_id(std::string_view key) {
  for (const std::string_view scheme : {"|https", "|h2c", "|tcp", "|udp"})
    if (key.ends_with(scheme)) return std::string(key.substr(0, key.size() - scheme.size()));
  return std::string(key);
}

}  // namespace waggle::proxy::plan
