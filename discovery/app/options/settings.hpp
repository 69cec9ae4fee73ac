// Everything that flags, environment and TOML can say, as plain values. It decides nothing: resolve.hpp turns
// it into what the components are told.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/proxy/access_log.hpp>
#include <waggle/proxy/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::app {

using std::chrono::milliseconds;

struct docker_settings {
  bool enabled = false, swarm_mode = false, watch = true;
  std::string endpoint = "unix:///var/run/docker.sock";
  std::string network, domain;
  bool exposed_by_default = true;
  milliseconds poll_interval{1'000};
  unsigned refresh_seconds = 15;
  std::vector<std::string> constraints;
  std::string tls_ca, tls_cert, tls_key;
  bool tls_insecure_skip_verify = false;
  bool use_bind_port_ip = false;
};

struct file_settings {
  bool enabled = false, watch = true;
  std::string filename;
  bool among_options = false;  ///< the file is the configuration file itself ([file] without a name)
};

struct api_settings {
  bool enabled = false, dashboard = true;
  std::string entry_point = "traefik";
  std::vector<std::string> hosts;  ///< names by which it may be asked
};

struct ping_settings {
  bool enabled = false;
  std::string entry_point = "traefik";
};

/// Traefik 1's deprecated bundle of API and ping.
struct web_settings {
  bool enabled = false, read_only = false;
  std::string address = ":8080";
  bool metrics = false;
  std::optional<model::auth> auth;
};

struct log_settings {
  std::optional<base::log_level> level;  ///< none given: error, or debug with --debug
  bool debug = false;
  std::string file;  ///< empty: standard output
  base::log_format format = base::log_format::text;
};

struct access_log_settings {
  bool enabled = false;
  std::string file;  ///< empty: standard output
  proxy::access_log_options how;
};

struct metrics_settings {
  bool enabled = false, prometheus = false;
  std::vector<double> buckets;  ///< none given: waggle's own (resolve.cpp)
  std::string entry_point = "traefik";
};

/// None given: waggle's own default (proxy::timeouts). Zero: no limit, or the default where there always is one.
struct timeout_settings {
  std::optional<milliseconds> read, write, idle, dial, response_header;
};

struct stop_settings {
  milliseconds drain_delay{0};        ///< keep accepting for so long after readiness went false
  std::optional<milliseconds> grace;  ///< then finish for so long; none given: 8 s less the drain delay
};

struct sticky_settings {
  bool opaque = false;
  std::string key_file;
};

struct settings {
  docker_settings docker;
  file_settings file;
  api_settings api;
  ping_settings ping;
  web_settings web;
  log_settings log;
  access_log_settings access;
  metrics_settings metrics;
  timeout_settings timeouts;
  stop_settings stop;
  sticky_settings sticky;
  std::vector<std::string> constraints;           ///< of every provider
  std::vector<proxy::entry_point> entry_points;   ///< none given: http on :80; of equal names the last counts
  std::vector<std::string> default_entry_points;  ///< none given: http
  unsigned workers = 0;                           ///< 0: as many as the process may use CPUs
  struct {
    std::uint64_t body_bytes = std::uint64_t{1} << 30;  ///< of one, where no label says otherwise
    std::uint64_t disk_bytes = 0;                       ///< of all; 0: computed
  } buffering;
  unsigned idle_per_server = 0;                                                 ///< --maxidleconnsperhost; 0: waggle's own default
  unsigned request_head_bytes = 0, request_fields = 0, request_line_bytes = 0;  ///< 0: waggle's own defaults
  unsigned answer_head_bytes = 0, answer_head_fields = 0;                       ///< 0: waggle's own defaults
  bool compat_traefik1 = false;
  bool keep_trailing_slash = false;
  milliseconds health_interval{0};  ///< 0: waggle's own default
  bool allow_zero_weight = false;
  bool retry = false;           ///< --retry: the log tells the number of tries
  unsigned retry_attempts = 0;  ///< 0: as many as waggle makes anyway
  bool store = false;           ///< a key-value store is named (--consul, --etcd), which is not read
  std::string config_file;      ///< as given by --configfile
};

}  // namespace waggle::app
