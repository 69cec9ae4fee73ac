// An answer that its server cut short: what has arrived is passed on, and then it must look cut (http-contract 13). A clean
// close does that wherever the framing shows it; a reset throws away what the kernel has not sent yet, so it comes last and
// only where nothing else can tell a cut answer from a whole one.
#include "decision/cut.hpp"
#include "decision/deadlines.hpp"
#include "stream/server_stream.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>

namespace waggle::proxy {
namespace {

constexpr io::time_ms look_again = 20;        // how often the kernel is asked whether everything is out
constexpr io::time_ms longest_wait = 10'000;  // … before a reset

}  // namespace

/// What was taken for the client goes out. @return false: it takes no more.
io::task<bool> server_stream::send_rest(io::pipe& download) {
  const io::time_ms due = due_after(w_.loop.now(), times_.client_write);
  for (;;) {
    progress s = out_.flush();
    if (s == progress::done && download.held() > 0) {
      const io::pipe::progress p = download.move(socket_, socket_, 0);  // only out of it
      w_.count.bytes_out.add(p.out);
      s = p.state == io::pipe::state::write_error ? progress::stopped : download.held() > 0 ? progress::wait_write : progress::done;
      if (s == progress::wait_write && socket_.is_ready(io::writable)) continue;
    }
    if (s == progress::done) co_return true;
    if (s == progress::stopped || owner_.is_aborted()) co_return false;
    const client_wait here(w_, owner_, wait_kind::dawdling);  // nobody works for it any more
    const bool ready = co_await wait(io::writable | io::broken, due);
    if (!ready || ended_by_us() || is_broken()) co_return false;
  }
}

/// Waits until the client's kernel has everything that was written, for a while.
io::task<void> server_stream::wait_sent() {
  const io::time_ms due = w_.loop.now() + longest_wait;
  while (!ended_by_us() && socket_.has_unsent() && !is_broken() && w_.loop.now() < due) {
    const client_wait here(w_, owner_, wait_kind::dawdling);
    co_await wait(io::broken, std::min(due, w_.loop.now() + look_again));
  }
}

io::task<client_fate> server_stream::end_cut(io::pipe& download) {
  const bool shown = shows_cut(answer_body_, chunked_);
  bool taken = co_await send_rest(download);
  if (taken && !shown) {
    co_await wait_sent();
    taken = false;
  }
  co_return taken ? client_fate::linger : client_fate::reset;
}

}  // namespace waggle::proxy
