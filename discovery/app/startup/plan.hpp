// What each component is told at the start.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/discovery/file_provider.hpp>
#include <waggle/discovery/options.hpp>
#include <waggle/proxy/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::app {

/// The entry point of API and ping.
struct admin_entry_point {
  std::string name, address;
  // For frontends that are served there as well:
  proxy::trust forwarded_headers{};
  std::optional<model::redirect> redirect{};
  bool strict_paths = false;
  // For these and for the API itself:
  std::optional<model::white_list> white_list{};
  std::optional<model::auth> auth{};
};

/// What is served for operators.
enum class internal_kind : std::uint8_t { api, ping, metrics };

/// One of them on an entry point that serves traffic.
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
  std::optional<admin_entry_point> admin;
  std::vector<std::string> api_hosts;   ///< names by which the API may be asked
  std::vector<internal_part> internal;  ///< beside the services, on entry points that serve traffic
  bool api = false;                     ///< the admin entry point serves the API, not only /ping
  bool metrics = false;                 ///< … and /metrics
  bool dashboard = false;               ///< … and /dashboard/
  log_plan log;
  std::optional<access_log_plan> access_log;  ///< how lines look is in proxy::options
  std::string sticky_key_file;                ///< empty: none
  std::chrono::milliseconds drain_delay{0}, grace{8'000};
  std::vector<std::string> warnings;
};

}  // namespace waggle::app
