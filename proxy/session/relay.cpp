// Both directions of one exchange, interleaved: nothing here blocks, nothing is buffered beyond one short write.
#include "session/session.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace waggle::proxy {
namespace {

constexpr unsigned gzip_steps = 16;  // … as which a step of an answer counts that is compressed: a millisecond of CPU

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

/// What the exchange waits for when neither direction can move.
relay_wait session::wait_of(const exchange& x, progress answer, progress request) const noexcept {
  const timeouts& t = times();
  using phase = relay_wait::phase;
  relay_wait w{.at = x.at == exchange::stage::head   ? phase::head
                     : x.at == exchange::stage::body ? phase::body
                                                     : phase::kept,
               .answer = answer,
               .request = request,
               .answer_progress = x.answer_progress,
               .request_progress = x.request_progress,
               .client_write = t.client_write,
               .request_body = t.request_body,
               .response = x.to->timeouts.response,
               .idle = x.to->timeouts.idle,
               .body_held_back = x.expect_continue,
               .silence_due = x.silence_due,
               .look_due = answer == progress::wait_write ? std::min(x.up->look_at, look_for_others(x)) : x.up->look_at};
  w.may_ask_another =
      awaits_answer(w) && may_send_again(row_of(fault_kind::unacknowledged).retry, attempt_of(x), retry_policy::of(w_.opts.retry_attempts));
  return w;
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

/// As good as a connect that failed.
fault session::unacknowledged(exchange& x) {
  w_.note_unreachable(*x.endpoint);
  return fault_kind::unacknowledged;
}

io::task<attempt_end> session::relay(exchange& x) {
  unsigned steps = 0;
  x.silence_due = w_.loop.now() + silence_check;
  x.up->note_sent(w_.loop.now());
  for (;;) {
    if (w_.loop.now() >= x.up->look_at && !x.up->look(w_.loop.now(), user_timeout())) co_return unacknowledged(x);
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
    if (x.kept && x.head_sent && x.upload_complete()) x.kept.reset();  // not to be sent again: its place is for others
    std::uint8_t on_client = io::broken, on_server = 0;
    if (answer == progress::wait_write) on_client |= io::writable;
    if (request == progress::wait_read) on_client |= io::readable;
    if (answer == progress::wait_read) on_server |= io::readable | io::broken;
    if (request == progress::wait_write) on_server |= io::writable | io::broken;
    std::optional<waiting> on_its_client;  // which may be ended to make room; so may what nobody waits for
    if (answer == progress::wait_write || request == progress::wait_read || leaving_.gone)
      on_its_client.emplace(*this, x.answer_bytes + x.request_bytes, &x);
    if (on_its_client && gives_way(x)) co_return fault(fault_kind::client_gone);
    if (!on_its_client && x.at == exchange::stage::body && answer == progress::wait_read && request == progress::done)
      on_its_client.emplace(*this, wait_kind::quiet);
    const deadline due = next_deadline(wait_of(x, answer.now(), request.now()));
    const bool ready = co_await waiter_.wait(client_, on_client, *x.up, on_server, due.at);
    on_its_client.reset();
    // Whoever has much to do lets those go first who came in the same batch; also to end: closing over megabytes takes a while.
    if (is_bulk(x) && !aborted_ && !retired_ && w_.loop.is_late()) co_await w_.loop.yield();
    if (aborted_ || retired_ || client_.is_ready(io::broken)) co_return fault(fault_kind::client_gone);
    if (ready || w_.loop.now() < due.at) continue;
    switch (due.what) {
      case deadline::kind::give_up: co_return fault(due.why);
      case deadline::kind::say_continue:
        if (!say_continue(x)) co_return fault(fault_kind::client_gone);
        break;
      case deadline::kind::ask_kernel:
        // A node that was unplugged neither answers nor refuses, and the kernel gives up after seconds only. A healthy peer
        // acknowledges within a round trip, however long it works on its answer.
        if (x.up->is_unacknowledged(silence_check - 50)) co_return unacknowledged(x);
        x.silence_due = w_.loop.now() + silence_check;
        break;
      case deadline::kind::look: break;  // above, each time around
    }
  }
}

}  // namespace waggle::proxy
