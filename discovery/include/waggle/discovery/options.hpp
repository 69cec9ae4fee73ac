// What discovery is told once, at start. Plain values, already validated by the app.
#pragma once

#include <waggle/model/protocol.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace waggle::discovery {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct tls_options {
  std::string ca, cert, key;  ///< PEM files
  bool insecure_skip_verify = false;
};

/// An entry point, as far as routes depend on it.
struct entry_point_facts {
  std::string name;
  model::protocol protocol = model::protocol::http;
  std::uint16_t port = 0;    ///< 0: not known
  bool one_address = false;  ///< it listens at one address, not at all that this machine has
  bool operator==(const entry_point_facts&) const = default;
};

struct options {
  std::string endpoint = "unix:///var/run/docker.sock";  ///< unix://PATH or tcp://HOST:PORT
  tls_options tls;
  bool swarm_mode = true;  ///< false: the containers of this Engine, without a swarm
  bool watch = true;
  std::string domain;
  bool exposed_by_default = true;
  std::string network;                                   ///< --docker.network
  std::vector<std::string> constraints;                  ///< tag==GLOB, tag!=GLOB
  milliseconds poll_interval{1'000};                     ///< base interval between full looks
  seconds refresh{15};                                   ///< swarmModeRefreshSeconds: longest time between full looks
  std::vector<std::string> entry_points;                 ///< names of HTTP's that exist, for checking labels
  std::vector<entry_point_facts> layer4_entry_points{};  ///< those of TCP and UDP
  std::vector<std::string> default_entry_points{"http"};
  std::vector<std::string> clear_entry_points;  ///< without TLS, though their names or ports promise it
  bool use_bind_port_ip = false;  ///< --docker.usebindportip: containers by their published ports; in Swarm mode only an info line for each task
  bool compat_traefik1 = false;   ///< --compat=traefik1: exact 1.7 behaviour (docs/compatibility.md)
};

}  // namespace waggle::discovery
