// What the access log tells of one connection that was passed on below HTTP: a value without behaviour.
#pragma once

#include <waggle/base/clock.hpp>
#include <waggle/model/service/server.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::access {

/// Why it ended.
enum class connection_end : std::uint8_t {
  client_left,  ///< before it had a server
  client_closed,
  server_closed,  ///< it was the first to end, in order
  client_reset,
  server_reset,
  client_silent,  ///< it did not answer any more: TCP_USER_TIMEOUT, keepalive
  server_silent,
  idle,         ///< timeout.idle
  half_closed,  ///< timeout.halfClosed
  server_gone,  ///< its task
  drained,      ///< its server leaves, or waggle stops: ended within the time for that
  evicted,      ///< to make room for others
  stopped,      ///< waggle's own end
  bad_start,    ///< what came is nothing that could be routed
  white_list,
  no_route,
  no_server,
  share,   ///< its service had its share of the connections
  no_tls,  ///< PostgreSQL: the server does not speak it
  failed,  ///< waggle's own fault, or no memory
};

inline constexpr std::array<std::string_view, 20> connection_end_words = {
    "client-left", "client-closed", "server-closed", "client-reset", "server-reset", "client-silent", "server-silent",
    "idle",        "half-closed",   "server-gone",   "drained",      "evicted",      "stopped",       "bad-start",
    "white-list",  "no-route",      "no-server",     "share",        "no-tls",       "failed"};
constexpr std::string_view word_of(connection_end e) noexcept { return connection_end_words[static_cast<std::size_t>(e)]; }
static_assert(word_of(connection_end::failed) == "failed");

struct connection_record {
  std::int64_t started_wall = 0;  ///< ns since the epoch
  base::mono_time started{};
  std::string sni;                ///< as asked for; empty: none, or nobody looked
  std::string router, service;    ///< names; empty: none was found
  std::string swarm_service;      ///< of the router
  std::uint64_t first_bytes = 0;  ///< of the client, read before there was a server
  // The server; empty: there was none.
  std::string address, url;
  model::origin origin;

  // Filled in at the end; valid during the call only.
  std::string_view entry_point, client_ip;
  std::uint16_t client_port = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  connection_end end = connection_end::client_left;
};

}  // namespace waggle::proxy::access
