// The attempts: pick a server, get a connection, send, relay; again elsewhere when that is lawful.
#include "exchange/connect.hpp"
#include "exchange/exchange.hpp"
#include "exchange/next_hop.hpp"
#include "stream/tunnel.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr std::uint64_t not_asked_about = 16 * 1024;  // bytes of a body that any server takes in with the head

}  // namespace

/// The head, made for this server, and the body bytes that came along. @return nothing, that the connection is dead, or that the head
/// does not fit.
fault exchange::send_head() {
  const http::request& r = in.request;
  const routing::frontend& route = *steps_.route;
  const std::string hops = next_hops(w_, in, route);
  const bool its_host = route.pass_host_header && !r.authority.empty();
  const std::string_view host = its_host ? r.authority : std::string_view(choice_.server_at(choice_.server()).host_header);
  if (const fault why = server_.send_request(r, next_hop(w_, from_, host, hops), upload_.early(), in.login)) return why;
  ++choice_.endpoint->requests;
  client.note_begun();
  download_.begin();
  upload_.begin();
  return {};
}

attempt exchange::attempt_so_far() const noexcept {
  return {.number = attempts_,
          .client_waits = !client.is_aborted() && client.may_repeat(),
          .idempotent = in.idempotent,
          .replayable = !upload_.is_streamed(),
          .any_answer_byte = server_.has_answered(),
          .answer_sent = client.head_sent(),
          .repeated = repeated_,
          .stopping = w_.draining()};
}

bool exchange::retry_wanted(unsigned status, bool network_error) const {
  const middleware::buffering* const how = steps_.route->chain.buffering.get();
  if (!how || !how->retry || !may_repeat_by_label(attempt_so_far())) return false;
  return how->wants_retry(label_retries_ + 1, status, network_error, in.request.method);
}

/// What is learned of the server from an attempt that gave the client no answer.
void exchange::note_unanswered(const fault& why) {
  if (why == fault_kind::reused_closed) choice_.endpoint->idle_time.closed_after(server_.idle_for(), w_.loop.now());
  if (why == fault_kind::fresh_closed || why == fault_kind::unacknowledged) w_.failures.report(*choice_.endpoint, "closed without an answer");
}

/// … and what comes after it.
retry_decision exchange::decide_next(const attempt_end& end) {
  if (end == attempt_end::how::repeat) return repeat_by_label();
  attempt a = attempt_so_far();
  if (end.why.row().retry == retry_class::if_nothing_sent) {
    a.other_server = choice_.has_other_server();
    a.may_wait = !client.is_aborted() && choice_.hold_for(-1) == hold_action::wait;
  }
  a.label_wants = end.why.counts_against_server() && retry_wanted(end.why.status(), true);
  const retry_decision decided = decide_retry(end.why, a, retry_policy::of(w_.opts.retry_attempts), w_.servers.budget_of(*choice_.to));
  if (decided.over_budget) w_.count.retries_refused.add();
  return decided;
}

/// A connection that the exchange may begin on without a connect, or null.
upstream::owned_connection exchange::take_connection() {
  const bool look = !in.idempotent;  // it cannot be sent again
  if (from_.logins)
    if (upstream::owned_connection mine = from_.logins->take(*choice_.endpoint, look)) return mine;
  return choice_.endpoint->take_idle(look);
}

/// Ends the exchange's use of its connection to the server; what becomes of it is decided by what went over it.
void exchange::release_server() {
  if (!server_) return;
  upstream::endpoint& e = server_.to();
  bool request_sent = upload_.is_complete(server_);
  // Written is not sent: an answer acknowledges what its server has taken in, so what is left in the kernel now was not read before
  // it. Such a server may end the connection, or take the rest for the next request.
  if (request_sent && client.body_bytes() > not_asked_about) request_sent = !server_.has_unsent();
  auto [connection, fate] = server_.release(request_sent);
  const bool room = w_.has_descriptors(0);
  switch (fate) {
    case server_fate::disable_reuse: e.disable_reuse(); break;
    case server_fate::close: break;
    case server_fate::pool:
      if (room) e.give_back(std::move(connection), static_cast<io::time_ms>(w_.opts.timeouts.upstream_idle.count()), w_.opts.limits.pool_per_server);
      break;
    case server_fate::own:
      if (!room || client.is_aborted()) break;
      if (!from_.logins) from_.logins = std::make_unique<upstream::own_connections>();
      from_.logins->keep(std::move(connection));
      break;
  }
}

