// One server of a backend, and the task behind it.
#pragma once

#include <waggle/base/shared_text.hpp>

#include <cstdint>
#include <string>

namespace waggle::model {

/// Who runs a server: lets the proxy follow a slot to its successor and lets people read what answered.
/// Empty strings for servers that do not come from Swarm (file provider).
struct origin {
  base::shared_text service_id, service_name;
  base::shared_text task_id;
  std::uint64_t slot = 0;                ///< 0 for tasks of global services
  base::shared_text node_id, node_name;  ///< the name is for people: the node's hostname, empty if not known
  bool operator==(const origin&) const = default;
};

struct server {
  base::shared_text id;    ///< identity of runtime state (pool, health): task id + address and port, never an address alone
  base::shared_text name;  ///< as in Traefik's API: server-<task>-<md5 of url>
  base::shared_text url;   ///< as in Traefik's API and in the sticky cookie: http://10.0.0.5:8000
  std::string scheme = "http";
  std::string host;        ///< IP address (text, no brackets)
  std::uint16_t port = 0;  ///< 0: the url has no usable port; the server cannot be wired
  int weight = 1;          ///< 0 acts as 1 (Traefik 1.7); negative cannot be wired
  model::origin origin;
  /// A service of waggle's own process, with its name as `name` and no address (proxy/internal_service.hpp). No label or file sets it.
  bool internal = false;
  /// TCP and UDP: its task is about to end. It gets no new clients; what is open goes on until it is gone, which is when the list no longer
  /// has it.
  bool leaving = false;
  bool operator==(const server&) const = default;
};

}  // namespace waggle::model
