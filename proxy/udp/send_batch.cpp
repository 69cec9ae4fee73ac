#include "udp/send_batch.hpp"

#include "udp/refusal.hpp"

#include <netinet/ip.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace waggle::proxy::udp {
namespace {

/// Appends one control message; the room has been counted (send_batch::control).
template <class T>
void append(msghdr& m, int level, int type, const T& value) noexcept {
  auto* const c = reinterpret_cast<cmsghdr*>(static_cast<char*>(m.msg_control) + m.msg_controllen);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(c), &value, sizeof value);
  m.msg_controllen += CMSG_SPACE(sizeof value);
}

void append_source(msghdr& m, const destination& to) noexcept {
  if (to.to.sin6_family == AF_INET) {
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(to.interface);
    std::memcpy(&info.ipi_spec_dst, to.from.data() + 12, 4);
    return append(m, IPPROTO_IP, IP_PKTINFO, info);
  }
  in6_pktinfo info{};
  info.ipi6_ifindex = to.interface;
  std::memcpy(&info.ipi6_addr, to.from.data(), 16);
  append(m, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

}  // namespace

void send_batch::write_control(std::size_t i, const message& m, const destination* to) noexcept {
  msghdr& h = heads_[i].msg_hdr;
  h.msg_control = controls_[i].data();
  h.msg_controllen = 0;
  static_assert(sizeof(control) >= CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint16_t)));
  if (to && to->from != io::ip_bytes{}) append_source(h, *to);
  if (m.ecn != 0) {
    const int ecn = m.ecn;
    const bool v4 = to ? to->to.sin6_family == AF_INET || IN6_IS_ADDR_V4MAPPED(&to->to.sin6_addr) : true;
    if (v4) append(h, IPPROTO_IP, IP_TOS, ecn);
    if (!to || !v4) append(h, IPPROTO_IPV6, IPV6_TCLASS, ecn);  // a connected socket takes its own and leaves the other
  }
  if (m.segment != 0) append(h, IPPROTO_UDP, UDP_SEGMENT, m.segment);
  if (h.msg_controllen == 0) h.msg_control = nullptr;
}

bool send_batch::add(const message& m, std::uint16_t* bundle_below, const destination* to) noexcept {
  if (size_ == most || pieces_used_ + m.pieces.size() > pieces_.size()) return false;
  const std::size_t i = size_++;
  iovec* const first = pieces_.data() + pieces_used_;
  std::copy(m.pieces.begin(), m.pieces.end(), first);
  pieces_used_ += m.pieces.size();
  msghdr& h = heads_[i].msg_hdr;
  h = {};
  h.msg_iov = first;
  h.msg_iovlen = m.pieces.size();
  if (to) {
    peers_[i] = to->to;
    h.msg_name = &peers_[i];
    h.msg_namelen = to->size;
  }
  write_control(i, m, to);
  entries_[i] = {bundle_below, m.datagrams, m.segment};
  return true;
}

int send_batch::send(int socket) noexcept {
  while (next_ < size_) {
    const int n = ::sendmmsg(socket, heads_.data() + next_, static_cast<unsigned>(size_ - next_), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      next_ += static_cast<std::size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (entries_[next_].segment == 0 || !is_of_bundle(errno)) return errno;
    const int error = errno;
    std::uint16_t& below = *entries_[next_].bundle_below;
    below = error == EMSGSIZE || error == EINVAL ? std::min(below, entries_[next_].segment) : std::uint16_t{0};
    if (!send_one_by_one(socket)) return errno;
  }
  clear();
  return 0;
}

/// @return false: the first one was not sent, for a reason that is not its own; errno says which.
bool send_batch::send_one_by_one(int socket) noexcept {
  msghdr whole = heads_[next_].msg_hdr;
  const std::size_t segment = entries_[next_].segment;
  // What says how it is cut is the last thing that was written.
  whole.msg_controllen -= CMSG_SPACE(sizeof(std::uint16_t));
  if (whole.msg_controllen == 0) whole.msg_control = nullptr;
  bool first = true;
  for (std::size_t p = 0; p < heads_[next_].msg_hdr.msg_iovlen; ++p) {
    const iovec& from = heads_[next_].msg_hdr.msg_iov[p];
    for (std::size_t at = 0; at < from.iov_len; at += segment) {
      iovec one{static_cast<char*>(from.iov_base) + at, std::min(segment, from.iov_len - at)};
      whole.msg_iov = &one;
      whole.msg_iovlen = 1;
      const ssize_t n = ::sendmsg(socket, &whole, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && first && errno == ECONNREFUSED) return false;
      if (n < 0) ++lost_;
      first = false;
    }
  }
  ++next_;
  return true;
}

std::uint32_t send_batch::skip() noexcept {
  const std::uint32_t out = entries_[next_++].datagrams;
  if (empty()) clear();
  return out;
}

std::uint32_t send_batch::take_lost() noexcept { return std::exchange(lost_, 0); }

}  // namespace waggle::proxy::udp
