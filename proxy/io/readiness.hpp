// What a socket is ready for, and what came of reading or writing: the words that streams, their TLS and their waiters share.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::io {

/// Readiness as last reported; edge-triggered, so it stays until a call says EAGAIN.
enum ready_bits : std::uint8_t {
  readable = 1,
  writable = 2,
  peer_closed = 4,  ///< FIN seen: what is buffered can still be read, and the peer may still read (half-close)
  broken = 8,       ///< reset, or closed both ways
  closed = 16,      ///< on this side
  urgent = 32,      ///< an urgent byte is, or was, among what is there to read: the kernel ends a read before it (tcp(7))
};

enum class io_status : std::uint8_t { ok, again, eof, error };

/// Over TLS: the connection ended without close_notify, so what came may be cut.
inline constexpr int error_truncated = ECONNABORTED;
/// Over TLS: the peer is not trusted, does not trust us, or does not speak the protocol. stream::complaint() says what.
inline constexpr int error_protocol = EPROTO;

struct io_result {
  io_status status = io_status::ok;
  std::size_t bytes = 0;
  int error = 0;  ///< for io_status::error: errno; the two above are none that recv(2) and send(2) give
};

}  // namespace waggle::proxy::io
