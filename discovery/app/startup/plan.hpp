// What each component is told at the start.
#pragma once

#include "startup/internal_kind.hpp"

#include <waggle/base/log.hpp>
#include <waggle/discovery/file_provider.hpp>
#include <waggle/discovery/options.hpp>
#include <waggle/proxy/options.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace waggle::app {

/// What is served for operators on an entry point.
struct internal_part {
  internal_kind what = internal_kind::api;
  std::string entry_point;
};

struct log_plan {
  base::log_level level = base::log_level::error;
  base::log_format format = base::log_format::text;
  std::string file;  ///< empty: standard output
};

struct access_log_plan {
  std::string file;  ///< empty: standard output
};

struct startup_plan {
  bool docker = true;  ///< false: there is no swarm to discover
  discovery::options discovery;
  std::optional<discovery::file_options> file;
  proxy::options proxy;
  std::vector<std::string> api_hosts;   ///< names by which the API may be asked
  std::vector<internal_part> internal;  ///< API, ping, metrics, each where it is served
  bool api = false;                     ///< the API is served, not only /ping
  bool metrics = false;                 ///< … and /metrics
  bool dashboard = false;               ///< … and /dashboard/
  log_plan log;
  std::optional<access_log_plan> access_log;  ///< how lines look is in proxy::options
  std::string sticky_key_file;                ///< empty: none
  std::chrono::milliseconds drain_delay{0}, grace{8'000};
  std::vector<std::string> warnings;
};

/// The entry point that is there for API, ping or metrics (proxy::entry_point::operators); null: none is, or services have it, too.
inline const proxy::entry_point* find_operators(const startup_plan& plan) noexcept {
  for (const proxy::entry_point& e : plan.proxy.entry_points)
    if (e.operators) return &e;
  return nullptr;
}

}  // namespace waggle::app
