// The attempts: pick a server, get a connection, send, relay; again elsewhere when that is lawful.
#include "session/session.hpp"

#include <algorithm>

namespace waggle::proxy {
namespace {

constexpr unsigned default_attempts = 3, most_attempts = 10;  // http-contract: at most two extra ones, unless asked for

unsigned attempts_of(const options& o) noexcept {
  const unsigned asked = o.retry_attempts.value_or(0);
  return asked == 0 ? default_attempts : std::min(asked, most_attempts);
}

unsigned status_of(failure f) noexcept {
  switch (f) {
    case failure::connect_timeout:
    case failure::head_timeout: return 504;
    case failure::bad_request: return 400;
    case failure::request_timeout: return 408;
    case failure::too_large:
    case failure::no_room: return 500;
    default: return 502;
  }
}

}  // namespace

int session::choose_server(exchange& x) {
  const io::time_ms now = w_.loop.now();
  const auto up = [&](std::size_t i) { return x.to->servers[i].up(); };
  const auto fresh = [&](std::size_t i) { return up(i) && !was_tried(x, static_cast<int>(i)); };
  const auto good = [&](std::size_t i) { return fresh(i) && w_.endpoint_of(x.to->servers[i], x.use).usable(now); };
  if (x.wanted >= 0 && good(static_cast<std::size_t>(x.wanted))) return x.wanted;
  balance::position& at = w_.position_of(*x.to);
  const auto pick = [&](auto&& usable) {
    return x.to->dynamic ? balance::pick_by(w_.weights_of(*x.to), at, usable) : balance::pick(*x.to, at, usable);
  };
  int i = pick(good);
  if (i < 0 && x.wanted >= 0 && fresh(static_cast<std::size_t>(x.wanted))) i = x.wanted;
  if (i < 0) i = pick(fresh);  // all held down: doubt removes nothing, somebody is asked
  if (i < 0) i = pick(up);
  return i;
}

/// Makes `index` the server of this attempt.
void session::set_server(exchange& x, int index) {
  if (x.endpoint) {
    --x.endpoint->active;
    x.endpoint->release();
  }
  x.chosen = index;
  const routing::server& server = x.to->servers[static_cast<std::size_t>(index)];
  x.endpoint = &w_.endpoint_of(server, x.use);
  x.endpoint->retain();
  ++x.endpoint->active;
  x.set_cookie = x.to->sticky && index != x.wanted;
  if (x.host_at == 0) return;
  x.head.replace(x.host_at, x.host_size, server.host_header);
  x.host_size = server.host_header.size();
}

/// The composed head with the body bytes in it. @return none, or a *_closed failure if the connection is dead.
failure session::send_head(exchange& x) {
  const io::io_result r = x.up->write(x.head.data(), x.head.size());
  const failure dead = x.up->exchanges > 0 ? failure::reused_closed : failure::fresh_closed;
  if (r.status == io::io_status::error) return dead;
  if (r.bytes < x.head.size()) {
    x.to_server = w_.buffers.take(x.head.size() - r.bytes);
    x.to_server.append(x.head.view().substr(r.bytes));
  }
  return failure::none;
}

/// http-contract retry table (RFC 9110 §9.2.2, RFC 9112 §9.3.1).
bool session::may_retry(const exchange& x, failure f) const noexcept {
  if (aborted_ || x.attempts >= attempts_of(w_.opts) || x.body_streamed || x.any_answer_byte) return false;
  switch (f) {
    case failure::connect:
    case failure::connect_timeout:
      for (int i = 0; i < static_cast<int>(x.to->servers.size()); ++i)
        if (i != x.chosen && !was_tried(x, i) && x.to->servers[static_cast<std::size_t>(i)].up()) return true;
      return false;  // nobody else to ask
    case failure::reused_closed: return x.idempotent;
    case failure::fresh_closed: return x.idempotent && !x.repeated;
    default: return false;
  }
}

void session::drop_upstream(exchange& x, bool reusable) {
  if (!x.up) return;
  upstream::endpoint& e = x.up->to();
  if (reusable) e.give_back(x.up, static_cast<io::time_ms>(w_.opts.timeouts.upstream_idle.count()), w_.opts.limits.pool_per_server);
  else e.discard(x.up);
  x.up = nullptr;
}

io::task<session::verdict> session::forward(exchange& x) {
  failure f = failure::none;
  bool force_fresh = false;
  begin_backend(x);
  for (;;) {
    ++x.attempts;
    if (!force_fresh) {
      // After a connection that died while pooled the same server is asked again, on a new one.
      const int server = choose_server(x);
      if (server < 0) {  // its health check has taken the last one out
        if (x.endpoint) --x.endpoint->active;
        co_return co_await reply(&x, 503);
      }
      set_server(x, server);
    }
    f = failure::none;
    x.up = force_fresh ? nullptr : x.endpoint->take_idle(!x.idempotent);
    if (!x.up) f = co_await connect(x);
    if (f == failure::none) f = send_head(x);
    if (f == failure::none) {
      ++x.endpoint->requests;
      x.at = exchange::stage::head;
      x.answer_progress = x.request_progress = w_.loop.now();
      f = co_await relay(x);
    }
    if (f == failure::none || f == failure::replaced) break;
    if (f == failure::fresh_closed) w_.report_failure(*x.endpoint, "closed without an answer");
    const bool by_label = f == failure::again || (x.route->chain.buffering && f != failure::client_gone && status_of(f) >= 502 &&
                                                  !may_retry(x, f) && retry_wanted(x, status_of(f), true));
    if (!by_label && !may_retry(x, f)) break;
    if (by_label) {  // an answer may have begun
      ++x.label_retries;
      x.answer_decoder = {};
      x.trailers.clear();
      x.announced.clear();
    }
    drop_upstream(x, false);
    x.to_server.release();
    x.partial_head.release();
    x.held.reset();
    x.kept_sent = 0;
    x.upload_broken = x.any_answer_byte = false;
    w_.count.retries.add();
    ++x.retries;
    force_fresh = f == failure::reused_closed;
    x.repeated = x.repeated || f == failure::fresh_closed;
    if (!force_fresh) mark_tried(x, x.chosen);
  }
  --x.endpoint->active;

  if (f == failure::none) {
    x.endpoint->note_success();
    if (x.tunnel) {
      co_await tunnel(x);
      co_return verdict::close;
    }
    drop_upstream(x, x.up_keep_alive && x.upload_complete());
    if (!x.request_done && !co_await drain_request(x)) co_return verdict::linger;
    if (x.keep_alive && !w_.draining()) co_return verdict::keep;
    // Closing with unread bytes would send a reset that can overtake the answer (RFC 9112 §9.6).
    co_return in_.empty() && !client_.is_ready(io::readable) ? verdict::close : verdict::linger;
  }
  if (f == failure::replaced) {
    x.endpoint->note_success();
    drop_upstream(x, x.up_keep_alive && x.upload_complete());
    co_return co_await reply(&x, x.status);
  }
  drop_upstream(x, false);
  if (f == failure::client_gone || aborted_) {
    w_.count.aborted.add();
    co_return verdict::reset;
  }
  x.network_error = status_of(f) >= 502;
  if (x.network_error) ++x.endpoint->failures;
  if (x.head_sent) co_return verdict::reset;  // what was begun must look cut
  co_return co_await reply(&x, status_of(f));
}

}  // namespace waggle::proxy
