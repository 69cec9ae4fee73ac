// An answer that its server cut short: what has arrived is passed on, and then it must look cut (http-contract 13). A clean
// close does that wherever the framing shows it; a reset throws away what the kernel has not sent yet, so it comes last and
// only where nothing else can tell a cut answer from a whole one.
#include "session/cut.hpp"

#include "exchange/deadlines.hpp"
#include "session/session.hpp"

#include <algorithm>

namespace waggle::proxy {
namespace {

constexpr io::time_ms look_again = 20;        // how often the kernel is asked whether everything is out
constexpr io::time_ms longest_wait = 10'000;  // … before a reset

}  // namespace

/// What was taken from the server, client-bound. @return false: the client takes no more.
io::task<bool> session::send_rest(exchange& x) {
  if (x.gzip && !send_gzipped(x, 0, {}, true, false)) co_return false;
  const io::time_ms due = due_after(w_.loop.now(), times().client_write);
  for (;;) {
    progress s = flush(client_, x.to_client);
    if (s == progress::done && x.download.held() > 0) {
      const io::pipe::progress p = x.download.move(client_, client_, 0);  // only out of it
      w_.count.bytes_out.add(p.out);
      s = p.state == io::pipe::state::write_error ? progress::stopped : x.download.held() > 0 ? progress::wait_write : progress::done;
      if (s == progress::wait_write && client_.is_ready(io::writable)) continue;
    }
    if (s == progress::done) co_return true;
    if (s == progress::stopped || aborted_) co_return false;
    const waiting here(*this, wait_kind::dawdling);  // nobody works for it any more
    const bool ready = co_await waiter_.wait(client_, io::writable | io::broken, due);
    if (!ready || aborted_ || retired_ || client_.is_ready(io::broken)) co_return false;
  }
}

/// Waits until the client's kernel has everything that was written, for a while.
io::task<void> session::wait_sent() {
  const io::time_ms due = w_.loop.now() + longest_wait;
  while (!aborted_ && !retired_ && client_.has_unsent() && !client_.is_ready(io::broken) && w_.loop.now() < due) {
    const waiting here(*this, wait_kind::dawdling);
    co_await waiter_.wait(client_, io::broken, std::min(due, w_.loop.now() + look_again));
  }
}

/// @return reset or linger.
io::task<session::verdict> session::end_cut(exchange& x) {
  const bool shown = shows_cut(x.answer, x.answer_chunked_out);
  bool taken = co_await send_rest(x);
  if (taken && !shown) {
    co_await wait_sent();
    taken = false;
  }
  co_return taken ? verdict::linger : verdict::reset;
}

}  // namespace waggle::proxy
