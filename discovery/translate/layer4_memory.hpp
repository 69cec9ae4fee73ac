// What TCP and UDP services came to in the last round: the same parts and placements give the same pieces.
#pragma once

#include "translate/address_claims.hpp"
#include "translate/memory.hpp"

#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

template <class Service>
struct made_layer4 {
  std::vector<contribution> from;  ///< empty: never the same again (an address is disputed)
  std::shared_ptr<const Service> piece;
  std::uint64_t round = 0;
};

/// By protocol. Drafts are by name of the virtual service; a share's segment is the number of its part.
struct layer4_drafts {
  open_backends tcp, udp;
};
struct layer4_memory {
  std::unordered_map<std::string, made_layer4<model::tcp_service>> tcp;
  std::unordered_map<std::string, made_layer4<model::udp_service>> udp;
};

/// From who has a part in a virtual service to the service with its servers.
struct layer4_maker {
  const address_claims& claims;
  layer4_memory& memory;
  std::uint64_t round = 0;

  const std::shared_ptr<const model::tcp_service>& tcp(const std::string& name, const backend_draft& open) const;
  const std::shared_ptr<const model::udp_service>& udp(const std::string& name, const backend_draft& open) const;
};

}  // namespace waggle::discovery
