// What one worker knows of one UDP service while it runs: its sessions in their order, and the options that hold for them.
#pragma once

#include "io/lease.hpp"
#include "io/loop.hpp"
#include "plan/udp_service.hpp"
#include "udp/session_order.hpp"
#include "worker/layer4_traffic.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace waggle::proxy::udp {

class session_table;

/// Kept while it is served or has sessions. Thread: the worker's.
class service {
 public:
  service(session_table& t, std::string k) : owner(t), key(std::move(k)), idle_timer(*this) {}
  service(const service&) = delete;

  void follow(const plan::udp_service& now, io::lease<layer4_traffic> counted) {
    order.set_idle(static_cast<io::time_ms>(now.source->session_idle.count()));
    most = now.source->max_sessions;
    replies = now.source->replies;
    one_packet = now.source->one_packet;
    has_choice = now.servers.size() > 1;
    if (counted && counted.get() != traffic.get()) counted->open += order.size();
    traffic = std::move(counted);
  }

  session_table& owner;
  const std::string key;  ///< "provider/name"
  session_order order;
  io::lease<layer4_traffic> traffic;
  std::uint32_t most = 0;     ///< sessions
  std::uint32_t replies = 0;  ///< for each datagram, then a session ends; 0: it does not
  bool one_packet = false;
  bool has_choice = false;  ///< of servers: who is refused can go elsewhere
  bool served = false;      ///< by the current table

  struct timer final : io::timer {
    explicit timer(service& s) noexcept;
    service& of;
  } idle_timer;
};

}  // namespace waggle::proxy::udp
