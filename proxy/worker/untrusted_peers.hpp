// Which networks send X-Forwarded-For or -Proto without being trusted to: a load balancer that was forgotten in
// ForwardedHeaders.TrustedIPs, or anybody who writes such fields. The most frequent ones are kept (Metwally's space-saving:
// a newcomer takes the place of the rarest and its count), so that strangers cannot push a load balancer out. Pure.
#pragma once

#include "io/address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace waggle::proxy {

/// What is taken for one operator's network: /24 of IPv4, /64 of IPv6.
inline io::ip_bytes network_of(io::ip_bytes ip) noexcept {
  const bool v4 = std::all_of(ip.begin(), ip.begin() + 10, [](std::uint8_t b) { return b == 0; }) && ip[10] == 0xff && ip[11] == 0xff;
  for (std::size_t i = v4 ? 15 : 8; i < ip.size(); ++i) ip[i] = 0;
  return ip;
}

/// "10.1.2.0/24", "2001:db8::/64".
inline std::string network_text(const io::ip_bytes& network) {
  const std::string text = io::text_of(network);
  return text + (text.find(':') == std::string::npos ? "/24" : "/64");
}

class untrusted_peers {
 public:
  struct seen {
    std::uint16_t entry = 0;
    io::ip_bytes network{}, sample{};  ///< sample: the last address of it
    std::uint64_t requests = 0;
  };
  static constexpr std::size_t most = 16;
  static constexpr std::size_t most_news = 64;  ///< so many times at most is something new: strangers must not fill a log

  /// @return whether the network is new and worth a line in the log.
  bool note(std::uint16_t entry, const io::ip_bytes& peer) noexcept {
    const io::ip_bytes network = network_of(peer);
    for (std::size_t i = 0; i < size_; ++i) {
      seen& s = all_[i];
      if (s.entry != entry || s.network != network) continue;
      s.sample = peer;
      ++s.requests;
      return false;
    }
    seen& place = size_ < most ? all_[size_++]
                               : *std::min_element(all_.begin(), all_.end(), [](const seen& a, const seen& b) { return a.requests < b.requests; });
    place = {entry, network, peer, place.requests + 1};
    return news_ < most_news && ++news_ != 0;
  }
  const seen* begin() const noexcept { return all_.data(); }
  const seen* end() const noexcept { return all_.data() + size_; }

 private:
  std::array<seen, most> all_{};
  std::size_t size_ = 0, news_ = 0;
};

}  // namespace waggle::proxy
