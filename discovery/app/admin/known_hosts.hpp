// Which hosts a request to the API may name. A page of a stranger can make its own name lead to this address (DNS rebinding)
// and read what the API tells as if it were its own; such a request names that stranger's host. Pure.
#pragma once

#include <waggle/model/configuration.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app::admin {

/// The name in a Host field or authority: without port, brackets and final dot, in lower case.
std::string bare_host(std::string_view authority);

/// Nobody can make these lead here who does not own the name: addresses, names without a dot (localhost, the container, a
/// service of the swarm), names below localhost, and names whose last label can be no top-level domain (tasks.edge_waggle).
bool is_beyond_dns(std::string_view bare) noexcept;

/// What the operator says belongs here.
struct own_names {
  std::vector<std::string> configured;  ///< --api.hosts
  std::string hostname;
  std::string entry_point;  ///< the API's
  std::uint16_t port = 0;   ///< … and its port; 0: services share that entry point, so no server leads there
  /// Is it an address of this machine (container)? With that port it leads to the API; without, it is a service that only happens to
  /// listen on the same one. Empty: none is.
  std::function<bool(const std::string&)> is_own_address{};
};

/// An address of an interface here, or 127.0.0.0/8. Cost: asks the kernel.
bool is_address_of_this_machine(const std::string& ip);

/// Is it a name of ours, or one of a frontend that is served on the API's entry point or leads to the API?
bool is_known_host(std::string_view authority, const own_names& own, const std::vector<model::provider_configuration>& routes);

/// What a client of another host is told.
std::string unknown_host_text(std::string_view authority);

}  // namespace waggle::app::admin
