#include "tcp/connection.hpp"

#include <exception>
#include <utility>

namespace waggle::proxy::tcp {
namespace {

constexpr std::uint32_t most_in_a_turn = 512 * 1024;  // then others have theirs (measured: twice that, and the slowest take four times as long)

/// At the accept already, where no PROXY header can tell of another client: nothing is made for who may not come in.
bool may_enter(worker& w, std::size_t entry, const io::socket_address& peer) noexcept {
  const entry_settings& e = w.entries[entry];
  if (e.max_connections != 0 && w.open_at[entry] >= e.max_connections) {
    w.count.tcp_refused_limit.add();
    return false;
  }
  if (e.open_to_all || e.proxy_everyone || !e.proxy_trusted.empty()) return true;
  if (e.white_list.contains(io::to_bytes(peer))) return true;
  w.count.tcp_refused_white_list.add();
  return false;
}

}  // namespace

connection::connection(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer)
    : w_(w),
      client_(w.loop),
      server_(w.loop),
      waiter_(w.loop),
      entry_(static_cast<std::uint16_t>(entry)),
      from_(io::to_bytes(peer)),
      from_port_(peer.port()) {
  ipv6_ = !schedule::is_ipv4(from_);
  w_.enter(*this);
  w_.set_awaited(*this, true);
  ++w_.open_at[entry_];
  client_.adopt(client.release());
}

void connection::begin(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept {
  if (!may_enter(w, entry, peer)) return io::reset(std::move(client));
  connection* s = nullptr;
  const auto end = [](connection& ended, bool failed) noexcept {
    if (failed) {
      ended.w_.count.exceptions.add();
      ended.note_end(end_reason::failed);
      ended.finish(false);  // a cut stream must not look complete
    }
    ended.client_.close();
    ended.server_.close();
    --ended.w_.open_at[ended.entry_];
    ended.w_.remove(ended);
  };
  try {
    s = new connection(w, std::move(client), entry, peer);
    io::spawn(s->run(), [s, end](std::exception_ptr error) { end(*s, error != nullptr); });
  } catch (...) {  // no memory for it, or for its coroutine
    if (s) end(*s, true);
    else w.count.exceptions.add();
  }
}

void connection::abort() {
  note_end(end_reason::stopped);
  aborted_ = over_ = true;
  waiter_.interrupt();
}

void connection::evict() {
  note_end(end_reason::evicted);
  evicted_ = over_ = true;
  waiter_.interrupt();
}

void connection::give_back_pipes() {
  up_.give_back_pipe(w_.buffers);
  down_.give_back_pipe(w_.buffers);
}

/// Not run from here: there may be thousands, and the worker has others.
void connection::server_gone() noexcept {
  note_end(end_reason::server_gone);
  over_ = true;
  waiter_.expire_at(w_.loop.now());
}

void connection::end_at(io::time_ms due) noexcept {
  if (due >= end_at_) return;
  end_at_ = due;
  waiter_.expire_at(due);
}

unsigned connection::user_timeout() const noexcept { return static_cast<unsigned>(w_.opts.timeouts.layer4_user_timeout.count()); }

io::task<bool> connection::establish() {
  arrival a;
  const first_bytes known = co_await arrive(a);
  if (known == first_bytes::refused) {
    note_end(end_reason::bad_start);
    client_.reset();
  }
  if (known != first_bytes::known || over_) co_return false;
  const routing::tcp_router* const by = route(a);
  if (!by) co_return false;
  const bool reached = co_await reach(a, *by);
  co_return reached;
}

io::task<void> connection::run() {
  if (!client_.is_open()) co_return;  // the kernel could not watch it
  if (w_.access) record_ = w_.access->begin_connection();
  // Its frame, with all that is known of a client that arrives, is gone while bytes are relayed.
  if (const bool there = co_await establish(); !there || over_) {
    finish(false);
    co_return;
  }
  for (;;) {
    const turn now = relay_once();
    if (now == turn::over) co_return;
    if (now == turn::again) {
      if (budget_ < most_in_a_turn) continue;
      budget_ = 0;
      co_await w_.loop.yield();
      continue;
    }
    begin_wait();
    co_await waiter_.wait(client_, interests(up_now_, down_now_, client_broken_ || ends_.client.gone), server_,
                          interests(down_now_, up_now_, server_broken_ || ends_.server.gone), due());
    end_wait();
  }
}

}  // namespace waggle::proxy::tcp
