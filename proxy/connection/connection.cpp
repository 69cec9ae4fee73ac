#include "connection/connection.hpp"

#include "connection/receive.hpp"
#include "decision/deadlines.hpp"
#include "exchange/own_answer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace waggle::proxy {
namespace {

/// Reads with nothing but empty lines that leave a connection idle, between two requests: idling must not be had for ever.
constexpr std::uint8_t most_empty_lines = 2;

}  // namespace

connection::own_stream::own_stream(connection& c) noexcept : io::stream(c.w_.loop), of(c) {
  on_end = [](io::stream& self, std::uint8_t ended) {
    exchange* const x = static_cast<own_stream&>(self).of.current_;
    return x ? x->client.note_end(ended) : std::uint8_t{0};
  };
}

connection::connection(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) : w_(w), client_(*this), waiter_(w.loop) {
  facts_.entry = static_cast<std::uint16_t>(entry);
  set_peer(peer);
  facts_.late = w_.draining();
  if (w_.entries[entry].operators && io::is_loopback(facts_.ip) && w_.spared < worker::local_reserve) {
    spared_ = true;
    ++w_.spared;
  }
  w_.enter(*this);  // nothing that is made only in part is in its list
  w_.set_awaited(*this, !w_.entries[entry].operators);
  client_.adopt(client.release());
}

connection::~connection() { end_spare(); }

void connection::end_spare() noexcept {
  if (std::exchange(spared_, false)) --w_.spared;
}

