// [tcp.routers], [tcp.services], [tcp.middlewares], [udp.…] → routers and services below HTTP, in the form of Traefik 2's and 3's dynamic
// file, with waggle's options beside Traefik's. Pure.
#pragma once

#include "file/section.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>

#include <vector>

namespace waggle::discovery::file {

struct tcp_reading {
  std::vector<model::tcp_router> routers;  ///< in the file's order, as all lists here
  std::vector<model::tcp_service> services;
};
struct udp_reading {
  std::vector<model::udp_router> routers;
  std::vector<model::udp_service> services;
};

/// @param from  the table "tcp". Findings go to it. A router that no entry point is left for is told of and not there.
tcp_reading read_tcp(section& from, const options& names);
/// The same of "udp".
udp_reading read_udp(section& from, const options& names);

/// What is said of a server's pool and its like ([….loadBalancer]), in label words.
void read_options(section& from, model::tcp_service& to);
void read_options(section& from, model::udp_service& to);

}  // namespace waggle::discovery::file
