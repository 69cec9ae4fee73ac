// The proxy's facade: start it, hand it configurations, read its figures, end it. It knows nothing of Docker.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/model/router_key.hpp>
#include <waggle/proxy/explain.hpp>
#include <waggle/proxy/figures.hpp>
#include <waggle/proxy/layer4_figures.hpp>
#include <waggle/proxy/options.hpp>
#include <waggle/proxy/stats.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy {

/// A router that the proxy cannot serve, and why (bad rule, unknown service, …).
struct skipped_router {
  std::string provider;
  model::router_key router;
  std::string reason;
  std::string identity{};  ///< model::identity_of
};

/// Told when a server refused, reset or did not answer a connection, or when a sticky cookie names a server that is not
/// known (then without an id): "look at the swarm now". Called on a worker thread,
/// rate-limited to ten a second for each worker; must not block.
using endpoint_failure_handler = std::function<void(const std::string& server_id, const std::string& reason)>;

class server {
 public:
  server(options opts, base::logger& log, endpoint_failure_handler on_failure = {});
  ~server();  ///< ends at once what drain() left
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Who takes the access log's lines; before start(), and outlives the server. Without one there is no access log.
  void set_access_sink(access_sink& sink);

  /// What start() would say of the entry points, without binding any.
  static base::text_result<void> check(const options& opts, base::logger& log);
  /// What publish() would return, without a server.
  static std::vector<skipped_router> try_out(const options& opts, const std::vector<model::provider_configuration>& providers, base::logger& log);

  /// Binds every entry point and starts the workers. Until the first publish() every request gets 503 with Retry-After.
  /// @return the reason, with entry point and address, if one cannot be bound.
  base::text_result<void> start();

  /// Replaces what is served. Compiles on the caller's thread (only what changed), then hands the table to the workers;
  /// running exchanges finish on the table they began with. A provider whose config is null has not been heard yet: what no
  /// route matches is answered 503 until it has. Thread: one caller at a time.
  /// @return what could not be wired.
  std::vector<skipped_router> publish(const std::vector<model::provider_configuration>& providers);

  /// Has every worker taken a table into use that every provider is in? Once true it stays so. Thread: any, after start().
  bool is_routing() const noexcept;

  /// Stops accepting but at the API's entry point, where the API alone answers who comes now; says `Connection: close` on every answer,
  /// lets exchanges with services finish. Returns when none is left or at the deadline, true if nothing was cut. Thread: any.
  bool drain(std::chrono::milliseconds deadline);

  /// Totals since start, added up over workers. Thread: any; cost O(workers).
  stats read_totals() const;

  /// Which route would take a request, and why the others would not. Thread: any.
  request_explanation explain(const request_question& asked) const;

  /// Traffic by entry point, backend and server, in the table's order. Thread: any; cost O(servers).
  figures read_figures() const;

  /// The same of TCP services. Thread: any; cost O(servers), and what the wishes say.
  layer4_figures read_layer4(const layer4_wishes& wishes = {}) const;
  /// Connections that are open below HTTP and have their server, by worker and server. @param service  key ("docker/pg"); empty: of all.
  /// @param most  so many at most. Thread: any; cost O(open connections), 1,000 in a turn of a worker's loop.
  std::vector<layer4_connection> list_layer4(std::string_view service, std::size_t most) const;

  /// Bound address of an entry point ("127.0.0.1:40123"), after start(): tests bind port 0.
  std::string bound_address(const std::string& entry_point) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::proxy
