// What one Swarm service asks for below HTTP, before its tasks are looked at: its part in virtual services, and the routers that lead
// there. Made once for each version of the labels and kept, so that what did not change is the same piece from round to round.
#pragma once

#include "labels/label_set.hpp"

#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>
#include <waggle/model/verdict.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace waggle::discovery {

template <class Router, class Service>
struct layer4_part {
  Service service;  ///< named, options only; those of the first that has a part in it hold
  std::vector<std::shared_ptr<const Router>> routers;
  std::uint16_t port = 0;  ///< of the tasks
  std::uint16_t weight = 1;
  label_set options;  ///< labels that speak of the virtual service, by plain key
  std::vector<model::diagnostic> diagnostics;
  bool sound = true;  ///< no error among the diagnostics: may be routed
};

using tcp_part = layer4_part<model::tcp_router, model::tcp_service>;
using udp_part = layer4_part<model::udp_router, model::udp_service>;

struct layer4_plan {
  std::vector<tcp_part> tcp;
  std::vector<udp_part> udp;
  bool empty() const noexcept { return tcp.empty() && udp.empty(); }
};

}  // namespace waggle::discovery
