// Both directions of one exchange, interleaved: nothing here blocks, nothing is buffered beyond one short write.
#include "session/deadline.hpp"
#include "session/session.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace waggle::proxy {
namespace {

constexpr unsigned gzip_steps = 16;       // … as which a step of an answer counts that is compressed: a millisecond of CPU
constexpr io::time_ms continue_wait = 1'000;  // how long a body is held back for the server's 100 (RFC 9110 §10.1.1)

constexpr io::time_ms silence_check = 500;    // a kernel repeats a lost segment several times within this

bool is_bulk(const exchange& x) noexcept { return x.gzip || x.download || x.upload || x.kept || x.held || x.answer_left > scratch::read_size; }

}  // namespace

/// Sends what a short write left over.
progress session::flush(io::stream& to, io::buffer& left) {
  while (!left.empty()) {
    if (!to.is_ready(io::writable)) return progress::wait_write;
    const io::io_result r = to.write(left.data(), left.size());
    if (r.status == io::io_status::error) return progress::stopped;
    if (&to == &client_) w_.count.bytes_out.add(r.bytes);
    left.consume(r.bytes);
  }
  left.release();
  return progress::done;
}

io::time_ms session::next_due(const exchange& x, step answer, step request) const noexcept {
  const timeouts& t = times();
  io::time_ms due = io::never;
  if (answer == progress::wait_write) due = std::min(due, due_after(x.answer_progress, t.client_write));
  if (request == progress::wait_write) due = std::min(due, due_after(x.request_progress, x.to->timeouts.response));
  if (request == progress::wait_read) due = std::min(due, due_after(x.request_progress, t.request_body));
  if (answer == progress::wait_read) {
    if (x.at == exchange::stage::body) due = std::min(due, due_after(x.answer_progress, x.to->timeouts.idle));
    else if (request == progress::done) due = std::min(due, due_after(std::max(x.answer_progress, x.request_progress), x.to->timeouts.response));
  }
  if (x.expect_continue) due = std::min(due, x.request_progress + continue_wait);
  if (may_ask_another(x, answer, request)) due = std::min(due, x.silence_due);
  return std::min(due, x.up->look_at);
}

/// The request went out whole, no byte of an answer is there, and asking another server would be lawful (retry table).
bool session::may_ask_another(const exchange& x, step answer, step request) const noexcept {
  return answer == progress::wait_read && request == progress::done && x.at == exchange::stage::head && may_send_again(row_of(fault_kind::unacknowledged).retry, attempt_of(x), retry_policy::of(w_.opts.retry_attempts));
}

/// Whose deadline has passed, if any.
fault session::overdue(const exchange& x, step answer, step request) const noexcept {
  const timeouts& t = times();
  const io::time_ms now = w_.loop.now();
  const auto late = [now](io::time_ms begin, milliseconds limit) { return now >= due_after(begin, limit); };
  if (answer == progress::wait_write && late(x.answer_progress, t.client_write)) return fault_kind::client_gone;
  if (request == progress::wait_read && late(x.request_progress, t.request_body)) return fault_kind::request_timeout;
  if (request == progress::wait_write && late(x.request_progress, x.to->timeouts.response)) return fault_kind::response_timeout;
  if (answer != progress::wait_read) return {};
  if (x.at == exchange::stage::body) return late(x.answer_progress, x.to->timeouts.idle) ? fault(fault_kind::bad_response) : fault();
  if (request != progress::done) return {};
  return late(std::max(x.answer_progress, x.request_progress), x.to->timeouts.response) ? fault(fault_kind::response_timeout) : fault();
}

/// The server neither said 100 nor refused: many never do, and some clients wait for it for ever (RFC 9110 §10.1.1: a proxy
/// may). @return false: the client is gone.
bool session::say_continue(exchange& x) {
  static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  x.expect_continue = false;
  x.request_progress = w_.loop.now();
  if (!in_.empty() || client_.is_ready(io::readable)) return true;  // it does not wait
  x.continued = true;
  std::copy(line.begin(), line.end(), w_.scratch.output.begin());
  return send_to_client(x, line.size(), nullptr, 0);
}

io::task<attempt_end> session::relay(exchange& x) {
  unsigned steps = 0;
  x.silence_due = w_.loop.now() + silence_check;
  x.up->note_sent(w_.loop.now());
  for (;;) {
    if (w_.loop.now() >= x.up->look_at && !x.up->look(w_.loop.now(), user_timeout())) {
      if (x.endpoint->note_connect_failure(w_.loop.now())) w_.count.ejections.add();
      co_return fault(fault_kind::unacknowledged);
    }
    if (x.held && (x.held->body.is_behind() || (x.at == exchange::stage::held && x.held->body.writing()))) {
      if (const fault why = co_await written(x.held->body)) co_return why;
      x.answer_progress = w_.loop.now();
    }
    const step answer = step_answer(x);
    if (answer.stopped()) co_return answer.end();
    if (answer == progress::done) co_return x.tunnel ? attempt_end::how::switched : attempt_end::how::finished;
    const step request = step_request(x);
    if (request.stopped()) co_return request.end();
    if (request == progress::moved || request == progress::wait_write) x.up->note_sent(w_.loop.now());
    if (answer == progress::moved || request == progress::moved) {
      steps += x.gzip ? gzip_steps : 1;
      if (steps >= w_.loop.burst()) {
        steps = 0;
        co_await w_.loop.yield();
        if (aborted_) co_return fault(fault_kind::client_gone);
      }
      continue;
    }
    if (leaving_.gone) judge_leaving(x);
    std::uint8_t on_client = io::broken, on_server = 0;
    if (answer == progress::wait_write) on_client |= io::writable;
    if (request == progress::wait_read) on_client |= io::readable;
    if (answer == progress::wait_read) on_server |= io::readable | io::broken;
    if (request == progress::wait_write) on_server |= io::writable | io::broken;
    std::optional<waiting> on_its_client;  // which may be ended to make room; so may what nobody waits for
    if (answer == progress::wait_write || request == progress::wait_read || leaving_.gone) on_its_client.emplace(*this, x.answer_bytes + x.request_bytes, &x);
    const bool ready = co_await waiter_.wait(client_, on_client, *x.up, on_server, next_due(x, answer, request));
    on_its_client.reset();
    // Whoever has much to do lets those go first who came in the same batch; also to end: closing over megabytes takes a while.
    if (is_bulk(x) && !aborted_ && !retired_ && w_.loop.is_late()) co_await w_.loop.yield();
    if (aborted_ || retired_ || client_.is_ready(io::broken)) co_return fault(fault_kind::client_gone);
    if (ready) continue;
    if (x.expect_continue && w_.loop.now() >= x.request_progress + continue_wait && !say_continue(x)) co_return fault(fault_kind::client_gone);
    if (const fault late = overdue(x, answer, request)) co_return late;
    if (may_ask_another(x, answer, request) && w_.loop.now() >= x.silence_due) {
      // A node that was unplugged neither answers nor refuses, and the kernel gives up after seconds only. A healthy peer
      // acknowledges within a round trip, however long it works on its answer.
      if (x.up->is_unacknowledged(silence_check - 50)) {
        if (x.endpoint->note_connect_failure(w_.loop.now())) w_.count.ejections.add();
        co_return fault(fault_kind::unacknowledged);
      }
      x.silence_due = w_.loop.now() + silence_check;
    }
  }
}

}  // namespace waggle::proxy
