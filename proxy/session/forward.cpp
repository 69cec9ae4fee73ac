// The attempts: pick a server, get a connection, send, relay; again elsewhere when that is lawful.
#include "session/session.hpp"

#include <algorithm>

namespace waggle::proxy {
namespace {

constexpr std::uint64_t not_asked_about = 16 * 1024;  // bytes of a body that any server takes in with the head
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
    case failure::too_large: return 500;
    case failure::no_room: return 503;
    default: return 502;
  }
}

/// The server is to blame, or the way to it.
bool is_gateways(failure f) noexcept { return status_of(f) >= 502 && f != failure::no_room; }

}  // namespace

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
  if (aborted_ || !leaving_.may_repeat() || x.attempts >= attempts_of(w_.opts) || x.body_streamed || x.any_answer_byte) return false;
  switch (f) {
    case failure::connect:
    case failure::connect_timeout:
      if (!w_.is_current(x.to.use())) return true;  // the swarm has moved on: there may be others now
      for (int i = 0; i < static_cast<int>(x.to->servers.size()); ++i)
        if (i != x.chosen && !was_tried(x, i) && x.to->servers[static_cast<std::size_t>(i)].up()) return true;
      return false;  // nobody else to ask
    case failure::reused_closed: return x.idempotent;
    case failure::fresh_closed: return x.idempotent && !x.repeated;
    case failure::unheard: return x.idempotent;  // to another node, which has not been asked yet
    default: return false;
  }
}

/// The service's retry budget; what is sent again because a label says so is the label's business.
bool session::afford_retry(const exchange& x, failure f) {
  using upstream::retry_reason;
  const retry_reason why = f == failure::fresh_closed    ? retry_reason::unanswered
                           : f == failure::reused_closed ? retry_reason::reused_ended
                                                         : retry_reason::nothing_sent;
  if (w_.budget_of(*x.to).spend(why)) return true;
  w_.count.retries_refused.add();
  return false;
}

/// A connection that the exchange may begin on without a connect, or null.
upstream::owned_connection session::take_connection(exchange& x) {
  const bool look = !x.idempotent;  // it cannot be sent again
  if (own_)
    if (upstream::owned_connection mine = own_->take(*x.endpoint, look)) return mine;
  return x.endpoint->take_idle(look);
}

/// Ends the exchange's use of its connection to the server; what becomes of it is decided by what went over it.
void session::drop_upstream(exchange& x) {
  if (!x.up) return;
  upstream::endpoint& e = x.up->to();
  x.reuse.request_sent = x.upload_complete();
  // Written is not sent: an answer acknowledges what its server has taken in, so what is left in the kernel now was not read before
  // it. Such a server may end the connection, or take the rest for the next request.
  if (x.reuse.request_sent && x.request_bytes > not_asked_about) x.reuse.request_sent = !x.up->has_unsent();
  x.up->bound = x.reuse.bound;
  const bool room = w_.has_descriptors(0);
  switch (fate_of(x.reuse)) {
    case server_fate::distrust: e.distrust(); break;
    case server_fate::close: break;
    case server_fate::pool:
      if (room) e.give_back(std::move(x.up), static_cast<io::time_ms>(w_.opts.timeouts.upstream_idle.count()), w_.opts.limits.pool_per_server);
      break;
    case server_fate::own:
      if (!room || aborted_) break;
      if (!own_) own_ = std::make_unique<own_connections>();
      own_->keep(std::move(x.up));
      break;
  }
  x.up.reset();
}

io::task<session::verdict> session::forward(exchange& x) {
  failure f = failure::none;
  bool force_fresh = false, pool_doubted = false;
  begin_backend(x);
  if (x.counted && !w_.has_share(x.counted->in_use())) {
    w_.count.over_share.add();
    co_return co_await reply(&x, 503);
  }
  w_.budget_of(*x.to).note_request();
  leaving_.aborts = x.to->abort_on_close;
  if (!x.stranger.empty() && !co_await meet_stranger(x)) {
    w_.count.aborted.add();
    co_return verdict::reset;
  }
  for (;;) {
    if (client_.is_ready(io::broken)) {  // never begun, nor repeated, for one that has left
      x.endpoint.done();
      w_.count.aborted.add();
      co_return verdict::reset;
    }
    ++x.attempts;
    const bool gone = !w_.is_current(x.to.use()) && !follow_table(x);
    // After a connection that died while pooled the same server is asked again, on a new one.
    if (!force_fresh || gone || x.chosen < 0) {
      int server = gone ? -1 : choose_server(x);
      if (!gone && ought_to_wait(x, server)) server = co_await hold(x);
      if (server < 0) {  // its last task goes, or its health check has taken the last one out
        x.endpoint.done();
        if (server != client_left) co_return co_await reply(&x, 503);
        w_.count.aborted.add();
        co_return verdict::reset;
      }
      set_server(x, server);
    }
    f = failure::none;
    if (!force_fresh && !pool_doubted) x.up = take_connection(x);
    if (!x.up) f = co_await connect(x);
    x.reuse = {};
    if (f == failure::none) {
      x.reuse.bound = x.login || x.up->bound;
      f = send_head(x);
    }
    if (f == failure::none) {
      ++x.endpoint->requests;
      leaving_.begun = true;
      x.at = exchange::stage::head;
      x.answer_progress = x.request_progress = w_.loop.now();
      f = co_await relay(x);
    }
    if (f == failure::none || f == failure::replaced) break;
    if (f == failure::reused_closed) x.endpoint->idle_time.closed_after(x.up->idle_for, w_.loop.now());
    if (f == failure::fresh_closed || f == failure::unheard) w_.report_failure(*x.endpoint, "closed without an answer");
    const bool by_label = f == failure::again || (x.route->chain.buffering && f != failure::client_gone && is_gateways(f) &&
                                                  !may_retry(x, f) && retry_wanted(x, status_of(f), true));
    x.refused = !by_label && !may_retry(x, f) && may_wait(x, f);
    if (!by_label && !x.refused && !(may_retry(x, f) && afford_retry(x, f))) break;
    if (by_label) {  // an answer may have begun
      ++x.label_retries;
      x.answer_decoder = {};
      x.gzip.release();  // begun for an answer that was bad in its first bytes
      x.trailers.clear();
      x.announced.clear();
    }
    drop_upstream(x);
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
    if (f == failure::unheard) {
      mark_node_tried(x, x.chosen);
      pool_doubted = true;  // a connection that is made now has been heard of
    }
  }
  x.endpoint.done();

  if (f == failure::none) {
    x.endpoint->note_success();
    if (x.tunnel) {
      end_watch();
      co_await tunnel(x);
      co_return verdict::close;
    }
    drop_upstream(x);
    const bool read = x.request_done || co_await drain_request(x);
    co_return end_of_answer(&x, read, false);
  }
  if (f == failure::replaced) x.endpoint->note_success();
  drop_upstream(x);
  if (f == failure::replaced) co_return co_await reply(&x, x.status);
  if (f == failure::client_gone || aborted_) {
    w_.count.aborted.add();
    co_return verdict::reset;
  }
  x.network_error = is_gateways(f);
  if (x.network_error) {
    ++x.endpoint->failures;
    if (f != failure::connect && f != failure::fresh_closed && f != failure::unheard)
      x.endpoint->note_trouble(status_of(f) == 504 ? "no answer in time" : *x.complaint ? x.complaint : "an answer that was cut or is no HTTP", w_.loop.now());
    tell_failure(x, f, status_of(f));
  }
  if (x.head_sent) co_return co_await end_cut(x);
  co_return co_await reply(&x, status_of(f));
}

}  // namespace waggle::proxy
