// Exchanges of backends with buffering: the request body is read whole before a server is chosen (so it can be sent again),
// the answer is held back until it is complete and within its limit.
#include "decision/deadlines.hpp"
#include "session/session.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr io::time_ms disk_patience = 30'000;                  // then the disk counts as broken
constexpr io::time_ms room_patience = 3'000, room_look = 100;  // until somebody has given way, or is done

}  // namespace

io::task<session::verdict> session::forward_buffered(exchange& x) {
  if (const fault why = co_await collect_request(x)) {
    if (why == fault_kind::client_gone) {
      w_.count.aborted.add();
      co_return verdict::reset;
    }
    if (why == fault_kind::request_too_large) {
      std::string fields = "Content-Type: text/plain; charset=utf-8\r\n", body = "Request Entity Too Large";
      co_return co_await reply_body(&x, why.status(), std::move(fields), std::move(body));
    }
    co_return co_await reply(&x, why.status());
  }
  co_return co_await forward(x);
}

io::spool::place session::spool_place(const exchange& x) {
  // By the backend's name: a service whose table is replaced keeps its shares.
  return {w_.buffers, w_.spool_files, w_.spool_disk, io::side_threads::owner_of(x.to->name), w_.loop.own_bell()};
}

/// The limit of a body: the label's, else the one of all, and never more than one service may keep.
std::uint64_t session::longest_kept(std::uint64_t by_label) const noexcept {
  const std::uint64_t most = by_label > 0 ? by_label : w_.opts.limits.spool_body_bytes;
  return std::min<std::uint64_t>(most, w_.spool_disk->share());
}

/// Waits until what `s` has handed to the disk is there. @return nothing, no_room or client_gone.
io::task<fault> session::written(io::spool& s) {
  const io::side_threads::ticket ticket = s.writing();
  if (ticket) {
    const io::time_ms due = w_.loop.now() + disk_patience;
    const bool done = co_await io::finished(w_.loop, waiter_, client_, ticket, due);
    if (!done) co_return w_.loop.now() >= due ? fault_kind::no_room : fault_kind::client_gone;
  }
  if (aborted_) co_return fault_kind::client_gone;
  co_return s.has_failed() ? fault(fault_kind::no_room) : fault();
}

/// What came of an append, for the log and the answer. @param whose  "a request body"
fault session::kept(io::spool::outcome what, const char* whose, const exchange& x) {
  if (what == io::spool::outcome::kept) return {};
  if (what == io::spool::outcome::no_room) w_.spool_disk->want(io::side_threads::owner_of(x.to->name), io::spool::block, w_.loop.now());
  complain(x, std::string("buffering: no place for ") + whose +
                  (what == io::spool::outcome::failed ? " (is there a /tmp, and room in it?)"
                                                      : " (--buffering.maxDiskBytes, of which a service has half)"));
  return fault_kind::no_room;
}

/// Bytes of a request's body into x.kept. Who finds no room there waits a while for one who gives way.
io::task<fault> session::keep(exchange& x, std::string_view bytes) {
  io::spool::outcome got = x.kept->append(bytes);
  const io::time_ms due = w_.loop.now() + room_patience;
  while (got == io::spool::outcome::no_room && w_.loop.now() < due) {
    w_.spool_disk->want(io::side_threads::owner_of(x.to->name), io::spool::block, w_.loop.now());
    co_await waiter_.wait(client_, io::broken, w_.loop.now() + room_look);
    if (aborted_ || client_.is_ready(io::broken)) co_return fault_kind::client_gone;
    got = x.kept->again();
  }
  const fault full = kept(got, "a request body", x);
  if (full || !x.kept->is_behind()) co_return full;
  co_return co_await written(*x.kept);
}

/// Its client does not go on, what it keeps on disk is wanted by others, and there are no clocks that would end it. Ask while it
/// waits for its client.
bool session::gives_way(const exchange& x) {
  const bool on_disk = (x.kept && x.kept->on_disk()) || (x.held && x.held->body.on_disk());
  if (!on_disk || w_.loop.now() - since < disk_stall || !w_.spool_disk->claim(io::side_threads::owner_of(x.to->name), w_.loop.now())) return false;
  w_.count.gave_way(wait_kind::stalled).add();
  return true;
}

/// At a level that is on by default, of what any client can bring about as often as it likes: a few lines, the rest as a number.
void session::complain(const exchange& x, std::string text) {
  if (const std::optional<std::uint64_t> left_out = w_.failures_of(*x.to).admit(w_.loop.now()))
    w_.log.error(std::move(text), {{"backend", x.to->name}, {"leftOut", std::to_string(*left_out)}});
}

