// The attempts: pick a server, get a connection, send, relay; again elsewhere when that is lawful.
#include "session/session.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <sys/uio.h>

namespace waggle::proxy {

namespace {

constexpr std::uint64_t not_asked_about = 16 * 1024;  // bytes of a body that any server takes in with the head

}  // namespace

/// Body bytes that arrived with the head go out with it, in one send, and make the request repeatable if they are all.
void session::take_early_body(exchange& x) {
  if (x.request_done || in_.empty()) return;
  if (x.body.kind == http1::body_kind::length) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(x.request_left, in_.size()));
    if (n == in_.size()) {
      x.early_body = std::move(in_);
    } else {  // the next request is behind it
      x.early_body = w_.buffers.take(n);
      x.early_body.append(in_.view().substr(0, n));
      in_.consume(n);
    }
    x.request_left -= n;
    x.request_bytes += n;
    x.request_done = x.request_left == 0;
  }
  // A chunked body goes through step_request, which frames it anew; small ones are sent right behind the head.
}

/// X-Waggle-Hops for whoever is asked next, where turns are counted.
std::string session::next_hops(const exchange& x) const {
  if (!x.hops.suspect && !x.route->chain.hides_server) return {};
  return http1::next_hops(x.request.fields.all(), w_.opts.edge, x.hops.turns);
}

http1::next_hop session::next_hop(std::string_view host, std::string_view hops) const noexcept {
  return {.host = host, .from = {peer(), trusted_}, .hostname = w_.opts.hostname, .hops = hops};
}

/// Begins an attempt: the head, made for this server, and the body bytes that came along. @return nothing, that the connection is
/// dead, or that the head does not fit.
fault session::send_head(exchange& x) {
  x.reuse = {.bound = x.login || x.up->bound};
  const http::request& r = x.request;
  const std::string hops = next_hops(x);
  const bool its_host = x.route->pass_host_header && !r.authority.empty();
  const std::string_view host = its_host ? r.authority : std::string_view(x.to->servers[static_cast<std::size_t>(x.chosen)].host_header);
  char* const head = w_.scratch.output.data();
  const std::size_t size = compose_request(r, next_hop(host, hops), w_.scratch.output);
  if (size == 0) return fault_kind::request_head_too_large;
  const std::string_view body = x.early_body.view();
  io::io_result sent;
  if (body.empty()) {
    sent = x.up->write(head, size);
  } else {
    iovec pieces[2] = {{head, size}, {const_cast<char*>(body.data()), body.size()}};
    sent = x.up->write(pieces);
  }
  if (sent.status == io::io_status::error) return closed_unanswered(x.up->exchanges > 0);
  if (sent.bytes < size + body.size()) {
    const std::size_t of_head = std::min(sent.bytes, size);
    x.to_server = w_.buffers.take(size + body.size() - sent.bytes);
    x.to_server.append({head + of_head, size - of_head});
    x.to_server.append(body.substr(sent.bytes - of_head));
  }
  ++x.endpoint->requests;
  leaving_.begun = true;
  x.at = exchange::stage::head;
  x.answer_progress = x.request_progress = w_.loop.now();
  return {};
}

attempt session::attempt_of(const exchange& x) const noexcept {
  return {.number = x.attempts,
          .client_waits = !aborted_ && leaving_.may_repeat(),
          .idempotent = x.idempotent,
          .replayable = !x.body_streamed,
          .any_answer_byte = x.any_answer_byte,
          .answer_sent = x.head_sent,
          .repeated = x.repeated,
          .stopping = w_.draining()};
}

/// Cost: O(servers).
bool session::may_ask_other_server(const exchange& x) const noexcept {
  if (!w_.is_current(x.to.use())) return true;  // the swarm has moved on: there may be others now
  for (int i = 0; i < static_cast<int>(x.to->servers.size()); ++i)
    if (i != x.chosen && !x.tried.has(i) && x.to->servers[static_cast<std::size_t>(i)].up()) return true;
  return false;
}

