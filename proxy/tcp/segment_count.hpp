// What IPVS would have counted of a connection: packets and their bytes, with headers, by TCP_INFO of the client's socket. Checked against
// a capture of the wire. The formula is pure; reading is one system call.
#pragma once

#include <cstdint>

namespace waggle::proxy::tcp {

/// Of TCP_INFO (linux/tcp.h).
struct segment_facts {
  std::uint32_t segments_in = 0, segments_out = 0;
  std::uint64_t bytes_received = 0, bytes_sent = 0;  ///< received: a FIN counts as one
  bool timestamps = false;                           ///< RFC 7323: 12 bytes more in each segment
  bool fin_received = false;
};

struct segment_count {
  std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
  segment_count& operator+=(const segment_count& o) noexcept {
    packets_in += o.packets_in;
    packets_out += o.packets_out;
    bytes_in += o.bytes_in;
    bytes_out += o.bytes_out;
    return *this;
  }
  bool operator==(const segment_count&) const = default;
};

constexpr segment_count count_segments(const segment_facts& f, bool ipv6) noexcept {
  constexpr std::uint64_t ipv4_header = 20, ipv6_header = 40, tcp_header = 20, timestamp_option = 12;
  constexpr std::uint64_t more_in_syn = 8;  // options that only the first segment has
  const std::uint64_t header = (ipv6 ? ipv6_header : ipv4_header) + tcp_header + (f.timestamps ? timestamp_option : 0);
  segment_count out;
  out.packets_in = f.segments_in;
  out.packets_out = std::uint64_t{f.segments_out} + 1;  // the kernel does not count the SYN-ACK
  const std::uint64_t payload = f.bytes_received - (f.fin_received && f.bytes_received > 0 ? 1 : 0);
  out.bytes_in = payload + header * out.packets_in + more_in_syn;
  out.bytes_out = f.bytes_sent + header * out.packets_out + more_in_syn;
  return out;
}

/// What of a connection has been counted. It may be asked as often as wanted: the sum of its answers is count_segments() of the last facts, and
/// more than 2^32 segments (the kernel's counters begin anew then) are counted as well if it is asked between.
class counted_segments {
 public:
  /// @return what has come since the last time.
  constexpr segment_count advance(const segment_facts& f, bool ipv6) noexcept {
    const std::uint64_t received = f.bytes_received - (f.fin_received && f.bytes_received > 0 ? 1 : 0);
    segment_facts since{.timestamps = f.timestamps};
    since.segments_in = f.segments_in - in_;
    since.segments_out = f.segments_out - out_;
    since.bytes_received = received - received_;
    since.bytes_sent = f.bytes_sent - sent_;
    segment_count out = count_segments(since, ipv6);
    if (in_ != 0 || out_ != 0) {  // not the first time: less what is counted once
      const segment_count once = count_segments({.timestamps = f.timestamps}, ipv6);
      out.packets_out -= once.packets_out;
      out.bytes_in -= once.bytes_in;
      out.bytes_out -= once.bytes_out;
    }
    in_ = f.segments_in;
    out_ = f.segments_out;
    received_ = received;
    sent_ = f.bytes_sent;
    return out;
  }

 private:
  std::uint64_t received_ = 0, sent_ = 0;
  std::uint32_t in_ = 0, out_ = 0;
};

/// @return false: the kernel does not say.
bool read_segments(int descriptor, segment_facts& out) noexcept;

}  // namespace waggle::proxy::tcp
