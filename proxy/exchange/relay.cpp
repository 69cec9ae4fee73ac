// Both directions of one exchange, interleaved: nothing here blocks, nothing is buffered beyond one short write.
#include "exchange/exchange.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace waggle::proxy {
namespace {

constexpr unsigned gzip_steps = 16;  // as which a step of an answer counts that is compressed: a millisecond of CPU

/// What each side has to be ready for.
struct interests {
  std::uint8_t on_client = io::broken, on_server = 0;
};

constexpr interests interests_of(progress answer, progress request) noexcept {
  interests out;
  if (answer == progress::wait_write) out.on_client |= io::writable;
  if (request == progress::wait_read) out.on_client |= io::readable;
  if (answer == progress::wait_read) out.on_server |= io::readable | io::broken;
  if (request == progress::wait_write) out.on_server |= io::writable | io::broken;
  return out;
}

/// As good as a connect that failed.
fault note_unacknowledged(worker& w, upstream::endpoint& e) {
  w.note_unreachable(e);
  return fault_kind::unacknowledged;
}

}  // namespace

/// What the exchange waits for when neither direction can move.
relay_wait exchange::wait_of(progress answer, progress request) const noexcept {
  using phase = relay_wait::phase;
  const timeouts& times = w_.entries[from_.entry].timeouts;
  const download::stage at = download_.at();
  relay_wait w{.at = at == download::stage::head   ? phase::head
                     : at == download::stage::body ? phase::body
                                                   : phase::kept,
               .answer = answer,
               .request = request,
               .answer_progress = download_.progress_at,
               .request_progress = upload_.progress_at(),
               .client_write = times.client_write,
               .request_body = times.request_body,
               .response = choice_.to->timeouts.response,
               .idle = choice_.to->timeouts.idle,
               .body_held_back = client.is_body_held_back(),
               .silence_due = silence_due_,
               .look_due = server_.look_due()};
  if (answer == progress::wait_write) w.look_due = std::min(w.look_due, store_.next_look(upload_.kept(), download_.held()));
  w.may_ask_another =
      awaits_answer(w) && may_send_again(row_of(fault_kind::unacknowledged).retry, attempt_so_far(), retry_policy::of(w_.opts.retry_attempts));
  return w;
}

/// While it waits for its client it may be ended to make room; so may what nobody waits for.
/// @return false: others need the room that its bodies have, now.
bool exchange::enter_wait(std::optional<client_wait>& place, progress answer, progress request) {
  if (answer == progress::wait_write || request == progress::wait_read || client.has_left()) {
    place.emplace(w_, client.owner(), download_.bytes + client.body_bytes());
    return !store_.gives_way(upload_.kept(), download_.held());
  }
  if (download_.at() == download::stage::body && answer == progress::wait_read && request == progress::done)
    place.emplace(w_, client.owner(), wait_kind::quiet);
  return true;
}

/// @return why the attempt is over, or nothing.
fault exchange::meet(const deadline& due) {
  switch (due.what) {
    case deadline::kind::give_up: return due.why;
    case deadline::kind::say_continue:
      upload_.note_progress();
      if (!client.say_continue()) return fault_kind::client_gone;
      break;
    case deadline::kind::ask_kernel:
      // A node that was unplugged neither answers nor refuses, and the kernel gives up after seconds only. A healthy peer
      // acknowledges within a round trip, however long it works on its answer.
      if (server_.is_unacknowledged(silence_check - 50)) return note_unacknowledged(w_, *choice_.endpoint);
      silence_due_ = w_.loop.now() + silence_check;
      break;
    case deadline::kind::look: break;  // each time around
  }
  return {};
}

io::task<attempt_end> exchange::relay() {
  const unsigned user_timeout = static_cast<unsigned>(w_.opts.timeouts.tcp_user_timeout.count());
  unsigned steps = 0;
  silence_due_ = w_.loop.now() + silence_check;
  server_.note_sent(w_.loop.now());
  for (;;) {
    if (w_.loop.now() >= server_.look_due() && !server_.look(w_.loop.now(), user_timeout)) co_return note_unacknowledged(w_, *choice_.endpoint);
    if (io::spool* const unwritten = download_.unwritten()) {
      if (const fault why = co_await store_.written(*unwritten)) co_return why;
      download_.note_progress();
    }
    const step answer = step_answer();
    if (answer.stopped()) co_return answer.end();
    if (answer == progress::done) co_return tunnel_ ? attempt_end::how::switched : attempt_end::how::finished;
    const step request = upload_.advance(server_);
    if (request.stopped()) co_return request.end();
    if (request == progress::moved || request == progress::wait_write) server_.note_sent(w_.loop.now());
    if (answer == progress::moved || request == progress::moved) {
      steps += download_.compresses() ? gzip_steps : 1;
      if (steps >= w_.loop.burst()) {
        steps = 0;
        client.note_sent(upload_.is_complete(server_) || upload_.is_broken());
        co_await w_.loop.yield();
        if (client.is_aborted()) co_return fault(fault_kind::client_gone);
      }
      continue;
    }
    const bool sent = upload_.is_complete(server_) || upload_.is_broken();
    client.note_sent(sent);
    if (client.has_left()) client.judge_client(sent);
    if (upload_.kept() && client.head_sent() && sent && !upload_.is_broken()) upload_.forget_kept();  // its place is for others
    std::optional<client_wait> on_its_client;
    if (!enter_wait(on_its_client, answer.now(), request.now())) co_return fault(fault_kind::client_gone);
    const interests at = interests_of(answer.now(), request.now());
    const deadline due = next_deadline(wait_of(answer.now(), request.now()));
    const bool ready = co_await waiter.wait(client.readiness(), at.on_client, server_.readiness(), at.on_server, due.at);
    on_its_client.reset();
    // Whoever has much to do lets those go first who came in the same batch; also to end: closing over megabytes takes a while.
    if ((download_.is_bulk(server_) || upload_.is_bulk()) && !client.ended_by_us() && w_.loop.is_late()) co_await w_.loop.yield();
    if (client.ended_by_us() || client.is_broken()) co_return fault(fault_kind::client_gone);
    if (ready || w_.loop.now() < due.at) continue;
    if (const fault why = meet(due)) co_return why;
  }
}

}  // namespace waggle::proxy
