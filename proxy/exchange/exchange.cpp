#include "exchange/exchange.hpp"

#include <memory>
#include <utility>

namespace waggle::proxy {
namespace {

bool is_safe(std::string_view method) noexcept {  // RFC 9110 section 9.2.1
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace

exchange::exchange(worker& w, client_facts& from, const server_stream::end& at, const access::log::received& head)
    : waiter(w.loop),
      client(w, at, waiter, w.entries[from.entry].timeouts, head.method == "HEAD"),
      w_(w),
      from_(from),
      account_(w, from, head),
      choice_(w, from),
      steps_(w, client.owner(), from, in, choice_, account_),
      store_(w, client, choice_),
      server_(w),
      upload_(w, client),
      download_(w, client, store_) {
  in.to_head = head.method == "HEAD";
  in.to_get = head.method == "GET";
  client.begin_watch(is_safe(head.method));
}

/// Also when an exception ends the connection: what no lease gives back.
exchange::~exchange() {
  client.end_watch();
  const io::time_ms now = w_.loop.now();
  steps_.finish({status_, network_error_, now, now - account_.began()});
  if (choice_.wanted() >= 0 && choice_.server() >= 0 && choice_.server() != choice_.wanted()) w_.count.sticky_failed.add();
  try {
    if (choice_.to) w_.servers.note_response(*choice_.to, choice_.server(), status_);
  } catch (...) {  // no memory for new weights
  }
  account_.finish(so_far());
  if (account_.is_untold()) w_.set_awaited(client.owner(), !w_.entries[from_.entry].operators);
}

accounting::result exchange::so_far() const noexcept {
  return {.status = status_,
          .network_error = network_error_,
          .request_bytes = client.body_bytes(),
          .answer_bytes = download_.bytes,
          .route = steps_.route.get(),
          .to = choice_.to.get(),
          .server = choice_.server(),
          .wanted = choice_.wanted(),
          .endpoint = choice_.endpoint ? &*choice_.endpoint : nullptr};
}

void exchange::give_back_pipes() {
  download_.give_back_pipe();
  upload_.give_back_pipe(server_);
}

/// Not a coroutine itself: most requests need no more than forward()'s.
io::task<client_fate> exchange::run(const request_steps::outcome& received) {
  if (received.what == request_steps::outcome::kind::go_on && steps_.find_before_steps()) account_.leave_untold();
  else account_.count();
  // … and a drain waits for it, also while a step of the entry point is asked.
  if (!account_.is_untold() && !from_.late) w_.set_awaited(client.owner(), true);
  if (in.websocket) account_.become(accounting::websocket);
  const request_steps::outcome o = received.what == request_steps::outcome::kind::go_on ? steps_.advance() : received;
  if (o.what != request_steps::outcome::kind::go_on || steps_.route->chain.buffering) return run_slowly(o);
  upload_.take_early();
  return forward();
}

io::task<client_fate> exchange::run_slowly(request_steps::outcome o) {
  using kind = request_steps::outcome::kind;
  while (o.what == kind::wait) o = co_await steps_.await_check(client);
  switch (o.what) {
    case kind::client_gone: co_return client_fate::reset;  // nobody is left to answer
    case kind::answered: co_return co_await reply(steps_.take_answer());
    case kind::options_answered: co_return co_await refuse(200);
    case kind::refused:
      if (o.why.status >= 400 && o.why.status < 404) w_.count.refused_heads.add();
      co_return co_await refuse(o.why.status, o.why.reason);
    case kind::wait:
    case kind::go_on: break;
  }
  if (const middleware::buffering* const how = steps_.route->chain.buffering.get()) {
    std::unique_ptr<io::spool> body;
    const fault why =
        co_await store_.collect(store_.longest(how->max_request), how->mem_request, w_.entries[from_.entry].timeouts.request_body, body);
    if (why == fault_kind::client_gone) {
      w_.count.aborted.add();
      co_return client_fate::reset;
    }
    if (why == fault_kind::request_too_large) {
      middleware::local_answer answer{why.status(), "Content-Type: text/plain; charset=utf-8\r\n", "Request Entity Too Large"};
      co_return co_await reply(std::move(answer));
    }
    if (why) co_return co_await refuse(why.status());
    if (body) {
      in.request.body = http::body_kind::sized;  // its length is known now
      in.request.body_length = body->size();
      upload_.keep(std::move(body));
    }
  } else {
    upload_.take_early();
  }
  co_return co_await forward();
}

}  // namespace waggle::proxy
