#include "session/session.hpp"

#include "exchange/deadlines.hpp"
#include "session/proxy_header.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace waggle::proxy {

namespace {

/// Reads with nothing but empty lines that leave a connection idle, between two requests: idling must not be had for ever.
constexpr std::uint8_t most_empty_lines = 2;

bool is_safe(std::string_view method) noexcept {  // RFC 9110 section 9.2.1
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace

session::session(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer)
    : w_(w), client_(*this), waiter_(w.loop), look_(*this), entry_(static_cast<std::uint16_t>(entry)) {
  set_peer(peer);
  late_ = w_.draining();
  spared_ = w_.entries[entry_].operators && io::is_loopback(peer_ip_);
  w_.enter(*this);  // nothing that is made only in part is in its list
  w_.set_awaited(*this, !w_.entries[entry_].operators);
  client_.adopt(client.release());
}

session::~session() = default;

void session::set_peer(const io::socket_address& peer) {
  peer_ip_ = io::to_bytes(peer);
  peer_port_ = peer.port();
  const std::string text = peer.ip();
  peer_size_ = static_cast<std::uint8_t>(std::min(text.size(), sizeof peer_));
  std::memcpy(peer_, text.data(), peer_size_);
  const entry_settings& entry = w_.entries[entry_];
  trusted_ = entry.forwarded_everyone || entry.forwarded_trusted.contains(peer_ip_);
}

io::task<bool> session::read_proxy_header() {
  // A balancer may keep a connection in stock and send its header with the first request only.
  const bool ready = co_await begin_idle();
  end_idle();
  if (!ready) co_return false;
  const io::time_ms due = due_after(w_.loop.now(), times().request_head);
  in_ = w_.buffers.take(io::buffer_pool::medium);
  const waiting here(*this, wait_kind::dawdling);
  for (;;) {
    const proxy_header header = parse_proxy_header(in_.view());
    if (header.state == proxy_header::verdict::bad || (header.state == proxy_header::verdict::incomplete && in_.room() == 0)) {
      w_.count.refused_heads.add();
      co_return false;
    }
    if (header.state != proxy_header::verdict::incomplete) {
      in_.consume(header.bytes);
      if (header.source) set_peer(*header.source);
      co_return true;
    }
    const bool more = co_await waiter_.wait(client_, io::readable | io::broken, due);
    if (!more || retired_) co_return false;
    const io::io_result r = client_.read(in_.tail(), in_.room());
    if (r.status == io::io_status::again) continue;
    if (r.status != io::io_status::ok) co_return false;
    in_.commit(r.bytes);
  }
}

void session::begin(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept {
  session* s = nullptr;
  const auto end = [](session& ended, bool failed) noexcept {
    if (failed) {
      ended.w_.count.exceptions.add();
      ended.client_.reset();  // a cut answer must not look complete
    }
    // Now, not at the end of the batch: who makes room counts what is open (free_descriptors).
    ended.own_.reset();
    ended.client_.close();
    ended.w_.remove(ended);
  };
  try {
    s = new session(w, std::move(client), entry, peer);
    io::spawn(s->run(), [s, end](std::exception_ptr error) { end(*s, error != nullptr); });
  } catch (...) {  // no memory for it, or for its coroutine
    if (s) end(*s, true);
    else w.count.exceptions.add();
  }
}

void session::abort() {
  aborted_ = true;
  if (must_reset_) client_.reset();
  else client_.close();  // the kernel goes on sending what was written
  waiter_.interrupt();
}

void session::retire() {
  retired_ = true;
  waiter_.interrupt();
}

void session::give_back_pipes() {
  if (!stalled_) return;
  exchange& x = *stalled_;
  const auto give_back = [this](io::pipe& from, io::buffer& to) {
    if (!from || !to.empty()) return;
    if (from.held() > 0) {
      io::buffer kept = w_.buffers.take(from.held());
      if (!from.drain(kept)) return;
      to = std::move(kept);
    }
    from.release();
  };
  give_back(x.download, x.to_client);
  give_back(x.upload, x.to_server);
}

void session::hurry(io::time_ms idle_until) {
  if (idle_) waiter_.expire_at(idle_until);
}

/// An idle connection holds this frame and the session, no buffer. Browsers and balancers open some in advance: the first
/// request may come as late as a further one. Awaits to false: end the connection; end_idle() follows.
io::waiter::wait_awaiter session::begin_idle() noexcept {
  idle_ = true;
  if (!spared_) w_.waiting.enter(*this, wait_kind::idle, w_.loop.now());
  return waiter_.wait(client_, io::readable | io::broken, due_after(w_.loop.now(), spared_ ? times().request_head : times().keep_alive));
}

void session::end_idle() noexcept {
  idle_ = false;
  if (!std::exchange(spared_, false)) w_.waiting.leave(*this);
}

io::task<void> session::run() {
  const entry_settings& entry = w_.entries[entry_];
  if (entry.proxy_everyone || entry.proxy_trusted.contains(peer_ip_)) {
    if (!co_await read_proxy_header()) co_return;
  }
  for (unsigned answered = 0;;) {
    if (in_.empty() && !client_.is_ready(io::readable)) {
      in_.release();
      const bool ready = co_await begin_idle();
      end_idle();
      if (!ready) co_return;
      // A crowd that leaves at once: closing takes a while, and who has something to ask goes first.
      if (client_.is_ready(io::peer_closed | io::broken) && w_.loop.is_late()) {
        co_await w_.loop.yield();
        if (aborted_) co_return;
      }
    } else if (++answered >= w_.loop.burst() || w_.loop.is_late()) {  // pipelined requests that are answered here may never wait for anything
      answered = 0;
      co_await w_.loop.yield();
      if (aborted_) co_return;
    }
    verdict v = co_await serve(false);
    if (v == verdict::incomplete) {
      // Outside of serve(), whose frame is large: many clients may dawdle over a head at once.
      if (!co_await read_rest_of_head()) co_return;
      v = co_await serve(true);
    }
    must_reset_ = false;
    switch (v) {
      case verdict::incomplete:
      case verdict::keep:
        if (aborted_) co_return;
        break;
      case verdict::close: co_return;
      case verdict::reset: client_.reset(); co_return;
      case verdict::linger: co_await linger(); co_return;
    }
  }
}

io::task<session::verdict> session::serve(bool head_ended) {
  // Head: parsed where it was received; copied only if it came in pieces.
  std::string_view bytes;
  if (in_.empty()) {
    const io::io_result r = client_.read(w_.scratch.in(), scratch::head_read);
    if (r.status == io::io_status::again) co_return verdict::keep;
    if (r.status != io::io_status::ok) co_return verdict::close;
    w_.count.bytes_in.add(r.bytes);
    bytes = {w_.scratch.in(), r.bytes};
  } else {
    bytes = in_.view();
  }
  http1::parse_result parsed = http1::parse_request(bytes, w_.scratch.request);
  if (parsed.state == http1::parse_state::incomplete) {
    // Some clients end a body with an empty line that is not part of it (RFC 9112 section 2.2): no request has begun.
    if (parsed.bytes > 0 && parsed.bytes == bytes.size() && empty_lines_ < most_empty_lines) {
      ++empty_lines_;
      in_.release();
      co_return w_.draining() ? verdict::close : verdict::keep;
    }
    if (!head_ended) {
      if (in_.empty()) {
        in_ = w_.buffers.take(bytes.size() + 1);
        in_.append(bytes);
      }
      co_return verdict::incomplete;
    }
    const bool long_line = bytes.find('\n') == std::string_view::npos;
    parsed = {http1::parse_state::bad, 0, in_.size() >= w_.opts.limits.request_head_bytes ? (long_line ? 414u : 431u) : 408u,
              long_line ? "request line too long" : "head too large"};
  }
  if (parsed.state == http1::parse_state::bad) {
    w_.count.refused_heads.add();
    in_.release();
    co_return co_await reply(nullptr, parsed.status, parsed.reason);
  }

  empty_lines_ = 0;
  exchange x;
  x.started = w_.loop.now();
  begin_told(x);
  std::optional<counter_lease> active;
  const struct finisher {  // also when an exception ends the session: what no lease of the exchange gives back
    session& s;
    exchange& x;
    ~finisher() {
      s.end_watch();
      s.finish(x);
    }
  } at_the_end{*this, x};
  begin_watch(x, is_safe(w_.scratch.request.method));
  outcome o = receive(x, bytes.substr(0, parsed.bytes));
  if (o.what == outcome::kind::go_on) find_before_steps(x);
  if (!x.untold) w_.count.requests.add(), active.emplace(w_.count.active);
  // From here on nothing refers to the received head: what came behind it moves to in_.
  if (!in_.empty()) {
    in_.consume(parsed.bytes);
  } else if (const std::string_view rest = bytes.substr(parsed.bytes); !rest.empty()) {
    in_ = w_.buffers.take(rest.size());
    in_.append(rest);
  }
  if (o.what == outcome::kind::go_on) o = advance(x);
  while (o.what == outcome::kind::wait) o = co_await await_check(x);
  switch (o.what) {
    case outcome::kind::client_gone: co_return verdict::reset;  // nobody is left to answer
    case outcome::kind::answered: co_return co_await reply_local(x);
    case outcome::kind::redirect_slash: co_return co_await redirect_slash(x);
    case outcome::kind::options_answered: co_return co_await reply(&x, 200);
    case outcome::kind::refused:
      if (o.why.status >= 400 && o.why.status < 404) w_.count.refused_heads.add();
      co_return co_await reply(&x, o.why.status, o.why.reason);
    case outcome::kind::wait:
    case outcome::kind::go_on: break;
  }
  if (x.route->chain.buffering) co_return co_await forward_buffered(x);
  if (!x.expect_continue) take_early_body(x);
  co_return co_await forward(x);
}

/// What no lease of the exchange gives back by itself.
void session::finish(exchange& x) noexcept {
  const io::time_ms now = w_.loop.now();
  x.limits.finish({x.status, x.network_error, now, now - x.started});
  if (x.wanted >= 0 && x.chosen >= 0 && x.chosen != x.wanted) w_.count.sticky_failed.add();
  try {
    if (x.to) w_.note_response(*x.to, x.chosen, x.status);
  } catch (...) {  // no memory for new weights
  }
  if (x.untold) {
    w_.set_awaited(*this, !w_.entries[entry_].operators);
    return;
  }
  tell(x);
  if (x.status >= 100 && x.status < 1000) w_.count.status[x.status - 100].add();
  w_.count.response_time_us.add((w_.loop.now() - x.started) * 1000);
}

}  // namespace waggle::proxy
