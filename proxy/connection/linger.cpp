#include "io/linger_clock.hpp"

#include "connection/connection.hpp"
#include "worker/client_wait.hpp"

namespace waggle::proxy {
namespace {

constexpr std::size_t discarded_at_once = 256 * 1024;  // not copied, but freeing it costs as well

}  // namespace

/// Half-closes and reads on for a while, so that the answer is not lost to a reset. An upload of gigabytes to somebody who
/// refuses costs its discarding, no memory; the connection counts as dawdling and makes room when that is scarce.
io::task<void> connection::linger() {
  if (aborted_ || evicted_ || !client_.is_open()) co_return;
  in_.release();
  facts_.logins.reset();  // no request follows
  client_.shutdown_write();
  const struct counted {
    connection& s;
    explicit counted(connection& of) noexcept : s(of) {
      s.idle_ = true;
      s.w_.count.connections_lingering.add();
    }
    ~counted() {
      s.w_.count.connections_lingering.sub();
      s.idle_ = false;
    }
  } while_lingering(*this);
  io::linger_clock clock(w_.loop.now());
  for (unsigned steps = 0; !clock.over(w_.loop.now());) {
    if (!client_.is_ready(io::readable)) {
      const client_wait here(w_, *this, wait_kind::dawdling);
      const bool ready = co_await waiter_.wait(client_, io::readable | io::broken, clock.due(w_.draining()));
      if (!ready) co_return;
    }
    if (aborted_ || evicted_) co_return;
    const io::io_result r = client_.discard(discarded_at_once);
    if (r.status == io::io_status::again) continue;
    if (r.status != io::io_status::ok) co_return;
    w_.count.bytes_in.add(r.bytes);
    clock.note_bytes(w_.loop.now());
    if (++steps < w_.loop.burst()) continue;
    steps = 0;
    co_await w_.loop.yield();
  }
}

}  // namespace waggle::proxy
