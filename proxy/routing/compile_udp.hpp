// udp configurations → the table's part for UDP. What did not change is kept, by value.
#pragma once

#include "routing/layer4_services.hpp"
#include "routing/table.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/base/result.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/proxy/options.hpp>
#include <waggle/proxy/server.hpp>

#include <memory>
#include <string>
#include <vector>

namespace waggle::proxy::routing {

struct udp_kind {
  using Model = model::udp_service;
  using Plan = plan::udp_service;
  static constexpr const char* protocol = "udp";
  static const model::parts<Model>& list(const model::configuration& c) noexcept { return c.udp.services; }
  static base::text_result<void> finish(Plan& out, const Model& from);
};

/// Owns what it made last, and what outlives publishes. Not thread-safe; one caller.
class udp_compiler {
 public:
  /// @param servers  numbers that HTTP's servers have as well: workers keep all in one list.
  udp_compiler(const options& opts, numbers& servers) : options_(opts), services_(opts, servers) {}

  /// The UDP part of `to`, with its departed servers added to those that are there.
  /// @param skipped  gets the routers that cannot be served.
  void compile(const std::vector<model::provider_configuration>& providers, base::mono_time now, table& to, std::vector<skipped_router>& skipped);

 private:
  void make_routes(const std::vector<model::provider_configuration>& providers);
  /// Gives the router the entry points that it names, or says why it cannot have them.
  base::text_result<void> take_entry_points(udp_routes& out, const model::udp_router& r) const;

  const options& options_;
  layer4_services<udp_kind> services_;
  std::vector<model::provider_configuration> made_of_;  ///< what all this was made of
  std::shared_ptr<const udp_routes> routes_ = std::make_shared<const udp_routes>();
  std::vector<skipped_router> skipped_;
};

}  // namespace waggle::proxy::routing
