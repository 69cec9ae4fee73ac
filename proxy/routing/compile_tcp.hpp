// tcp configurations → the table's part for TCP. What did not change is kept, by value; a service whose servers changed costs itself
// and a pointer for each other one.
#pragma once

#include "routing/layer4_services.hpp"
#include "routing/table.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/base/result.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/proxy/options.hpp>
#include <waggle/proxy/server.hpp>

#include <memory>
#include <vector>

namespace waggle::proxy::routing {

struct tcp_kind {
  using Model = model::tcp_service;
  using Plan = plan::tcp_service;
  static constexpr const char* protocol = "tcp";
  static const model::parts<Model>& list(const model::configuration& c) noexcept { return c.tcp.services; }
  static base::text_result<void> finish(Plan& out, const Model& from);
};

/// Owns what it made last, and what outlives publishes. Not thread-safe; one caller.
class tcp_compiler {
 public:
  /// @param servers  numbers that HTTP's servers have as well: workers keep all in one list.
  tcp_compiler(const options& opts, numbers& servers) : options_(opts), services_(opts, servers) {}

  /// The TCP part of `to`, with its departed servers added to those that are there.
  /// @param skipped  gets the routers that cannot be served.
  void compile(const std::vector<model::provider_configuration>& providers, base::mono_time now, table& to, std::vector<skipped_router>& skipped);

 private:
  void make_routes(const std::vector<model::provider_configuration>& providers);
  bool on_our_entry_points(const model::tcp_router& r) const;

  const options& options_;
  layer4_services<tcp_kind> services_;
  std::vector<model::provider_configuration> made_of_;  ///< what all this was made of
  std::shared_ptr<const tcp_routes> routes_ = std::make_shared<const tcp_routes>();
  std::vector<skipped_router> skipped_;
};

}  // namespace waggle::proxy::routing
