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
  std::uint64_t requests = 0, active = 0;
  std::map<unsigned, std::uint64_t> status;  ///< answers by status code
  std::uint64_t response_time_us = 0;        ///< sum over all answers
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t sticky_hits = 0, sticky_moves = 0, sticky_new = 0;
  std::uint64_t retries = 0, refused_heads = 0, exceptions = 0, idle_open = 0;
  std::vector<server_stats> servers;
  std::uint64_t generation = 0;  ///< of the table that every worker has adopted
};

}  // namespace waggle::proxy
