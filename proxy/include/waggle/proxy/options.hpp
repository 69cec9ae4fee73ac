// What the proxy is told once, at start. Plain values, already validated by the app.
#pragma once

#include <waggle/model/middleware/auth.hpp>
#include <waggle/model/middleware/redirect.hpp>
#include <waggle/model/middleware/white_list.hpp>
#include <waggle/model/protocol.hpp>
#include <waggle/proxy/access_log.hpp>
#include <waggle/proxy/internal_service.hpp>

#include <cstddef>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace waggle::proxy {

using std::chrono::milliseconds;

/// Whose forwarding headers or PROXY header are believed.
struct trust {
  bool everyone = false;            ///< forwardedHeaders.insecure
  std::vector<std::string> ranges;  ///< addresses or CIDR blocks
  bool operator==(const trust&) const = default;
};

/// All deadlines of the data path. Zero: none, where it says so. Defaults are Traefik 1.7's (docs/decisions/0006): who is slow
/// is not dead. What is dead is found by TCP, what is too much by pressure (connections, memory, descriptors).
struct timeouts {
  milliseconds request_head{10'000};  ///< whole head, from its first byte (408)
  milliseconds keep_alive{180'000};   ///< client connection without a byte of a request; zero: none
  milliseconds request_body{0};       ///< between two reads of a request body (408); zero: none
  milliseconds connect{30'000};       ///< connecting to a server, all that are asked in parallel together (504)
  milliseconds response_head{0};      ///< from the request sent to the response head (504); zero: none
  milliseconds response_body{0};      ///< between two reads of a response body (cut); zero: none
  milliseconds client_write{0};       ///< a client that does not read; zero: none
  milliseconds upstream_idle{4'000};  ///< pooled connection to a server; shorter than what servers keep
  milliseconds tunnel{0};             ///< WebSocket without a byte either way; zero: none
  milliseconds tcp_user_timeout{3'000};
  milliseconds layer4_user_timeout{15'000};  ///< below HTTP nothing can be sent again: a cut connection is a loss
  milliseconds first_table{0};               ///< new connections wait this long in the kernel's queue for a complete table (then: 503)
};

/// Deadlines towards the clients of one entry point; none given: those of all.
struct client_timeouts {
  std::optional<milliseconds> read;   ///< request_head (unless zero) and request_body
  std::optional<milliseconds> write;  ///< client_write
  std::optional<milliseconds> idle;   ///< keep_alive
};

struct entry_point {
  std::string name;     ///< "http"
  std::string address;  ///< ":80", "127.0.0.1:8080", "[::]:80"
  trust forwarded_headers;
  trust proxy_protocol;  ///< peers whose PROXY v1/v2 header is read; empty and not everyone: off
  model::protocol protocol = model::protocol::http;
  std::size_t max_connections = 0;  ///< TCP: clients at once, of all workers; 0: as many as the process has room for
  unsigned backlog = 0;             ///< connections that wait to be accepted, by each worker; 0: 4,096. The kernel has a limit of its own
  client_timeouts timeouts{};
  bool compress = false;      ///< answers are gzipped where the client takes that
  bool strict_paths = false;  ///< a path that servers read in more than one way gets 400
  /// The API's: it listens before the first table is complete and while the proxy drains, and clients on this machine (the container's
  /// health check) are served when others have taken every connection.
  bool operators = false;
  // Asked in this order for every request that is no path of the API's, before a route is looked for.
  std::optional<model::redirect> redirect{};
  std::optional<model::auth> auth{};
  std::optional<model::white_list> white_list{};  ///< TCP and UDP: who is not in it is cut off at once
};

/// As it is written: ":5432/tcp".
inline std::string written_address(const entry_point& e) {
  return e.address + (e.protocol == model::protocol::tcp ? "/tcp" : e.protocol == model::protocol::udp ? "/udp" : "");
}

struct limits {
  std::size_t max_connections = 0;                          ///< client connections of the process; 0: computed from RLIMIT_NOFILE
  std::size_t memory_bytes = 0;                             ///< of the process; 0: the cgroup's limit
  std::size_t request_head_bytes = 64 * 1024;               ///< above: 431; Traefik 1.7 users send heads of 60 kB
  std::size_t request_fields = 128;                         ///< more: 431; 1,024 at most
  std::size_t request_line_bytes = 16 * 1024;               ///< method and target; above: 414; 64 KiB at most
  std::size_t response_head_bytes = 256 * 1024;             ///< above: 502; 1 MiB at most
  std::size_t response_fields = 1'000;                      ///< more: 502; 1,024 at most
  std::uint64_t spool_body_bytes = std::uint64_t{1} << 30;  ///< of one buffered body whose label has no limit: 413, 500
  std::uint64_t spool_disk_bytes = 0;                       ///< of all buffered bodies on disk; 0: computed from what is free
  std::size_t pool_per_server = 256;                        ///< idle connections per worker and server; fewer than are in use at once means churn
};

/// A network that sends X-Forwarded-* fields at an entry point that does not trust it: a forgotten load balancer, or a stranger.
struct untrusted_peer {
  std::string entry_point, network, address;  ///< "10.1.2.0/24", "10.1.2.3"
  std::uint64_t requests = 0;
};

struct options {
  std::vector<entry_point> entry_points;
  /// Told of each such network when it is first seen, by each worker at most 64 times; must not block. May be none.
  std::function<void(const untrusted_peer&)> on_untrusted{};
  internal_dialer dial_internal{};       ///< to servers that are model::server::internal; none: there are none
  std::size_t internal_descriptors = 0;  ///< … which these may take at their end
  unsigned workers = 1;
  proxy::timeouts timeouts;
  proxy::limits limits;
  bool compat_traefik1 = false;  ///< --compat=traefik1: forwarding headers of everyone are believed
  bool keep_trailing_slash = false;
  /// --retry.attempts: tries of a request in all, where more than one is lawful. None: three; 0: the same, and the log says so.
  std::optional<unsigned> retry_attempts;
  milliseconds health_interval{30'000};          ///< of health checks whose label names none
  bool allow_zero_weight = false;                ///< weight 0 gets nothing but its sticky sessions, instead of acting as 1
  std::optional<access_log_options> access_log;  ///< none: off
  std::vector<double> duration_bounds;           ///< of the histograms of request durations, in seconds, ascending
  bool sticky_opaque = false;                    ///< sticky cookies hold a keyed digest, unless a label says otherwise
  std::string sticky_key;                        ///< what replicas share for that; empty: a random key of this process
  std::string hostname;                          ///< for X-Forwarded-Server
  std::string edge;                              ///< for X-Waggle-Hops; empty: made of sticky_key, or at random
};

}  // namespace waggle::proxy
