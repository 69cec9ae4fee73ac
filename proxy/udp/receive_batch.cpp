#include "udp/receive_batch.hpp"

#include <netinet/ip.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cstring>

namespace waggle::proxy::udp {
namespace {

constexpr std::uint8_t ecn_bits = 3;  // RFC 3168 section 5

template <class T>
T value_of(const cmsghdr& c) noexcept {
  T out{};
  std::memcpy(&out, CMSG_DATA(&c), sizeof out);
  return out;
}

void read_control(received& to, const cmsghdr& c) noexcept {
  if (c.cmsg_level == IPPROTO_UDP && c.cmsg_type == UDP_GRO) {
    const int segment = value_of<int>(c);
    if (segment > 0 && static_cast<std::uint32_t>(segment) < to.what.size) to.what.segment = static_cast<std::uint16_t>(segment);
  } else if (c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_TOS) {
    to.what.ecn = value_of<std::uint8_t>(c) & ecn_bits;
  } else if (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_TCLASS) {
    to.what.ecn = static_cast<std::uint8_t>(value_of<int>(c) & ecn_bits);
  } else if (c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_PKTINFO) {
    const auto info = value_of<in_pktinfo>(c);
    to.local[10] = to.local[11] = 0xff;
    std::memcpy(to.local.data() + 12, &info.ipi_spec_dst, 4);  // our own address, where it was sent to all of a network
    to.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
  } else if (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_PKTINFO) {
    const auto info = value_of<in6_pktinfo>(c);
    if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) std::memcpy(to.local.data(), &info.ipi6_addr, 16);
    to.interface = static_cast<std::uint32_t>(info.ipi6_ifindex);
  }
}

}  // namespace

receive_batch::receive_batch() : memory_(new char[most * largest]) {  // not zeroed: pages that nothing needs cost nothing
  for (std::size_t i = 0; i < most; ++i) prepare(i);
}

void receive_batch::prepare(std::size_t i) noexcept {
  pieces_[i] = {memory_.get() + i * largest, largest};
  msghdr& m = heads_[i].msg_hdr;
  m.msg_name = &peers_[i];
  m.msg_namelen = sizeof peers_[i];
  m.msg_iov = &pieces_[i];
  m.msg_iovlen = 1;
  m.msg_control = controls_[i].data();
  m.msg_controllen = controls_[i].size();
  m.msg_flags = 0;
  heads_[i].msg_len = 0;
}

int receive_batch::receive(int socket) noexcept {
  const int n = ::recvmmsg(socket, heads_.data() + size_, static_cast<unsigned>(most - size_), MSG_DONTWAIT, nullptr);
  if (n > 0) size_ += static_cast<std::size_t>(n);
  return n;
}

received receive_batch::at(std::size_t i) const noexcept {
  const msghdr& m = heads_[i].msg_hdr;
  received out{.what = {static_cast<char*>(pieces_[i].iov_base), heads_[i].msg_len, 0, 0}};
  out.cut = (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  if (out.cut) return out;
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(const_cast<msghdr*>(&m), c)) read_control(out, *c);
  return out;
}

void receive_batch::clear() noexcept {
  for (std::size_t i = 0; i < size_; ++i) prepare(i);
  size_ = 0;
}

}  // namespace waggle::proxy::udp
