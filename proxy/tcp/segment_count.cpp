#include "tcp/segment_count.hpp"

// The kernel's header, not glibc's: that one ends before the counters, and the two cannot stand beside each other.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace waggle::proxy::tcp {

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
  return true;
}

}  // namespace waggle::proxy::tcp
