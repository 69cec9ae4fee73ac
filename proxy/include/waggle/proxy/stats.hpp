// Totals of the data path, added up over its workers. Plain values; what each is called in /metrics: stats_table.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <map>

namespace waggle::proxy {

/// What workers count. T: a worker's counter, or a sum of them. Each has its row in stats_table.hpp.
// Large: one figure a member, no behaviour; sums and /metrics are loops over the table.
template <class T>
struct worker_counts {
  T connections_accepted{}, connections_open{}, requests{}, active{};
  T response_time_us{};  ///< sum over all answers
  T bytes_in{}, bytes_out{};
  T retries{};
  T retries_refused{};  ///< for want of budget
  T refused_heads{}, exceptions{}, aborted{};
  T turned_away{};                                                               ///< connections that got 503 at once
  T gave_way_idle{}, gave_way_dawdling{}, gave_way_stalled{}, gave_way_quiet{};  ///< clients that were ended to make room
  T connections_lingering{};  ///< answered, or turned away, and read on until the client has seen that
  T over_share{};             ///< requests that got 503 because their backend had its share of the connections
  // What sticky cookies lead to.
  T sticky_hits{};           ///< the server that the cookie names
  T sticky_followed{};       ///< the next task of its slot
  T sticky_left{};           ///< anywhere: the task left, and no other has its slot
  T sticky_unknown{};        ///< anywhere: the cookie names nobody known
  T sticky_failed{};         ///< anywhere: the task is there and could not be reached; also a hit
  T sticky_new{};            ///< no cookie
  T hedges{}, hedges_won{};  ///< further connects in parallel, to another server or the same; those that were first
  T ejections{};             ///< servers held down
  // Below HTTP: connections that were cut off before they had a server, by why.
  T tcp_refused_white_list{}, tcp_refused_limit{}, tcp_refused_header{}, tcp_refused_route{}, tcp_refused_no_server{}, tcp_refused_share{};
  T tcp_checks{};   ///< connections that ended before their client said a word
  T tcp_no_port{};  ///< connects that failed since this machine had no port left for them
  // UDP: datagrams that went nowhere, by why. room: there was none for a session; cut: larger than any buffer; loop: sent by waggle itself.
  T udp_dropped_white_list{}, udp_dropped_route{}, udp_dropped_no_server{}, udp_dropped_room{}, udp_dropped_cut{}, udp_dropped_loop{};
  T udp_dropped_send{};                                         ///< the kernel would not send it
  T udp_sessions{};                                             ///< there are
  T udp_evicted{};                                              ///< sessions that were ended to make room
  T udp_refused{};                                              ///< refusals by servers
  T udp_no_port{};                                              ///< sockets that this machine had no port left for
  T holds{}, holds_served{}, holds_expired{}, holds_refused{};  ///< requests that waited for a server; refused: too many do
};

struct stats : worker_counts<std::uint64_t> {
  std::map<unsigned, std::uint64_t> status;  ///< answers by status code
  std::uint64_t sticky_moves = 0;            ///< followed, left, unknown and failed together
  // Common resources: what is taken of them.
  std::uint64_t waiting_idle = 0, waiting_dawdling = 0, waiting_stalled = 0, waiting_quiet = 0;  ///< clients that wait now
  std::uint64_t connections_most = 0, descriptors = 0, descriptors_most = 0;
  std::uint64_t memory_held = 0, memory_most = 0;  ///< by connections; most: 0 if there is no limit
  std::uint64_t memory_of_group = 0;               ///< of the cgroup, with its sockets'; 0: no limit, or not known
  std::uint64_t spool_bytes = 0, spool_most = 0, spool_files = 0, spool_refused = 0;
  struct side_work {
    const char* what = "";  ///< static text
    std::uint64_t waiting = 0, running = 0, refused = 0;
  };
  std::array<side_work, 3> side{{{"passwords"}, {"names"}, {"files"}}};  ///< jobs of background threads
  std::uint64_t generation = 0;                                          ///< of the table that every worker has adopted
};

}  // namespace waggle::proxy
