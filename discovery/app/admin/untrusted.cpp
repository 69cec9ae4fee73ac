#include "admin/untrusted.hpp"

#include <waggle/base/result.hpp>

#include <fmt/format.h>

#include <boost/asio/ip/network_v4.hpp>

namespace waggle::app::admin {

bool within(const std::string& address, const std::string& subnet) {
  base::error_code ec;
  const auto ip = boost::asio::ip::make_address_v4(address, ec);
  if (ec) return false;
  const auto network = boost::asio::ip::make_network_v4(subnet, ec);
  if (ec) return false;
  const auto mask = network.netmask().to_uint();
  return (ip.to_uint() & mask) == (network.address().to_uint() & mask);
}

model::diagnostic untrusted_finding(const proxy::untrusted_peer& peer, const std::string& mesh) {
  model::diagnostic out{model::severity::warning, "untrusted-proxy", "", peer.network, {}, {}};
  // No count in the text: what does not change is sent to the dashboard once.
  out.text = fmt::format(
      "requests from {} (such as {}) on entry point {} bring X-Forwarded-For or -Proto, and that network is not trusted to: "
      "services see waggle's own fields instead, with {} as the client and http as the scheme",
      peer.network, peer.address, peer.entry_point, peer.address);
  if (within(peer.address, mesh))
    out.fix =
        "these addresses are the routing mesh's, not the sender's: publish waggle's ports with mode: host (deploy/stack.yml) first; to trust "
        "the mesh would be to trust every client";
  else
    out.fix = fmt::format(
        "if this is your load balancer or CDN, add ForwardedHeaders.TrustedIPs:{} to --entryPoints='Name:{} …'; any client can send "
        "these fields, so trust no network that you do not know",
        peer.network, peer.entry_point);
  return out;
}

}  // namespace waggle::app::admin
