// What a socket did not take at first, sent on.
#pragma once

#include "decision/step.hpp"
#include "io/buffer_pool.hpp"
#include "io/stream.hpp"
#include "worker/counters.hpp"

namespace waggle::proxy {

/// Sends from `from` what the socket takes, and shortens it; its memory goes with the last byte.
/// @param sent  bytes are added; null: they are not counted. @return done, wait_write, or stopped: the connection is gone.
inline progress flush(io::stream& to, io::buffer& from, counter* sent) noexcept {
  while (!from.empty()) {
    if (!to.is_ready(io::writable)) return progress::wait_write;
    const io::io_result r = to.write(from.data(), from.size());
    if (r.status == io::io_status::error) return progress::stopped;
    if (sent) sent->add(r.bytes);
    from.consume(r.bytes);
  }
  from.release();
  return progress::done;
}

}  // namespace waggle::proxy
