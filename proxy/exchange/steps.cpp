#include "exchange/request_steps.hpp"
#include "middleware/deferred.hpp"

#include <waggle/http/field_value.hpp>

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
           http::names_connection_login(f.value);
  });
}

}  // namespace

middleware::request_info request_steps::info() const {
  return {.request = in_.request,
          .peer = from_.peer(),
          .peer_port = from_.port,
          .peer_ip = from_.ip,
          .trusted = from_.trusted,
          .entry_point = w_.entries[from_.entry].name,
          .tls = false,
          .now = w_.loop.now(),
          .edge = w_.opts.edge,
          .turns = in_.hops.turns};
}

request_steps::outcome request_steps::advance() {
  if (!at_frontend_) {
    const entry_settings& entry = w_.entries[from_.entry];
    if (entry.steps)
      if (const outcome o = run_steps(*entry.steps); o.what != outcome::kind::go_on) return o;
    if (const outcome o = find_route(); o.what != outcome::kind::go_on) return o;
    at_frontend_ = true;
    next_step_ = 0;
  }
  const middleware::chain& chain = route->chain;
  if (const outcome o = run_steps(chain.steps); o.what != outcome::kind::go_on) return o;
  in_.login = in_.login || sets_login(in_.request.fields);
  return {};
}

request_steps::outcome request_steps::run_steps(std::span<const middleware::chain_step> steps) {
  if (next_step_ == steps.size()) return {};
  middleware::passed said;
  middleware::step_result result = middleware::run_steps(steps, next_step_, info(), in_.request, said, limits_);
  in_.secure = in_.secure || said.secure;
  if (account_.record && !said.user.empty()) account_.record->user = std::move(said.user);
  if (std::holds_alternative<middleware::passed>(result)) return {};
  stopped_by_ = steps[next_step_ - 1].log_prefix;
  if (auto* const answer = std::get_if<middleware::local_answer>(&result)) {
    answer_ = std::move(*answer);
    tell_step();
    return outcome::kind::answered;
  }
  check_ = std::move(std::get<std::shared_ptr<middleware::deferred_check>>(result));
  if (!at_frontend_) tell_step();  // its client may leave meanwhile
  return outcome::kind::wait;
}

/// For the access log: a step answers (or is about to).
void request_steps::tell_step() {
  if (!account_.record) return;
  account_.record->answered_by = stopped_by_;
  if (!at_frontend_) account_.record->entry_point = w_.entries[from_.entry].name;
}

io::task<request_steps::outcome> request_steps::await_check(server_stream& client) {
  const auto check = std::move(check_);
  middleware::decision d = co_await check->decide(w_.own_requests, client.waiter(), client.readiness());
  if (d.client_gone || client.is_aborted()) {
    w_.count.aborted.add();
    co_return outcome::kind::client_gone;
  }
  apply(d, in_.request);
  if (d.answer) {
    answer_ = std::move(d.answer);
    tell_step();
    co_return outcome::kind::answered;
  }
  if (account_.record) {
    account_.record->answered_by = nullptr;
    account_.record->entry_point = {};
    if (!d.user.empty()) account_.record->user = std::move(d.user);
  }
  co_return advance();
}

}  // namespace waggle::proxy
