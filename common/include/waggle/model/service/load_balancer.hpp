// The usual service: a group of servers.
#pragma once

#include <waggle/model/service/server_group.hpp>

namespace waggle::model {

struct load_balancer : server_group {
  bool pass_host_header = true;  ///< servers see the client's Host; a router may say otherwise
  bool operator==(const load_balancer&) const = default;
};

}  // namespace waggle::model
