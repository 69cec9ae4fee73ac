#include "stream/tunnel.hpp"

#include "decision/deadlines.hpp"
#include "decision/step.hpp"
#include "stream/flush.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace waggle::proxy {
namespace {

/// One direction. An end is passed on as a half-close once everything before it was sent.
struct direction {
  worker& w;
  io::stream& from;
  io::stream& to;
  io::buffer left;
  counter* in;   ///< bytes of the client's side; null: this is not it
  counter* out;  ///< …
  bool ended = false;
  std::uint64_t passed = 0;

  progress advance();
};

/// @return moved: call again; wait_*: what for; done: this direction is over; stopped: tear both down
progress direction::advance() {
  if (!left.empty())
    if (const progress s = flush(to, left, out); s != progress::done) return s;
  if (ended) return progress::done;
  if (!from.is_ready(io::readable)) return progress::wait_read;
  const io::io_result r = from.read(w.scratch.in(), scratch::read_size);
  if (r.status == io::io_status::again) return progress::wait_read;
  if (r.status == io::io_status::error) return progress::stopped;
  if (r.status == io::io_status::eof) {
    ended = true;
    to.shutdown_write();
    return progress::moved;
  }
  if (in) in->add(r.bytes);
  const io::io_result sent = to.write(w.scratch.in(), r.bytes);
  if (sent.status == io::io_status::error) return progress::stopped;
  if (out) out->add(sent.bytes);
  passed += r.bytes;
  if (sent.bytes < r.bytes) {
    left = w.buffers.take(r.bytes - sent.bytes);
    left.append({w.scratch.in() + sent.bytes, r.bytes - sent.bytes});
  }
  return progress::moved;
}

}  // namespace

io::task<void> tunnel(worker& w, server_stream& client, client_stream& to_server, io::pipe& download) {
  upstream::connection& server = *to_server.on_;
  direction up{w, client.socket_, server, client.body_.take_received(), &w.count.bytes_in, nullptr};
  direction down{w, server, client.socket_, client.out_.take_left(), nullptr, &w.count.bytes_out};
  const unsigned user_timeout = static_cast<unsigned>(w.opts.timeouts.tcp_user_timeout.count());
  unsigned steps = 0;
  io::time_ms idle_due = due_after(w.loop.now(), w.opts.timeouts.tunnel);
  for (;;) {
    const progress a = up.advance(), b = down.advance();
    if (a == progress::stopped || b == progress::stopped) {  // an abrupt end on one side is one on the other, behind what came before
      client.out_.keep(down.left.view());
      if (co_await client.send_rest(download)) co_await client.wait_sent();
      client.socket_.reset();
      co_return;
    }
    if (a == progress::done && b == progress::done) co_return;
    if (a == progress::moved || a == progress::wait_write) server.watch.note_sent(w.loop.now());
    if (w.loop.now() >= server.watch.look_at && !server.watch.look(server, w.loop.now(), user_timeout)) {
      client.socket_.reset();
      co_return;
    }
    if (a == progress::moved || b == progress::moved) {
      idle_due = due_after(w.loop.now(), w.opts.timeouts.tunnel);
      if (++steps % w.loop.burst() == 0) co_await w.loop.yield();
      if (client.is_aborted()) co_return;
      continue;
    }
    std::uint8_t on_client = 0, on_server = 0;
    if (a == progress::wait_read) on_client |= io::readable | io::broken;
    if (b == progress::wait_write) on_client |= io::writable | io::broken;
    if (b == progress::wait_read) on_server |= io::readable | io::broken;
    if (a == progress::wait_write) on_server |= io::writable | io::broken;
    std::optional<client_wait> unread;  // a client that does not read what is there for it, or nobody has anything to say
    if (b == progress::wait_write) unread.emplace(w, client.owner(), up.passed + down.passed);
    else if (a == progress::wait_read && b == progress::wait_read) unread.emplace(w, client.owner(), wait_kind::quiet);
    const bool ready = co_await client.waiter_.wait(client.socket_, on_client, server, on_server, std::min(idle_due, server.watch.look_at));
    unread.reset();
    if (client.ended_by_us() || (!ready && w.loop.now() >= idle_due)) co_return;
  }
}

}  // namespace waggle::proxy
