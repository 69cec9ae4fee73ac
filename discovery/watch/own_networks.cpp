#include "watch/own_networks.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

// In the network namespace of the node itself all bridges of Docker are seen, and no overlay network is reached.
bool of_the_node(const std::vector<own_address>& own) {
  return std::any_of(own.begin(), own.end(), [](const own_address& a) { return a.interface == "docker0" || a.interface == "docker_gwbridge"; });
}

bool is_own(std::string_view with_mask, const std::vector<own_address>& own) {
  const std::string_view bare = with_mask.substr(0, with_mask.find('/'));
  return std::any_of(own.begin(), own.end(), [&](const own_address& a) { return a.address == bare; });
}

std::size_t parse(const std::string& text, std::array<unsigned char, 16>& to) {
  if (inet_pton(AF_INET, text.c_str(), to.data()) == 1) return 4;
  return inet_pton(AF_INET6, text.c_str(), to.data()) == 1 ? 16 : 0;
}

}  // namespace

bool in_subnet(const std::string& address, const std::string& subnet) {
  const auto slash = subnet.find('/');
  if (slash == std::string::npos) return false;
  unsigned bits = 0;
  const char* last = subnet.data() + subnet.size();
  if (const auto [end, ec] = std::from_chars(subnet.data() + slash + 1, last, bits); ec != std::errc() || end != last) return false;
  std::array<unsigned char, 16> a{}, b{};
  const std::size_t bytes = parse(address, a);
  if (bytes == 0 || parse(subnet.substr(0, slash), b) != bytes || bits == 0 || bits > bytes * 8) return false;
  for (std::size_t i = 0; i < bits; ++i)
    if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0) return false;
  return true;
}

own_place place_by_addresses(const std::vector<own_address>& own, const snapshot& picture) {
  own_place out;
  if (own.empty() || of_the_node(own)) return out;
  std::map<std::string, std::string> networks;
  for (const auto& [id, n] : picture.networks) {
    if (n.ingress || n.name == "ingress") continue;
    if (std::any_of(own.begin(), own.end(), [&n = n](const own_address& a) { return in_subnet(a.address, n.subnet); })) networks.emplace(id, n.name);
  }
  // The own task: all that it is attached to has our addresses. Subnets of two networks may overlap, addresses of tasks do not.
  for (const auto& view : picture.services)
    for (const task& t : view->tasks) {
      const bool mine = !t.attachments.empty() && std::all_of(t.attachments.begin(), t.attachments.end(),
                                                              [&](const attachment& a) { return !a.address.empty() && is_own(a.address, own); });
      if (!mine) continue;
      networks.clear();
      for (const attachment& a : t.attachments)
        if (const auto n = picture.networks.find(a.network_id.view()); n != picture.networks.end()) networks.emplace(n->first, n->second.name);
      out.service_id = view->spec.id;
    }
  if (!networks.empty()) out.networks = std::move(networks);
  return out;
}

std::vector<own_address> own_addresses() {
  std::vector<own_address> out;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return out;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, &freeifaddrs);
  for (const ifaddrs* i = first; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || (i->ifa_flags & IFF_LOOPBACK) != 0 || (i->ifa_flags & IFF_UP) == 0) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (i->ifa_addr->sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr;
    if (i->ifa_addr->sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(i->ifa_addr)->sin6_addr;
    if (bytes == nullptr || inet_ntop(i->ifa_addr->sa_family, bytes, text.data(), text.size()) == nullptr) continue;
    out.push_back({i->ifa_name, text.data()});
  }
  return out;
}

}  // namespace waggle::discovery
