// Which datagrams travel together: the kernel takes some of one size as one (UDP_SEGMENT, udp(7)), and hands out what it has put together
// (UDP_GRO). Each stays the datagram that it was, in its order. Pure.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace waggle::proxy::udp {

/// What one receive gave: a datagram, or a bundle.
struct piece {
  char* data = nullptr;
  std::uint32_t size = 0;
  std::uint16_t segment = 0;  ///< bytes of each datagram of a bundle, but for the last, which may be shorter; 0: it is one datagram
  std::uint8_t ecn = 0;       ///< of its IP header
  std::uint32_t datagrams() const noexcept { return segment == 0 ? 1 : (size + segment - 1) / segment; }
};

/// What one call sends.
struct message {
  std::span<const iovec> pieces;
  std::uint32_t datagrams = 1;
  std::uint16_t segment = 0;  ///< 0: it is one datagram
  std::uint8_t ecn = 0;
};

inline constexpr std::size_t most_together = 64;   ///< datagrams (UDP_MAX_SEGMENTS of Linux before 6.9)
inline constexpr std::size_t most_bytes = 65'507;  ///< of a datagram, and of a bundle
inline constexpr std::uint16_t any_segment = 0xffff;

namespace detail {

template <class Emit>
void one_by_one(const piece& p, Emit& emit) {
  for (std::uint32_t at = 0; at < p.size; at += p.segment) {
    const iovec one{p.data + at, std::min<std::size_t>(p.segment, p.size - at)};
    emit(message{{&one, 1}, 1, 0, p.ecn});
  }
}

}  // namespace detail

/// @param pieces  of one session, in their order. @param bundle_below  datagrams of this size and more go one by one: the path has shown
/// that it does not take them otherwise. @param emit  gets each message in turn; what it refers to is valid until it returns.
template <class Emit>
void plan_messages(std::span<const piece> pieces, std::uint16_t bundle_below, Emit&& emit) {
  std::array<iovec, most_together> run;
  for (std::size_t i = 0; i < pieces.size();) {
    const piece& first = pieces[i++];
    const std::size_t size = first.segment != 0 ? first.segment : first.size;
    std::uint32_t datagrams = first.datagrams();
    const bool bundled = size > 0 && size < bundle_below && datagrams <= most_together && first.size <= most_bytes;
    if (!bundled && first.segment != 0) {
      detail::one_by_one(first, emit);
      continue;
    }
    run[0] = {first.data, first.size};
    std::size_t n = 1, bytes = first.size;
    for (bool is_open = bundled && first.size % size == 0; is_open && i < pieces.size(); ++i) {
      const piece& next = pieces[i];
      const bool fits = next.ecn == first.ecn && next.size > 0 && (next.segment != 0 ? next.segment == size : next.size <= size);
      if (!fits || datagrams + next.datagrams() > most_together || bytes + next.size > most_bytes) break;
      run[n++] = {next.data, next.size};
      datagrams += next.datagrams();
      bytes += next.size;
      is_open = next.size % size == 0;  // a shorter one is the last
    }
    emit(message{{run.data(), n}, datagrams, datagrams > 1 ? static_cast<std::uint16_t>(size) : std::uint16_t{0}, first.ecn});
  }
}

}  // namespace waggle::proxy::udp
