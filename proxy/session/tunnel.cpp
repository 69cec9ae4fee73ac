// After a 101: bytes both ways until one side ends (RFC 9110 §7.8). No framing is looked at.
#include "exchange/deadlines.hpp"
#include "session/session.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace waggle::proxy {

namespace {

/// One direction. eof is passed on as a half-close once everything before it was sent.
struct lane {
  io::stream& from;
  io::stream& to;
  io::buffer left;
  bool ended = false;
};

}  // namespace

io::task<void> session::tunnel(exchange& x) {
  io::stream& server = *x.up;
  lane up{client_, server, std::move(in_), false};
  lane down{server, client_, std::move(x.to_client), false};
  unsigned steps = 0;
  io::time_ms idle_due = due_after(w_.loop.now(), w_.opts.timeouts.tunnel);
  std::uint64_t passed = 0;
  // moved: call again; wait_*: what for; done: this direction is over; stopped: tear both down
  const auto advance = [this, &passed](lane& l) -> progress {
    if (!l.left.empty()) {
      const progress s = flush(l.to, l.left);
      if (s != progress::done) return s;
    }
    if (l.ended) return progress::done;
    if (!l.from.is_ready(io::readable)) return progress::wait_read;
    const io::io_result r = l.from.read(w_.scratch.in(), scratch::read_size);
    if (r.status == io::io_status::again) return progress::wait_read;
    if (r.status == io::io_status::error) return progress::stopped;
    if (r.status == io::io_status::eof) {
      l.ended = true;
      l.to.shutdown_write();
      return progress::moved;
    }
    if (&l.from == &client_) w_.count.bytes_in.add(r.bytes);
    const io::io_result sent = l.to.write(w_.scratch.in(), r.bytes);
    if (sent.status == io::io_status::error) return progress::stopped;
    if (&l.to == &client_) w_.count.bytes_out.add(sent.bytes);
    passed += r.bytes;
    if (sent.bytes < r.bytes) {
      l.left = w_.buffers.take(r.bytes - sent.bytes);
      l.left.append({w_.scratch.in() + sent.bytes, r.bytes - sent.bytes});
    }
    return progress::moved;
  };
  for (;;) {
    const progress a = advance(up), b = advance(down);
    if (a == progress::stopped || b == progress::stopped) {  // an abrupt end on one side is one on the other, behind what came before
      x.to_client = std::move(down.left);
      if (co_await send_rest(x)) co_await wait_sent();
      client_.reset();
      co_return;
    }
    if (a == progress::done && b == progress::done) co_return;
    if (a == progress::moved || a == progress::wait_write) x.up->note_sent(w_.loop.now());
    if (w_.loop.now() >= x.up->look_at && !x.up->look(w_.loop.now(), user_timeout())) {
      client_.reset();
      co_return;
    }
    if (a == progress::moved || b == progress::moved) {
      idle_due = due_after(w_.loop.now(), w_.opts.timeouts.tunnel);
      if (++steps % w_.loop.burst() == 0) co_await w_.loop.yield();
      if (aborted_) co_return;
      continue;
    }
    std::uint8_t on_client = 0, on_server = 0;
    if (a == progress::wait_read) on_client |= io::readable | io::broken;
    if (b == progress::wait_write) on_client |= io::writable | io::broken;
    if (b == progress::wait_read) on_server |= io::readable | io::broken;
    if (a == progress::wait_write) on_server |= io::writable | io::broken;
    std::optional<waiting> unread;  // a client that does not read what is there for it, or nobody has anything to say
    if (b == progress::wait_write) unread.emplace(*this, passed);
    else if (a == progress::wait_read && b == progress::wait_read) unread.emplace(*this, wait_kind::quiet);
    const bool ready = co_await waiter_.wait(client_, on_client, server, on_server, std::min(idle_due, x.up->look_at));
    unread.reset();
    if (aborted_ || retired_ || (!ready && w_.loop.now() >= idle_due)) co_return;
  }
}

}  // namespace waggle::proxy
