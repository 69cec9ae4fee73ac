// How connections and datagrams are shared out among servers: the schedulers of ipvsadm, by the word that an operator writes.
#pragma once

#include <cstdint>

namespace waggle::model {

enum class scheduler : std::uint8_t {
  round_robin,                 ///< rr
  weighted_round_robin,        ///< wrr
  least_connections,           ///< lc
  weighted_least_connections,  ///< wlc
  shortest_expected_delay,     ///< sed
  never_queue,                 ///< nq
  source_hash,                 ///< sh
  maglev_hash,                 ///< mh
  weighted_failover,           ///< fo
  weighted_overflow,           ///< ovf
  power_of_two,                ///< twos
  destination_hash,            ///< dh
};

struct scheduling {
  scheduler policy = scheduler::weighted_least_connections;
  bool by_port = false;   ///< flag "port": the hash takes the client's port as well
  bool fallback = false;  ///< flag "fallback": go on where the hashed server cannot be used, instead of refusing
  bool operator==(const scheduling&) const = default;
};

}  // namespace waggle::model
