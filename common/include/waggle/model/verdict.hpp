// Why a service is routed or not, in words for its operator. Plain values.
#pragma once

#include <waggle/model/parts.hpp>
#include <waggle/model/router_key.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waggle::model {

enum class severity : std::uint8_t { note, warning, error };

/// One finding about one service: which label, what it says, what is wrong and what to do.
struct diagnostic {
  severity level = severity::warning;
  std::string code;       ///< stable, kebab-case: "bad-port", "no-shared-network"
  std::string label;      ///< key, or empty when no label is to blame
  std::string value;      ///< its value, shortened to 200 characters
  std::string text;       ///< what is wrong
  std::string fix;        ///< what to do
  router_key rival{};     ///< router whose being served it is about, beside the service's own; without a name: none
  std::string instead{};  ///< value to write for `label` where that is certain; empty: it is not
  bool operator==(const diagnostic&) const = default;
};

enum class routing_state : std::uint8_t { routed, routed_with_warnings, not_routed };

/// Every Swarm service has exactly one; so has every container of an engine without a swarm.
struct verdict {
  std::string service_id, service;
  bool container = false;  ///< `service` is a container's name
  routing_state state = routing_state::not_routed;
  std::string reason;  ///< one line; empty when routed without warnings
  std::vector<diagnostic> diagnostics;
  std::vector<std::string> frontends;                 ///< names of HTTP routers that it contributed
  std::vector<std::string> tcp_routers, udp_routers;  ///< likewise below HTTP
  std::string backend;                                ///< name of its (first) backend, empty if none
  std::string network;                                ///< name of the network its tasks are reached by
  std::size_t tasks_running = 0;                      ///< usable tasks
  bool operator==(const verdict&) const = default;
};

/// Those of all services, sorted by service name. What did not change is shared from list to list.
using verdict_list = parts<verdict>;

}  // namespace waggle::model