/// Client → x.kept. @return nothing, or why there is no whole body: request_too_large, no_room, bad_request_body, request_timeout, client_gone.
io::task<fault> session::collect_request(exchange& x) {
  if (x.request_done) co_return fault();
  const middleware::buffering& how = *x.route->chain.buffering;
  const std::uint64_t most = longest_kept(how.max_request);
  if (x.body.kind == http1::body_kind::length && x.body.length > most) co_return fault_kind::request_too_large;
  if (x.expect_continue) {
    x.expect_continue = false;
    io::buffer line = w_.buffers.take(continue_line.size());
    line.append(continue_line.substr(take_ahead()));
    leaving_.speaking = true;
    const io::time_ms due = due_after(w_.loop.now(), times().client_write);
    for (;;) {
      const progress s = flush(client_, line);
      if (s == progress::done) break;
      if (s == progress::stopped || aborted_ || !co_await waiter_.wait(client_, io::writable | io::broken, due)) co_return fault_kind::client_gone;
    }
    leaving_.speaking = false;
  }
  x.kept = std::make_unique<io::spool>(how.mem_request, spool_place(x));
  x.request_progress = w_.loop.now();
  for (unsigned steps = 0; !x.request_done;) {
    char* data = nullptr;
    std::size_t size = 0;
    const step s = next_body_bytes(x, data, size);
    if (s.stopped()) co_return s.why();
    if (s == progress::wait_read) {
      const io::time_ms due = due_after(x.request_progress, times().request_body);
      const waiting here(*this, x.request_bytes);
      if (gives_way(x)) co_return fault_kind::no_room;
      const bool ready = co_await waiter_.wait(client_, io::readable | io::broken, std::min(due, look_for_others(x)));
      if (aborted_ || retired_) co_return fault_kind::client_gone;
      if (!ready && w_.loop.now() >= due) co_return fault_kind::request_timeout;
      continue;
    }
    if (x.kept->size() + size > most) co_return fault_kind::request_too_large;
    const std::string_view bytes(data, size);
    const fault full = co_await keep(x, bytes);
    if (full) co_return full;
    if (++steps >= w_.loop.burst()) {  // a fast client must not have the worker to itself
      steps = 0;
      co_await w_.loop.yield();
      if (aborted_) co_return fault_kind::client_gone;
    }
  }
  if (const fault at_last = co_await written(*x.kept)) co_return at_last;
  x.request.body = http::body_kind::sized;  // its length is known now
  x.request.body_length = x.kept->size();
  co_return fault();
}

/// x.kept → server.
step session::step_kept(exchange& x) {
  if (x.kept_sent == x.kept->size()) return progress::done;
  if (!x.up->is_ready(io::writable)) return progress::wait_write;
  const io::io_result r = x.kept->send(*x.up, x.kept_sent);
  if (r.status == io::io_status::error) {
    x.upload_broken = true;  // it may have answered before it stopped reading
    return progress::done;
  }
  x.kept_sent += r.bytes;
  if (r.bytes > 0) x.request_progress = w_.loop.now();
  return x.kept_sent == x.kept->size() ? progress::done : r.bytes > 0 ? progress::moved : progress::wait_write;
}

/// Does the backend's expression want the request sent again after an answer, or after none?
bool session::retry_wanted(const exchange& x, unsigned status, bool network_error) const {
  const middleware::buffering* const how = x.route->chain.buffering.get();
  if (!how || !how->retry || !may_repeat_by_label(attempt_of(x))) return false;
  return how->wants_retry(x.label_retries + 1, status, network_error, x.request.method);
}

/// The head of an answer whose body is to be held. @return its first body bytes taken, or failed.
step session::hold_answer(exchange& x, const http1::response_facts& facts, char* payload, std::size_t size) {
  x.held = std::make_unique<held_answer>(x.route->chain.buffering->mem_response, spool_place(x));
  x.answer_chunked_out = false;
  x.announced.clear();
  x.answer_decoder.keep_trailers(nullptr);
  const std::size_t head = compose_answer_head(x, facts);
  if (head == 0) return fault_kind::bad_response;
  x.held->head.assign(w_.scratch.output.data(), head);
  x.at = exchange::stage::body;
  return answer_body(x, 0, payload, size);
}

step session::hold_body(exchange& x, std::string_view bytes, bool ended) {
  const middleware::buffering& how = *x.route->chain.buffering;
  if (x.held->body.size() + bytes.size() > longest_kept(how.max_response)) {
    complain(x, "buffering: the answer's body is larger than maxResponseBodyBytes, or without it --buffering.maxBodyBytes");
    return fault_kind::response_too_large;
  }
  if (const fault why = kept(x.held->body.append(bytes), "an answer's body", x)) return why;
  if (!ended) return progress::moved;
  if (x.answer.kind != http1::body_kind::length)
    x.held->head.insert(x.held->head.size() - 2, "Content-Length: " + std::to_string(x.held->body.size()) + "\r\n");
  x.at = exchange::stage::held;
  return progress::moved;
}

/// Held answer → client.
step session::send_held(exchange& x) {
  held_answer& h = *x.held;
  if (!client_.is_ready(io::writable)) return progress::wait_write;
  if (!x.head_sent) h.sent = take_ahead();
  x.head_sent = true;
  const io::io_result r = h.sent < h.head.size() ? client_.write(h.head.data() + h.sent, h.head.size() - h.sent, h.body.size() > 0)
                                                 : h.body.send(client_, h.sent - h.head.size());
  if (r.status == io::io_status::error) return fault_kind::client_gone;
  h.sent += r.bytes;
  w_.count.bytes_out.add(r.bytes);
  if (r.bytes > 0) x.answer_progress = w_.loop.now();
  if (h.sent < h.head.size() + h.body.size()) return r.bytes > 0 ? progress::moved : progress::wait_write;
  x.at = exchange::stage::done;
  return progress::done;
}

}  // namespace waggle::proxy
