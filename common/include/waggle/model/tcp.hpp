// TCP beside HTTP: connections are passed on as they are.
#pragma once

#include <waggle/model/service/persistence.hpp>
#include <waggle/model/service/replicas.hpp>
#include <waggle/model/service/scheduler.hpp>
#include <waggle/model/service/server.hpp>
#include <waggle/model/service/tcp_health_check.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

/// What a connection must be like. Empty lists ask for nothing; of a list one must fit, of the lists all.
struct tcp_match {
  std::vector<std::string> sni;        ///< HostSNI: "db.example", "*.db.example"; "*": any, also without TLS
  std::vector<std::string> sni_regex;  ///< HostSNIRegexp
  std::vector<std::string> client_ip;  ///< addresses and blocks
  std::vector<std::string> alpn;
  bool operator==(const tcp_match&) const = default;
};

enum class tcp_tls : std::uint8_t {
  none,         ///< what comes is not TLS, or nobody looks
  passthrough,  ///< TLS that the servers end
};

struct tcp_router {
  std::string name;
  std::vector<std::string> entry_points;
  tcp_match match;
  std::string rule;  ///< as written, for people and the API; `match` is what counts
  int priority = 0;
  tcp_tls tls = tcp_tls::none;
  std::vector<std::string> white_list;  ///< others are closed at once; empty: all may come in
  std::string service;                  ///< its name
  std::string swarm_service;            ///< the Swarm service that asked for it; empty otherwise
  bool operator==(const tcp_router&) const = default;
};

/// Zero: none.
struct tcp_timeouts {
  std::chrono::milliseconds connect{1'000}, idle{0}, half_closed{0};
  std::chrono::milliseconds peek{5'000};  ///< until the bytes are there that routing needs
  bool operator==(const tcp_timeouts&) const = default;
};

struct tcp_service {
  std::string name;
  std::vector<server> servers;  ///< sorted by name; a weight of 0 takes no new connections
  model::scheduling scheduling;
  std::optional<model::persistence> persistence;
  std::uint32_t max_conn = 0, max_conn_resume = 0;  ///< of one server; 0: no limit
  std::uint8_t proxy_protocol = 0;                  ///< the version that servers are sent; 0: none
  std::optional<tcp_health_check> health_check;     ///< none: Swarm's and what connecting shows
  tcp_timeouts timeouts;
  std::chrono::milliseconds hold{0};        ///< how long a client may wait for a server
  std::chrono::milliseconds slow_start{0};  ///< how long the share of a server that joins grows
  std::chrono::milliseconds drain{0};       ///< open connections of a server that leaves are ended within; zero: they go on
  std::uint64_t replicas = unknown_replicas;
  bool operator==(const tcp_service&) const = default;
};

}  // namespace waggle::model
