// Where the admin views read from. Functions, so that views are tested without a proxy or a swarm.
#pragma once

#include "admin/health_figures.hpp"
#include "admin/layer4_rates.hpp"
#include "admin/server_labels.hpp"
#include "admin/shared_documents.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/discovery/status.hpp>
#include <waggle/discovery/swarm_view.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>
#include <waggle/proxy/explain.hpp>
#include <waggle/proxy/figures.hpp>
#include <waggle/proxy/layer4_figures.hpp>
#include <waggle/proxy/stats.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app::admin {

/// Configurations that were handed to the proxy.
struct reload_figures {
  std::uint64_t count = 0, failures = 0;
  double last_success = 0, last_failure = 0;  ///< Unix time; 0: never
  double last_took = 0, took_together = 0;    ///< seconds to compile and hand over
};

/// One of the last changes, numbered from 0 on.
struct numbered_change {
  std::uint64_t number = 0;
  double at = 0;  ///< Unix time
  discovery::change_view change;
};

/// Why GET /ready says 503; empty: it says 200.
struct sources;
std::string unready(const sources& from);

class live_report;

/// All are called on the admin thread, most on the main thread as well, and must be safe there. None that the served paths need is empty.
struct sources {
  bool api = true;         ///< false: only /ping
  bool metrics = false;    ///< /metrics is served
  bool dashboard = false;  ///< /dashboard/ is served
  /// May a request name this host (known_hosts.hpp)? Empty: any.
  std::function<bool(std::string_view)> knows_host;
  bool docker = true;  ///< false: there is no discovery whose status could be told
  base::mono_time started{};
  std::function<bool()> ready;  ///< false from SIGTERM on
  /// What has to come before requests can be routed, in words; empty: nothing, and so it stays. May be no function: nothing.
  std::function<std::string()> awaited;
  std::function<std::vector<model::provider_configuration>()> providers;  ///< those that delivered, in order
  std::function<proxy::stats()> stats;
  std::function<discovery::status()> status;
  std::function<std::shared_ptr<const model::verdict_list>()> verdicts;
  /// How many services are in which condition (condition_watch.hpp); none: not known yet. May be no function.
  std::function<std::optional<std::array<std::uint64_t, 5>>()> conditions;
  std::function<discovery::swarm_view()> swarm;  ///< may be empty: no tasks are known
  std::function<proxy::request_explanation(const proxy::request_question&)> explain;
  std::function<std::vector<numbered_change>()> changes;  ///< the last ones, oldest first
  std::function<reload_figures()> reloads;
  std::function<proxy::figures()> figures;
  /// Of TCP and UDP services. May be no functions: there are none.
  std::function<proxy::layer4_figures(const proxy::layer4_wishes&)> layer4;
  std::function<std::vector<proxy::layer4_connection>(std::string_view service, std::size_t most)> layer4_connections;
  std::shared_ptr<admin::layer4_rates> layer4_rates = std::make_shared<admin::layer4_rates>(base::now());
  std::vector<double> duration_bounds;  ///< of the figures' histograms, in seconds
  std::function<std::uint64_t()> log_lines_lost, access_lines_lost;
  std::shared_ptr<status_rates> rates = std::make_shared<status_rates>();
  std::function<base::mono_time()> now = &base::now;
  /// What all viewers of the dashboard look at; gone while there are none.
  std::shared_ptr<std::weak_ptr<live_report>> watched = std::make_shared<std::weak_ptr<live_report>>();
  std::shared_ptr<shared_documents> documents = std::make_shared<shared_documents>();
  std::shared_ptr<kept_labels> labels = std::make_shared<kept_labels>();  ///< of the figures' servers
};

}  // namespace waggle::app::admin
