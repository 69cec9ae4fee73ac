#include "tcp/segment_count.hpp"

// The kernel's header, not glibc's: that one ends before the counters, and the two cannot stand beside each other.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace waggle::proxy::tcp {

namespace {

/// In this state of the kernel's (RFC 9293 section 3.3.2, numbers of include/net/tcp_states.h) the peer has said that it says nothing more. Of a
/// closed one it is not known any more.
bool has_fin(std::uint8_t state) noexcept {
  constexpr std::uint8_t time_wait = 6, close_wait = 8, last_ack = 9, closing = 11;
  return state == time_wait || state == close_wait || state == last_ack || state == closing;
}

}  // namespace

bool read_segments(int descriptor, segment_facts& out) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  if (size < offsetof(tcp_info, tcpi_bytes_retrans)) return false;  // Linux before 4.19
  out.segments_in = info.tcpi_segs_in;
  out.segments_out = info.tcpi_segs_out;
  out.bytes_received = info.tcpi_bytes_received;
  out.bytes_sent = info.tcpi_bytes_sent;
  out.timestamps = (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
  out.fin_received = has_fin(info.tcpi_state);
  return true;
}

}  // namespace waggle::proxy::tcp
