#include "connection/connection.hpp"
#include "io/proxy_header.hpp"
#include "decision/deadlines.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace waggle::proxy {

/// While a head or a PROXY header has come in part. The deadline is for the whole, not for each byte (slowloris). While connections are
/// scarce, whoever has been longest without a whole request makes room: a flood of heads that never end must not turn away those who come
/// with one.
struct connection::half_head {
  explicit half_head(connection& c) noexcept : of(c), dawdling(c.w_, c, wait_kind::dawdling) { of.head_due_ = of.ask_until(of.times().request_head); }
  ~half_head() { of.head_due_ = 0; }
  half_head(const half_head&) = delete;
  io::waiter::wait_awaiter more() const noexcept { return of.waiter_.wait(of.client_, io::readable | io::broken, of.head_due_); }

  connection& of;
  const client_wait dawdling;
};

/// Slow path: the head came in pieces. Collects it in in_, which grows with what was sent, up to the limit.
/// @return false: the client went away without a word worth answering.
io::task<bool> connection::read_rest_of_head() {
  const std::size_t limit = w_.opts.limits.request_head_bytes;
  const half_head until_whole(*this);
  for (;;) {
    if (in_.size() >= limit) co_return true;  // the caller says 414 or 431
    const bool ready = co_await until_whole.more();
    if (!ready) co_return !aborted_ && !evicted_;  // 408
    const io::io_result r = client_.read(w_.scratch.in(), std::min(scratch::head_read, limit - in_.size()));
    if (r.status == io::io_status::again) continue;
    if (r.status != io::io_status::ok) co_return false;
    w_.count.bytes_in.add(r.bytes);
    const std::string_view more(w_.scratch.in(), r.bytes);
    if (in_.room() < more.size()) {
      io::buffer larger = w_.buffers.take(in_.size() + more.size());
      larger.append(in_.view());
      in_ = std::move(larger);
    }
    in_.append(more);
    // Only a line end can complete the head or show that a line is wrong: parsing again is bounded by the field limit.
    if (more.find('\n') == std::string_view::npos) continue;
    if (http1::parse_request(in_.view(), w_.scratch.request).state != http1::parse_state::incomplete) co_return true;
  }
}

void connection::set_peer(const io::socket_address& peer) {
  facts_.set_peer(peer);
  const entry_settings& entry = w_.entries[facts_.entry];
  facts_.trusted = entry.forwarded_everyone || entry.forwarded_trusted.contains(facts_.ip);
}

io::task<bool> connection::read_proxy_header() {
  // A balancer may keep a connection in stock and send its header with the first request only.
  const bool ready = co_await begin_idle();
  end_idle();
  if (!ready) co_return false;
  in_ = w_.buffers.take(io::buffer_pool::medium);
  const half_head until_whole(*this);
  for (;;) {
    const io::proxy_header header = io::parse_proxy_header(in_.view());
    if (header.state == io::proxy_header::verdict::bad || (header.state == io::proxy_header::verdict::incomplete && in_.room() == 0)) {
      w_.count.refused_heads.add();
      co_return false;
    }
    if (header.state != io::proxy_header::verdict::incomplete) {
      in_.consume(header.bytes);
      if (header.source) set_peer(*header.source);
      co_return true;
    }
    const bool more = co_await until_whole.more();
    if (!more || evicted_) co_return false;
    const io::io_result r = client_.read(in_.tail(), in_.room());
    if (r.status == io::io_status::again) continue;
    if (r.status != io::io_status::ok) co_return false;
    in_.commit(r.bytes);
  }
}

}  // namespace waggle::proxy
