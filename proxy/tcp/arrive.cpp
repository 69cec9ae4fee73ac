// What is read of a client before a server is chosen: a PROXY header where its entry point trusts the peer, and a ClientHello where
// routing needs one. Elsewhere nothing is: servers may speak first.
#include "decision/deadlines.hpp"
#include "io/proxy_header.hpp"
#include "tcp/connection.hpp"
#include "tls/postgres_start.hpp"
#include "worker/client_wait.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace waggle::proxy::tcp {
namespace {

constexpr std::size_t most_received = tls::client_hello::most_bytes + 4 * 1024;  // with a PROXY header before it
constexpr std::chrono::milliseconds usual_patience{5'000};

}  // namespace

/// How long first bytes are waited for: as the service says that gets those who say nothing.
std::chrono::milliseconds connection::patience() const {
  const table_ref* const t = w_.use_table();
  if (!t || entry_ >= t->table->tcp.routes->entries.size()) return usual_patience;
  const routing::tcp_table& tcp = t->table->tcp;
  const int router = tcp.routes->entries[entry_].least_specific();
  if (router < 0) return usual_patience;
  return tcp.services[tcp.routes->routers[static_cast<std::size_t>(router)].service]->source->timeouts.peek;
}

io::task<connection::more> connection::receive(arrival& a, io::time_ms due) {
  for (;;) {
    const bool ready = co_await waiter_.wait(client_, io::readable | io::broken, due);
    if (gone()) co_return more::ended;
    if (!ready) co_return more::over;
    if (a.received.room() == 0) {
      const std::size_t have = a.received.size();
      io::buffer larger = w_.buffers.take(std::min(std::max(2 * have, io::buffer_pool::small), most_received));
      larger.append(a.received.view());
      a.received = std::move(larger);
    }
    const io::io_result r = client_.read(a.received.tail(), a.received.room());
    if (r.status == io::io_status::again) continue;
    if (r.status == io::io_status::ok) {
      a.received.commit(r.bytes);
      w_.count.bytes_in.add(r.bytes);
      co_return more::came;
    }
    if (r.status == io::io_status::error) co_return more::ended;
    co_return a.received.empty() ? more::ended : more::over;
  }
}

/// @return false: the connection is over.
io::task<bool> connection::read_proxy_header(arrival& a, io::time_ms due) {
  for (;;) {
    const io::proxy_header h = io::parse_proxy_header(a.received.view());
    if (h.state == io::proxy_header::verdict::absent) co_return true;
    if (h.state == io::proxy_header::verdict::complete) {
      a.received.consume(h.bytes);
      if (h.source) {
        from_ = io::to_bytes(*h.source);
        from_port_ = h.source->port();
        a.destination = h.destination;
      }
      co_return true;
    }
    more what = more::over;
    if (h.state != io::proxy_header::verdict::bad && a.received.size() < most_received) what = co_await receive(a, due);
    if (what == more::came) continue;
    if (what == more::ended) co_return false;
    if (a.received.empty()) co_return true;  // silence counts as none: its server may have to speak first
    refuse(w_.count.tcp_refused_header, end_reason::bad_start);
    co_return false;
  }
}

std::optional<connection::first_bytes> connection::look_at(arrival& a) {
  using message = tls::postgres_start::message;
  const std::string_view bytes = a.received.view();
  if (!a.asks_postgres) {
    const tls::postgres_start p = tls::parse_postgres_start(bytes);
    if (p.what == message::need_more) return std::nullopt;
    if (p.what == message::cancel_request || p.what == message::startup) return first_bytes::known;
    if (p.what == message::ssl_request || p.what == message::gss_request) {
      if (bytes.size() > p.bytes) return first_bytes::refused;  // put there by somebody else: CVE-2021-23222
      a.asks_postgres = p.what == message::ssl_request;
      a.received.clear();
      const io::io_result r = client_.write(a.asks_postgres ? "S" : "N", 1);
      return r.status == io::io_status::ok && r.bytes == 1 ? std::optional<first_bytes>() : first_bytes::ended;
    }
  }
  a.hello = tls::parse_client_hello(bytes);
  switch (a.hello.state()) {
    case tls::client_hello::verdict::need_more: return std::nullopt;
    case tls::client_hello::verdict::complete: return first_bytes::known;
    case tls::client_hello::verdict::not_tls:
    case tls::client_hello::verdict::malformed: break;
  }
  return a.asks_postgres ? first_bytes::refused : first_bytes::known;
}

io::task<connection::first_bytes> connection::read_hello(arrival& a, io::time_ms due) {
  for (;;) {
    if (!a.received.empty())
      if (const auto known = look_at(a)) co_return *known;
    more what = more::over;
    if (a.received.size() < most_received) what = co_await receive(a, due);
    if (what == more::came) continue;
    if (what == more::ended) co_return first_bytes::ended;
    // Silent: the router for who says nothing has it. Half a hello is nothing.
    co_return a.received.empty() && !a.asks_postgres ? first_bytes::known : first_bytes::refused;
  }
}

io::task<connection::first_bytes> connection::arrive(arrival& a) {
  const entry_settings& entry = w_.entries[entry_];
  const bool told = entry.proxy_everyone || entry.proxy_trusted.contains(from_);
  const client_wait here(w_, *this, wait_kind::dawdling);
  if (told) {
    const bool there = co_await read_proxy_header(a, due_after(w_.loop.now(), patience()));
    if (!there) co_return first_bytes::ended;
  }
  // Of who may be told by a header it is only known now.
  if (!entry.open_to_all && !entry.white_list.contains(from_)) {
    refuse(w_.count.tcp_refused_white_list, end_reason::white_list);
    co_return first_bytes::ended;
  }
  const table_ref* const t = w_.use_table();
  if (!t || entry_ >= t->table->tcp.routes->entries.size() || !t->table->tcp.routes->entries[entry_].reads_hello()) co_return first_bytes::known;
  const first_bytes what = co_await read_hello(a, due_after(w_.loop.now(), patience()));
  co_return what;
}

}  // namespace waggle::proxy::tcp
