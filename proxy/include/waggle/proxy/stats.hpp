// Figures of the data path, copied out of the workers' counters. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace waggle::proxy {

struct server_stats {
  std::string backend, server_id, name, url;
  std::uint64_t requests = 0, failures = 0, active = 0, connects = 0, connect_failures = 0, idle = 0;
};

struct stats {
  std::uint64_t connections_accepted = 0, connections_open = 0;
  std::uint64_t connections_lingering = 0;  ///< answered, or turned away, and read on until the client has seen that
  std::uint64_t requests = 0, active = 0;
  std::map<unsigned, std::uint64_t> status;  ///< answers by status code
  std::uint64_t response_time_us = 0;        ///< sum over all answers
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t sticky_hits = 0, sticky_moves = 0, sticky_new = 0;  ///< moves: the four below together
  std::uint64_t sticky_followed = 0;  ///< … to the next task of the slot
  std::uint64_t sticky_left = 0;      ///< … anywhere: the task left, and no other has its slot
  std::uint64_t sticky_unknown = 0;   ///< … anywhere: the cookie names nobody known
  std::uint64_t sticky_failed = 0;    ///< … anywhere: the task is there and could not be reached; also a hit
  std::uint64_t retries_refused = 0;  ///< for want of budget
  std::uint64_t hedges = 0, hedges_won = 0, ejections = 0;
  std::uint64_t holds = 0, holds_served = 0, holds_expired = 0, holds_refused = 0;
  std::uint64_t retries = 0, refused_heads = 0, exceptions = 0, idle_open = 0;
  // Common resources: who gave way, and what is taken of them.
  std::uint64_t gave_way_idle = 0, gave_way_dawdling = 0, gave_way_stalled = 0, gave_way_quiet = 0;  ///< clients that were ended to make room
  std::uint64_t turned_away = 0;   ///< connections that got 503 at once
  std::uint64_t over_share = 0;    ///< requests that got 503 because their backend had its share of the connections
  std::uint64_t waiting_idle = 0, waiting_dawdling = 0, waiting_stalled = 0, waiting_quiet = 0;  ///< clients that wait now
  std::uint64_t connections_most = 0, descriptors = 0, descriptors_most = 0;
  std::uint64_t memory_held = 0, memory_most = 0;  ///< by connections; most: 0 if there is no limit
  std::uint64_t memory_of_group = 0;  ///< of the cgroup, with its sockets'; 0: no limit, or not known
  std::uint64_t spool_bytes = 0, spool_most = 0, spool_files = 0, spool_refused = 0;
  struct side_work {
    const char* what = "";  ///< static text
    std::uint64_t waiting = 0, running = 0, refused = 0;
  };
  std::array<side_work, 3> side{{{"passwords"}, {"names"}, {"files"}}};  ///< jobs of background threads
  std::vector<server_stats> servers;
  std::uint64_t generation = 0;  ///< of the table that every worker has adopted
};

}  // namespace waggle::proxy
