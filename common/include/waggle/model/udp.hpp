// UDP beside HTTP: datagrams of one client go to one server for as long as its session lasts.
#pragma once

#include <waggle/model/service/persistence.hpp>
#include <waggle/model/service/replicas.hpp>
#include <waggle/model/service/scheduler.hpp>
#include <waggle/model/service/server.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waggle::model {

/// No rule: a datagram tells nothing but where it came in.
struct udp_router {
  std::string name;
  std::vector<std::string> entry_points;
  std::vector<std::string> white_list;  ///< what others send is dropped; empty: all may send
  std::string service;                  ///< its name
  std::string swarm_service;            ///< the Swarm service that asked for it; empty otherwise
  bool operator==(const udp_router&) const = default;
};

struct udp_service {
  std::string name;
  std::vector<server> servers;  ///< sorted by name; a weight of 0 takes no new sessions
  model::scheduling scheduling{.policy = scheduler::weighted_round_robin};
  std::optional<model::persistence> persistence;
  bool one_packet = false;  ///< each datagram is shared out anew (syslog, stateless DNS)
  std::chrono::milliseconds session_idle{60'000};
  std::uint32_t replies = 0;            ///< a session ends after so many for each datagram; 0: when it is idle
  std::uint32_t max_sessions = 10'000;  ///< for each worker
  std::uint64_t replicas = unknown_replicas;
  bool operator==(const udp_service&) const = default;
};

}  // namespace waggle::model
