// What a worker routes by: compiled once per publish, immutable, shared by all workers. It knows rules and addresses, not
// sockets. Runtime state (pools, positions, health) is found by the dense indexes and lives in the workers.
#pragma once

#include "health/state.hpp"
#include "io/address.hpp"
#include "io/timer_wheel.hpp"
#include "middleware/chain.hpp"

#include <waggle/match/rule.hpp>
#include <waggle/model/configuration.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {

/// Dense number of a server or backend: an index into a worker's state; reused only after every worker has been told that
/// its holder left.
using dense_id = std::uint32_t;

struct server {
  dense_id id = 0;
  base::shared_text key;  ///< model::server::id, and the scheme unless it is http
  base::shared_text name, url;
  std::string host_header;  ///< "10.0.0.5:8000", for passHostHeader=false
  io::socket_address address;
  unsigned weight = 1;
  model::origin origin;
  std::string slot;           ///< affinity::slot_of: shared with who takes its place; empty: nobody will
  std::string opaque;         ///< its value in an opaque cookie; empty: none is made
  std::uint64_t arrival = 0;  ///< grows with each server that joins its backend
  std::shared_ptr<health::state> health;  ///< null: not checked
  io::time_ms joined_at = 0;  ///< when it joined a backend that was served before; 0: it was there from the start
  /// Not known to be down.
  bool up() const noexcept { return !health || !health->down(); }
  /// May get requests of its own; a task that joined a running service only after its first good check.
  bool proven() const noexcept { return !health || health->up(); }
};

/// A server that left, for cookies that still name it.
struct leaver {
  std::string url, slot, opaque;
  int successor = -1;  ///< index of who has its slot now; -1: not up yet, or never
};

struct backend {
  dense_id id = 0;
  std::string key;  ///< "provider/name"
  std::string name;
  std::vector<server> servers;
  unsigned weight_max = 1, weight_gcd = 1;  ///< of the servers' weights
  bool dynamic = false;  ///< method drr
  bool sticky = false;
  std::string cookie_name;
  std::string cookie_attributes;  ///< "; Path=/; HttpOnly…"
  bool opaque = false;            ///< new cookies hold server::opaque, not the URL
  std::vector<leaver> leavers;    ///< sorted by URL; none of them is the URL of a current server
  std::chrono::milliseconds hold{0};  ///< how long a request may wait for a server
  model::server_timeouts timeouts;    ///< what no label says is as for all; zero: none
  bool abort_on_close = true;         ///< a request whose client has left is given up
  io::time_ms slow_start = 0;         ///< how long a newcomer's share grows; 0: not at all
  std::unordered_map<std::string_view, std::uint32_t> by_url, by_opaque;  ///< keys view into `servers`; filled above 16 servers
  std::shared_ptr<const model::backend> source;

  /// Index of the server with exactly this URL, -1 if none. Cost: O(1) or a scan of at most 16.
  int find_url(std::string_view url) const noexcept;
  /// Who left with this URL, or null.
  const leaver* find_leaver(std::string_view url) const noexcept;
  /// Index of the longest-serving current server of this slot, -1 if none.
  int find_slot(std::string_view slot) const noexcept;
  std::string_view cookie_value(const server& s) const noexcept { return opaque ? std::string_view(s.opaque) : s.url.view(); }
  /// Fewer servers than the swarm wants: more are on their way.
  bool expects_more() const noexcept { return servers.size() < source->replicas; }
};

/// Answers with these statuses are replaced by a page of `to`.
struct error_page {
  std::vector<std::pair<unsigned, unsigned>> ranges;  ///< first and last status
  std::shared_ptr<const backend> to;
  std::string query;
  bool operator==(const error_page&) const = default;
};

struct frontend {
  std::string name;
  std::string label;         ///< model::identity_of: for the access log, where Traefik's own "frontend-" is left out
  std::size_t label_from = 0;
  std::vector<std::shared_ptr<const match::compiled_rule>> rules;  ///< all must match
  std::shared_ptr<const backend> to;
  bool pass_host_header = true;
  middleware::chain chain;
  std::vector<error_page> error_pages;
  std::int64_t priority = 0;  ///< effective: the label's, else the rule's length
  std::shared_ptr<const model::frontend> source;
};

/// model::server::id of a key.
inline std::string published_id(std::string_view key) {
  for (const std::string_view scheme : {"|https", "|h2c"})
    if (key.ends_with(scheme)) return std::string(key.substr(0, key.size() - scheme.size()));
  return std::string(key);
}

/// Which frontends of an entry point may match a host; indexes into `ordered`, ascending.
struct host_index {
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_host;
  std::vector<std::uint32_t> any_host;  ///< those without a Host part
};

/// The frontends of one entry point, by priority (descending), then name.
struct entry_routes {
  std::vector<const frontend*> ordered;
  std::shared_ptr<const host_index> index;  ///< never null; shared by tables whose frontends ask for the same
};

struct route_hit {
  const frontend* to = nullptr;
  bool redirect_slash = false, with_slash = false;
};

class table {
 public:
  /// @param entry  index of the entry point in options. Cost: candidates of this host plus those without a host, in order.
  route_hit find(std::size_t entry, const match::request_view& request) const;

  std::uint64_t generation = 0;
  /// Traefik 1.7: a slash redirect that Path asked for before a later part of its rule failed is given to who matches next.
  bool keeps_redirects = false;
  bool complete = true;  ///< false: a provider has not been heard yet, so "no route" is only "not yet" (503, not 404)
  std::vector<std::shared_ptr<const frontend>> frontends;
  std::vector<std::shared_ptr<const backend>> backends;
  std::vector<entry_routes> entries;
  std::vector<dense_id> departed_servers;   ///< in the table before, not in this one
  std::vector<dense_id> departed_backends;
};

}  // namespace waggle::proxy::routing
