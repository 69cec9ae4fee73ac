// What one worker remembers of servers and backends between requests, by their dense numbers: endpoints, balancers, retry budgets,
// figures, requests that wait. A number's holder changes with the table; whoever comes later begins anew. Thread: the worker's.
#pragma once

#include "balance/registry.hpp"
#include "io/lease.hpp"
#include "io/loop.hpp"
#include "plan/backend.hpp"
#include "routing/table.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/retry_budget.hpp"
#include "worker/failure_log.hpp"
#include "worker/layer4_traffic.hpp"
#include "worker/server_queues.hpp"
#include "worker/unknown_servers.hpp"
#include "worker/traffic.hpp"

#include <vector>

namespace waggle::proxy {

class registry {
 public:
  registry(io::loop& l, unsigned worker) noexcept : loop_(l), worker_(worker) {}
  ~registry();
  registry(const registry&) = delete;

  /// @param current  the server is of the current table. Only that one may register a server under its number; an exchange that began on an
  /// older one gets a departed endpoint without a pool, valid until the end of this batch or as long as it is retained.
  upstream::endpoint& endpoint_of(const plan::server& s, bool current);
  balance::balancer& balancer_of(const plan::backend& b);
  upstream::retry_budget& budget_of(const plan::backend& b) { return at(budgets_, b.id); }
  failure_log& failures_of(const plan::backend& b) { return at(failures_, b.id); }
  /// For balancers that learn from answers.
  void note_response(const plan::backend& b, int server, unsigned status);
  /// Where requests for this backend are counted, from now to the lease's end; none if the number is another's by now (an exchange on an
  /// old table).
  traffic_lease begin_traffic(const plan::backend& b, traffic_kind kind);
  // Below HTTP.
  /// As endpoint_of, with what is known of a TCP server.
  upstream::endpoint& endpoint_of(const plan::layer4_server& s, bool current);
  /// Null: the number is another's by now.
  io::lease<layer4_traffic> traffic_of(const plan::tcp_service& s) { return traffic_in(tcp_traffic, s); }
  io::lease<layer4_traffic> traffic_of(const plan::udp_service& s) { return traffic_in(udp_traffic, s); }
  /// The connections of servers that are gone, or that leave: they are told.
  void tell_connections(const routing::tcp_table& next);
  /// Of servers that are gone, or that leave: their sessions look at it.
  void mark_servers(const routing::udp_table& next) noexcept;

  /// Forgets what has left with this table.
  void depart(const routing::table& next);
  void close_idle_connections() noexcept;

  server_queues held;
  queues_for<plan::tcp_service> held_tcp;
  unknown_servers unknown;
  std::vector<upstream::endpoint*> endpoints;          ///< null: not used yet. One use of each is the registry's
  std::vector<io::lease<backend_traffic>> traffic;     ///< null: no request yet
  std::vector<io::lease<layer4_traffic>> tcp_traffic;  ///< null: no connection yet
  std::vector<io::lease<layer4_traffic>> udp_traffic;  ///< null: no datagram yet

 private:
  template <class T>
  static T& at(std::vector<T>& all, plan::dense_id id) {
    if (id >= all.size()) all.resize(id + 1);
    return all[id];
  }
  static io::lease<layer4_traffic> traffic_in(std::vector<io::lease<layer4_traffic>>& all, const plan::layer4_service& s);
  upstream::layer4_state* layer4_of(plan::dense_id server) const noexcept;
  io::loop& loop_;
  const unsigned worker_;
  std::vector<balance::balancer> balancers_;
  std::vector<upstream::retry_budget> budgets_;
  std::vector<failure_log> failures_;
};

}  // namespace waggle::proxy
