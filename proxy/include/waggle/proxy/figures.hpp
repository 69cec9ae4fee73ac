// Traffic of the data path by entry point, backend and server, copied out of the workers and summed up. Plain values.
#pragma once

#include <waggle/model/service/server.hpp>
#include <waggle/proxy/options.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy {

/// Answers of one status, method and protocol ("http", "websocket", "sse").
struct answer_series {
  unsigned status = 0;
  std::string_view method, protocol;  ///< static texts
  std::uint64_t count = 0;
  double seconds = 0;                 ///< all of them took so long together
  std::vector<std::uint64_t> within;  ///< answers within each bound of options::duration_bounds (cumulative)
};

struct open_now {
  std::string_view method, protocol;
  std::uint64_t count = 0;
};

struct traffic_figures {
  std::string name;
  std::vector<answer_series> answers;
  std::vector<open_now> open;
  std::uint64_t retries = 0;
  double longest_stream_seconds = 0;  ///< of those that ended: WebSocket, event streams
};

inline const model::origin no_origin{};

struct server_figures {
  // Of the table that `figures` keeps: there may be a hundred thousand, and they are copied with every scrape.
  std::string_view backend, url;
  const model::origin* origin = &no_origin;  ///< never null
  std::uint64_t weight = 1;
  bool up = true;     ///< its active check says so, or there is none
  bool held = false;  ///< some worker leaves it alone for a while, after failed connections
  std::uint64_t requests = 0, errors = 0, failures = 0, active = 0, idle = 0;
  std::uint64_t connects = 0, connect_failures = 0, bytes_in = 0, bytes_out = 0;
  double seconds = 0;
  std::uint64_t recent_requests = 0, recent_errors = 0;  ///< as above, of the last half minute at least
  std::uint64_t bad_in_a_row = 0;                        ///< answers from 500 on since the last other one
  bool refusing = false;                                 ///< no connection to it has worked since the last ones failed
  bool tried = false;                                    ///< a connection to it was begun
  std::string check_failure{};                           ///< why its active check fails; empty unless it is down
  std::string_view trouble{};                            ///< the last failure, in words (static text); empty: none
  double trouble_age = 0;                                ///< seconds
};

struct figures {
  std::shared_ptr<const void> kept;                     ///< what the servers' texts are views into
  std::uint64_t generation = 0;                         ///< the table's: of one generation `servers` are the same in the same order; 0: no table
  std::vector<traffic_figures> entry_points, backends;  ///< backends of one name (two providers) are one
  std::uint64_t clients = 0;                            ///< connections that were accepted
  double most_share = 0;                                ///< at least this part of them came from addresses that differ in the last byte only
  std::string most_network;                             ///< … and begin as this one: "10.0.0.0"
  std::vector<untrusted_peer> untrusted;                ///< the most frequent ones, by requests (about)
  std::vector<server_figures> servers;                  ///< of the newest table only: who left is gone
};

}  // namespace waggle::proxy
