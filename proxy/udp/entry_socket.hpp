// One worker's socket of one UDP entry point: where it leads, whose sessions come by it, and replies that leave by it. Who reads: udp/relay.
#pragma once

#include "io/address.hpp"
#include "io/loop.hpp"
#include "routing/udp_routes.hpp"
#include "schedule/client.hpp"
#include "udp/receive_batch.hpp"
#include "udp/send_batch.hpp"
#include "udp/service.hpp"
#include "udp/session_index.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace waggle::proxy::udp {

class relay;

/// Where an entry point leads, in the current table; without router: nowhere.
struct route {
  const routing::udp_router* router = nullptr;
  const plan::udp_service* plan = nullptr;
  service* to = nullptr;
};

/// Thread: the worker's.
class entry_socket final : public io::pollable {
 public:
  /// @param descriptor  bound; its owner closes it through the loop.
  entry_socket(relay& owner, int descriptor, std::size_t entry, const io::socket_address& bound, const schedule::key16& hash_key);

  session_key key_of(const received& r, const sockaddr_in6& peer) const noexcept;
  /// The key of a datagram that this socket itself has sent, or somebody with its address.
  bool is_own(const session_key& key) const noexcept { return udp::is_own(key, bound_, port_); }
  /// What the scheduler sees of a session's client.
  schedule::client client_of(const session_key& key) const noexcept;
  /// To a session's client, with flush(): what they are made of stays until then. @param bundle_below  of its path. @return datagrams lost meanwhile.
  std::uint32_t reply(const session_key& key, std::uint16_t& bundle_below, std::span<const piece> pieces);
  /// @return datagrams that could not be sent.
  std::uint32_t flush();

  relay& owner;
  const std::size_t entry;
  route to;
  session_index sessions;
  std::uint32_t batch = 0;  ///< number of the last one that was read

 private:
  destination destination_of(const session_key& key) const noexcept;

  const io::ip_bytes bound_;  ///< all zero: any address of this machine
  const int family_;
  const std::uint16_t port_;
  send_batch out_;
};

}  // namespace waggle::proxy::udp
