// What a worker routes by: compiled once per publish, immutable, shared by all workers. It knows rules and addresses, not
// sockets. Runtime state (pools, positions, health) is found by the dense indexes and lives in the workers.
#pragma once

#include "middleware/chain.hpp"
#include "plan/backend.hpp"
#include "plan/tcp_service.hpp"
#include "plan/udp_service.hpp"
#include "routing/tcp_routes.hpp"
#include "routing/udp_routes.hpp"

#include <waggle/match/rule.hpp>
#include <waggle/model/middleware.hpp>
#include <waggle/model/router.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {

using plan::backend;
using plan::dense_id;
using plan::departed_server;
using plan::published_id;
using plan::server;

/// Answers with these statuses are replaced by a page of `to`.
struct error_page {
  std::vector<std::pair<unsigned, unsigned>> ranges;  ///< first and last status
  std::shared_ptr<const backend> to;
  std::string query;
  std::size_t number = 0;  ///< among the error pages of its router's list, those that are left out as well (middleware::chain::pages_from)
  bool operator==(const error_page&) const = default;
};

/// Those of a router, in its order.
using middlewares = std::vector<std::shared_ptr<const model::middleware>>;

struct frontend {
  std::string name;
  std::string label;  ///< model::identity_of: for the access log, where Traefik's own "frontend-" is left out
  std::size_t label_from = 0;
  std::vector<std::shared_ptr<const match::compiled_rule>> rules;  ///< all must match
  std::shared_ptr<const backend> to;
  bool pass_host_header = true;
  middleware::chain chain;
  std::vector<error_page> error_pages;
  std::int64_t priority = 0;  ///< effective: the label's, else the rule's length
  std::shared_ptr<const model::router> source;
  middlewares made_of;  ///< the chain and the error pages
};

/// Which frontends of an entry point may match a host; indexes into `ordered`, ascending.
struct host_index {
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_host;
  std::vector<std::uint32_t> any_host;  ///< those without a Host part
};

/// The frontends of one entry point, by priority (descending), then name.
struct entry_routes {
  std::vector<const frontend*> before_steps;  ///< model::router::before_entry_steps: a few, asked for every request
  std::vector<const frontend*> ordered;       ///< all others
  std::shared_ptr<const host_index> index;    ///< never null; shared by tables whose frontends ask for the same
};

/// TCP beside HTTP.
struct tcp_table {
  std::shared_ptr<const tcp_routes> routes = std::make_shared<const tcp_routes>();
  std::vector<std::shared_ptr<const plan::tcp_service>> services;
  std::vector<dense_id> departed_service_ids;  ///< in the table before, not in this one
  /// Of servers whose task is gone, though their service is there: nothing that is open to them has a future. Among the departed ones.
  std::vector<dense_id> gone_server_ids;
  struct leaving {
    dense_id server = 0;
    io::time_ms within = 0;  ///< its connections are ended in this time
  };
  std::vector<leaving> leaving_servers;  ///< since this table
};

struct udp_table {
  std::shared_ptr<const udp_routes> routes = std::make_shared<const udp_routes>();
  std::vector<std::shared_ptr<const plan::udp_service>> services;
  std::vector<dense_id> departed_service_ids;  ///< in the table before, not in this one
  /// Of servers that nobody names any more: their sessions move, or end. Among the departed ones.
  std::vector<dense_id> gone_server_ids;
  std::vector<dense_id> leaving_server_ids;  ///< since this table
};

struct route_hit {
  const frontend* to = nullptr;
  bool redirect_slash = false, with_slash = false;
};

class table {
 public:
  /// @param entry  index of the entry point in options. Cost: candidates of this host plus those without a host, in order.
  route_hit find(std::size_t entry, const match::request_view& request) const;

  /// Who takes a request before the steps of the entry point; null: they are next, and find(). Cost: a few rules.
  const frontend* find_before_steps(std::size_t entry, const match::request_view& request) const;

  std::uint64_t generation = 0;
  /// Traefik 1.7: a slash redirect that Path asked for before a later part of its rule failed is given to who matches next.
  bool keeps_redirects = false;
  bool complete = true;  ///< false: a provider has not been heard yet, so "no route" is only "not yet" (503, not 404)
  std::vector<std::shared_ptr<const frontend>> frontends;
  std::vector<std::shared_ptr<const backend>> backends;
  std::size_t tenants = 0;  ///< backends that share connections: all but waggle's own
  std::vector<entry_routes> entries;
  tcp_table tcp;
  udp_table udp;
  std::vector<dense_id> departed_server_ids;  ///< in the table before, not in this one
  std::vector<dense_id> departed_backend_ids;
};

}  // namespace waggle::proxy::routing