/// What the attempt before has left is put away.
void exchange::begin_again(const retry_decision& how, const fault& why) {
  if (how.by_label) ++label_retries_;
  release_server();
  download_.begin_again(how.by_label);
  upload_.begin_again();
  client.note_sent(upload_.is_complete(server_) || upload_.is_broken());
  w_.count.retries.add();
  account_.note_retry();
  choice_.set_refused(how.action == retry_action::wait_for_server);
  repeated_ = repeated_ || why.row().retry == retry_class::if_idempotent_once;
  if (how.action != retry_action::again_here) choice_.mark_tried(how.avoid_node);
}

io::task<client_fate> exchange::forward() {
  using how = attempt_end::how;
  account_.begin_backend(*choice_.to);
  if (!account_.is_within_share()) {
    w_.count.over_share.add();
    co_return co_await refuse(503);
  }
  w_.servers.budget_of(*choice_.to).note_request();
  client.set_aborts(choice_.to->abort_on_close);
  if (choice_.names_unknown_server() && !co_await choice_.await_unknown_server(client)) {
    w_.count.aborted.add();
    co_return client_fate::reset;
  }
  attempt_end end;
  // One attempt after the other, until there is an answer or none can be had.
  for (bool same_server = false, pool_doubted = false;;) {
    end = fault(fault_kind::client_gone);  // never begun, nor repeated, for one that has left
    if (client.is_broken()) break;
    ++attempts_;
    const bool gone = !choice_.is_current() && !choice_.follow_table();
    if (!same_server || gone || choice_.server() < 0) {
      int server = gone ? -1 : choice_.next_server();
      if (!gone && choice_.hold_for(server) == hold_action::wait) server = co_await choice_.hold(client);
      if (server == choice::client_left) break;
      end = fault(fault_kind::no_server);
      if (server < 0) break;
      choice_.set_server(server);
    }
    fault why;
    if (!same_server && !pool_doubted) server_.take(take_connection());
    if (!server_) why = co_await connect(w_, client, choice_, server_, connect_until_);
    if (!why) why = send_head();
    end = why;
    if (!why) end = co_await relay();
    if (end.answered() || end == how::replace) break;
    note_unanswered(end.why);
    const retry_decision decided = decide_next(end);
    if (decided.action == retry_action::give_up) break;
    begin_again(decided, end.why);
    same_server = decided.action == retry_action::again_here;
    pool_doubted = pool_doubted || decided.avoid_node;  // a connection that is made now has been heard of
  }
  choice_.endpoint.done();
  if (end != how::failed) choice_.endpoint->note_success();
  if (end == how::switched) {
    client.end_watch();
    co_await tunnel(w_, client, server_, download_.pipe());
    co_return client_fate::close;
  }
  release_server();
  if (end == how::failed) co_return co_await give_up(end.why);
  if (end == how::replace) co_return co_await refuse(status_);
  const bool read = client.is_body_read() || co_await client.drain();
  co_return client.fate(read, false);
}

/// No further attempt: the client gets the fault's status, or sees that its answer was cut.
io::task<client_fate> exchange::give_up(fault why) {
  if (why == fault_kind::client_gone || client.is_aborted()) {
    w_.count.aborted.add();
    co_return client_fate::reset;
  }
  network_error_ = why.counts_against_server();
  if (network_error_) {
    ++choice_.endpoint->failures;
    if (why.trouble()) choice_.endpoint->note_error(why.trouble(), w_.loop.now());
    account_.tell_failure(so_far(), client.head_sent(), why);
  }
  if (!client.head_sent()) co_return co_await refuse(why.status());
  if (!download_.flush_compressor()) co_return client_fate::reset;
  co_return co_await client.end_cut(download_.pipe());
}

}  // namespace waggle::proxy