/// After an attempt that gave the client no answer.
retry_decision session::decide_next(const exchange& x, const attempt_end& end) {
  if (end == attempt_end::how::repeat) return repeat_by_label();
  attempt a = attempt_of(x);
  if (end.why.row().retry == retry_class::if_nothing_sent) {
    a.other_server = may_ask_other_server(x);
    a.may_wait = !aborted_ && hold_for(x, -1) == hold_action::wait;
  }
  a.label_wants = end.why.counts_against_server() && retry_wanted(x, end.why.status(), true);
  const retry_decision decided = decide_retry(end.why, a, retry_policy::of(w_.opts.retry_attempts), w_.budget_of(*x.to));
  if (decided.over_budget) w_.count.retries_refused.add();
  return decided;
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

/// What the attempt before has left is put away.
void session::begin_again(exchange& x, const retry_decision& how, const fault& why) {
  if (how.by_label) {  // an answer may have begun
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
  x.refused = how.action == retry_action::wait_for_server;
  x.repeated = x.repeated || why.row().retry == retry_class::if_idempotent_once;
  if (how.action != retry_action::again_here) x.tried.mark(x.chosen);
  if (how.avoid_node) mark_node_tried(x, x.chosen);
}

/// One after the other, until there is an answer or none can be had.
io::task<attempt_end> session::attempts(exchange& x) {
  bool same_server = false, pool_doubted = false;
  for (;;) {
    if (client_.is_ready(io::broken)) co_return fault(fault_kind::client_gone);  // never begun, nor repeated, for one that has left
    ++x.attempts;
    const bool gone = !w_.is_current(x.to.use()) && !follow_table(x);
    if (!same_server || gone || x.chosen < 0) {
      int server = gone ? -1 : choose_server(x);
      if (!gone && hold_for(x, server) == hold_action::wait) server = co_await hold(x);
      if (server == client_left) co_return fault(fault_kind::client_gone);
      if (server < 0) co_return fault(fault_kind::no_server);
      set_server(x, server);
    }
    fault why;
    if (!same_server && !pool_doubted) x.up = take_connection(x);
    if (!x.up) why = co_await connect(x);
    if (!why) why = send_head(x);
    attempt_end end = why;
    if (!why) end = co_await relay(x);
    if (end.answered() || end == attempt_end::how::replace) co_return end;
    if (end.why == fault_kind::reused_closed) x.endpoint->idle_time.closed_after(x.up->idle_for, w_.loop.now());
    if (end.why == fault_kind::fresh_closed || end.why == fault_kind::unacknowledged) w_.report_failure(*x.endpoint, "closed without an answer");
    const retry_decision decided = decide_next(x, end);
    if (decided.action == retry_action::give_up) co_return end;
    begin_again(x, decided, end.why);
    same_server = decided.action == retry_action::again_here;
    pool_doubted = pool_doubted || decided.avoid_node;  // a connection that is made now has been heard of
  }
}

io::task<session::verdict> session::forward(exchange& x) {
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
  using how = attempt_end::how;
  const attempt_end end = co_await attempts(x);
  x.endpoint.done();
  if (end != how::failed) x.endpoint->note_success();
  if (end == how::switched) {
    end_watch();
    co_await tunnel(x);
    co_return verdict::close;
  }
  drop_upstream(x);
  if (end == how::failed) co_return co_await give_up(x, end.why);
  if (end == how::replace) co_return co_await reply(&x, x.status);
  const bool read = x.request_done || co_await drain_request(x);
  co_return end_of_answer(&x, read, false);
}

/// No further attempt: the client gets the fault's status, or sees that its answer was cut.
io::task<session::verdict> session::give_up(exchange& x, fault why) {
  if (why == fault_kind::client_gone || aborted_) {
    w_.count.aborted.add();
    co_return verdict::reset;
  }
  x.network_error = why.counts_against_server();
  if (x.network_error) {
    ++x.endpoint->failures;
    if (why.trouble()) x.endpoint->note_trouble(why.trouble(), w_.loop.now());
    tell_failure(x, why);
  }
  if (x.head_sent) co_return co_await end_cut(x);
  co_return co_await reply(&x, why.status());
}

}  // namespace waggle::proxy
