// Which networks waggle itself is on, where the Engine does not tell (a socket proxy that refuses /containers/ID): from the
// addresses of its own interfaces, its own task in the picture, and the subnets of networks. Pure; the caller reads the addresses.
#pragma once

#include "swarm/snapshot.hpp"

#include <string>
#include <vector>

namespace waggle::discovery {

/// An address of an interface of this network namespace; loopback left out.
struct own_address {
  std::string interface, address;
};

struct own_place {
  own_networks networks;   ///< none: it cannot be told
  std::string service_id;  ///< of the own task; empty: it is none, or not found
};

own_place place_by_addresses(const std::vector<own_address>& own, const snapshot& picture);

/// Is the text of an address within "10.0.1.0/24"?
bool in_subnet(const std::string& address, const std::string& subnet);

/// As the kernel has them now.
std::vector<own_address> own_addresses();

}  // namespace waggle::discovery
