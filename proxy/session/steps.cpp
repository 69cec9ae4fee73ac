// What stands between a request and its server, in order: the steps of the entry point, the route, the steps of the frontend, its
// limits. A step that cannot decide at once leaves a check, which is awaited in its place; then the next one has its turn.
#include "session/session.hpp"

#include "middleware/deferred.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace waggle::proxy {
namespace {

/// Credentials by which a server logs its connection in (NTLM, Negotiate), written by a label, or by an auth server that signs on
/// for its users.
bool sets_login(const http::field_lines& fields) noexcept {
  if (!fields.any_edited()) return false;
  const http::field_span all = fields.all();
  return std::any_of(all.begin(), all.end(), [](const http::field& f) {
    return f.origin == http::field_origin::ours && (f.id == http::field_id::credentials || f.id == http::field_id::proxy_authorization) &&
           http1::names_connection_login(f.value);
  });
}

}  // namespace

middleware::request_info session::info_of(const exchange& x) const {
  return {.request = x.request,
          .peer = peer(),
          .peer_port = peer_port_,
          .peer_ip = peer_ip_,
          .trusted = trusted_,
          .entry_point = w_.entries[entry_].name,
          .tls = false,
          .now = w_.loop.now(),
          .edge = w_.opts.edge,
          .turns = x.hops.turns};
}

/// Goes on where the request stands, until it may have a server (go_on) or something else comes of it.
session::outcome session::advance(exchange& x) {
  if (x.at_phase == exchange::phase::entry) {
    const entry_settings& entry = w_.entries[entry_];
    if (entry.steps)
      if (const outcome o = run_steps(x, *entry.steps); o.what != outcome::kind::go_on) return o;
    if (const outcome o = find_route(x); o.what != outcome::kind::go_on) return o;
    x.at_phase = exchange::phase::frontend;
    x.next_step = 0;
  }
  const middleware::chain& chain = x.route->chain;
  if (const outcome o = run_steps(x, chain.steps); o.what != outcome::kind::go_on) return o;
  x.login = x.login || sets_login(x.request.fields);
  return admit(x);
}

session::outcome session::run_steps(exchange& x, std::span<const middleware::chain_step> steps) {
  if (x.next_step == steps.size()) return {};
  middleware::passed said;
  middleware::step_result result = middleware::run_steps(steps, x.next_step, info_of(x), x.request, said);
  x.secure = x.secure || said.secure;
  if (x.record && !said.user.empty()) x.record->user = std::move(said.user);
  if (std::holds_alternative<middleware::passed>(result)) return {};
  x.stopped_by = steps[x.next_step - 1].told_as;
  if (auto* const answer = std::get_if<middleware::local_answer>(&result)) {
    x.local = std::move(*answer);
    tell_step(x);
    return outcome::kind::answered;
  }
  x.check = std::move(std::get<std::shared_ptr<middleware::deferred_check>>(result));
  if (x.at_phase == exchange::phase::entry) tell_step(x);  // its client may leave meanwhile
  return outcome::kind::wait;
}

/// For the access log: a step answers (or is about to).
void session::tell_step(exchange& x) {
  if (!x.record) return;
  x.record->answered_by = x.stopped_by;
  if (x.at_phase == exchange::phase::entry) x.record->entry_point = w_.entries[entry_].name;
}

/// Awaits the check that a step has left, and goes on behind it.
io::task<session::outcome> session::await_check(exchange& x) {
  const auto check = std::move(x.check);
  middleware::decision d = co_await check->decide(w_.own_requests, waiter_, client_);
  if (d.client_gone || aborted_) {
    w_.count.aborted.add();
    co_return outcome::kind::client_gone;
  }
  apply(d, x.request);
  if (d.answer) {
    x.local = std::move(d.answer);
    tell_step(x);
    co_return outcome::kind::answered;
  }
  if (x.record) {
    x.record->answered_by = nullptr;
    x.record->entry_point = {};
    if (!d.user.empty()) x.record->user = std::move(d.user);
  }
  co_return advance(x);
}

/// Asks the limits, last of all before a server is chosen.
session::outcome session::admit(exchange& x) {
  const auto& limits = x.route->chain.limits;
  for (const auto& limit : limits) x.limits.add_key(limit->key(info_of(x)));
  x.local = x.limits.ask(limits, w_.loop.now());
  if (x.local) {
    if (x.record) x.record->answered_by = x.limits.refusing().told_as();
    return outcome::kind::answered;
  }
  return {};
}

}  // namespace waggle::proxy
