// Which UDP router has an entry point: a datagram tells nothing but where it came in, so there is one at most. Compiled once a publish,
// immutable, shared by workers. Knows no socket.
#pragma once

#include "io/address.hpp"

#include <waggle/model/udp.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace waggle::proxy::routing {

struct udp_router {
  std::string name, label;  ///< label: "provider/name"
  std::size_t service = 0;  ///< place in the table's list
  bool open_to_all = true;
  io::ip_ranges white_list{};  ///< … else to these
  std::shared_ptr<const model::udp_router> source;
};

/// All routers of a table.
struct udp_routes {
  std::vector<udp_router> routers;
  std::vector<int> of_entry;  ///< by entry point: its router's place; -1: it has none
};

}  // namespace waggle::proxy::routing