void connection::begin(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept {
  connection* s = nullptr;
  const auto end = [](connection& ended, bool failed) noexcept {
    if (failed) {
      ended.w_.count.exceptions.add();
      ended.client_.reset();  // a cut answer must not look complete
    }
    // Now, not at the end of the batch: who makes room counts what is open (free_descriptors).
    ended.facts_.logins.reset();
    ended.client_.close();
    ended.w_.remove(ended);
  };
  try {
    s = new connection(w, std::move(client), entry, peer);
    io::spawn(s->run(), [s, end](std::exception_ptr error) { end(*s, error != nullptr); });
  } catch (...) {  // no memory for it, or for its coroutine
    if (s) end(*s, true);
    else w.count.exceptions.add();
  }
}

void connection::abort() {
  aborted_ = true;
  if (current_ && current_->client.must_reset()) client_.reset();
  else client_.close();  // the kernel goes on sending what was written
  interrupt();
}

void connection::evict() {
  evicted_ = true;
  interrupt();
}

void connection::give_back_pipes() {
  if (current_) current_->give_back_pipes();
}

void connection::shorten_idle(io::time_ms idle_until) {
  if (idle_) waiter_.expire_at(idle_until);
  if (head_due_ == 0) return;
  if (w_.entries[facts_.entry].operators) return evict();
  head_due_ = std::min(head_due_, idle_until);
  waiter_.expire_at(head_due_);
}

io::time_ms connection::ask_until(std::chrono::milliseconds limit) const noexcept {
  const io::time_ms due = due_after(w_.loop.now(), limit);
  return facts_.late ? due : std::min(due, w_.heads_until());
}

/// An idle connection holds this frame and itself, no buffer. Browsers and balancers open some in advance: the first
/// request may come as late as a further one. Awaits to false: end the connection; end_idle() follows.
io::waiter::wait_awaiter connection::begin_idle() noexcept {
  idle_ = true;
  if (!spared_) w_.waiting.enter(*this, wait_kind::idle, w_.loop.now());
  return waiter_.wait(client_, io::readable | io::broken, ask_until(spared_ ? times().request_head : times().keep_alive));
}

void connection::end_idle() noexcept {
  idle_ = false;
  if (spared_) end_spare();
  else w_.waiting.leave(*this);
}

io::task<void> connection::run() {
  const entry_settings& entry = w_.entries[facts_.entry];
  if (entry.proxy_everyone || entry.proxy_trusted.contains(facts_.ip)) {
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
    end_spare();
    std::optional<client_fate> end = co_await serve(false);
    if (!end) {
      // Outside of serve(), whose frame is large: many clients may dawdle over a head at once.
      if (!co_await read_rest_of_head()) co_return;
      end = co_await serve(true);
    }
    switch (*end) {
      case client_fate::keep:
        if (aborted_) co_return;
        break;
      case client_fate::close: co_return;
      case client_fate::reset: client_.reset(); co_return;
      case client_fate::linger: co_await linger(); co_return;
    }
  }
}

/// A head is parsed where it was received; copied only if it came in pieces.
std::string_view connection::read_bytes(client_fate& instead) {
  if (!in_.empty()) return in_.view();
  const io::io_result r = client_.read(w_.scratch.in(), scratch::head_read);
  if (r.status == io::io_status::ok) {
    w_.count.bytes_in.add(r.bytes);
    return {w_.scratch.in(), r.bytes};
  }
  instead = r.status == io::io_status::again ? client_fate::keep : client_fate::close;
  return {};
}

/// Some clients end a body with an empty line that is not part of it (RFC 9112 section 2.2): no request has begun.
bool connection::is_between_requests(std::string_view bytes, const http1::parse_result& parsed) noexcept {
  if (parsed.bytes == 0 || parsed.bytes != bytes.size() || empty_lines_ == most_empty_lines) return false;
  ++empty_lines_;
  in_.release();
  return true;
}

/// From here on nothing refers to the received head: what came behind it moves to in_.
void connection::keep_rest(std::string_view bytes, std::size_t used) {
  if (!in_.empty()) {
    in_.consume(used);
  } else if (const std::string_view rest = bytes.substr(used); !rest.empty()) {
    in_ = w_.buffers.take(rest.size());
    in_.append(rest);
  }
}

/// No request has come: what was sent is none.
io::task<client_fate> connection::refuse(unsigned status, std::string_view why) {
  w_.count.refused_heads.add();
  in_.release();
  io::waiter waiter(w_.loop);
  server_stream answer(w_, {*this, client_, in_}, waiter, times(), false);
  const waiting_here here(*this, waiter);
  w_.count.status[status - 100].add();
  co_return co_await answer.send_own(own_answer(status, why), true, nullptr);
}

io::task<std::optional<client_fate>> connection::serve(bool head_ended) {
  client_fate instead = client_fate::close;
  const std::string_view bytes = read_bytes(instead);
  if (bytes.empty()) co_return instead;
  http1::parse_result parsed = http1::parse_request(bytes, w_.scratch.request);
  if (parsed.state == http1::parse_state::incomplete) {
    if (is_between_requests(bytes, parsed)) co_return w_.draining() ? client_fate::close : client_fate::keep;
    if (!head_ended) {
      if (in_.empty()) keep_rest(bytes, 0);
      co_return std::nullopt;
    }
    const bool long_line = bytes.find('\n') == std::string_view::npos;
    parsed = {http1::parse_state::bad, 0, in_.size() >= w_.opts.limits.request_head_bytes ? (long_line ? 414u : 431u) : 408u,
              long_line ? "request line too long" : "head too large"};
  }
  if (parsed.state == http1::parse_state::bad) co_return co_await refuse(parsed.status, parsed.reason);

  empty_lines_ = 0;
  const http1::request_head& head = w_.scratch.request;
  exchange x(w_, facts_, {*this, client_, in_}, {head.method, head.target, head.minor, head.fields.all(), facts_.trusted});
  const struct current {  // also when an exception ends the connection
    exchange*& of;
    ~current() { of = nullptr; }
  } while_it_runs{current_ = &x};
  const waiting_here here(*this, x.waiter);
  const request_steps::outcome received = receive(w_, facts_, bytes.substr(0, parsed.bytes), x.in, x.client);
  keep_rest(bytes, parsed.bytes);
  co_return co_await x.run(received);
}

}  // namespace waggle::proxy
