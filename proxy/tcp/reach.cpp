// Where a connection goes: its router, a server of that one's service, and what this server is told of it.
#include "tcp/choice.hpp"
#include "tcp/connect.hpp"
#include "tcp/connection.hpp"
#include "tcp/proxy_header_out.hpp"
#include "tls/postgres_start.hpp"
#include "worker/client_wait.hpp"

#include "decision/deadlines.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy::tcp {
namespace {

constexpr io::time_ms hold_look = 250;  // a task that has just begun may refuse for a moment: nobody tells when it does not any more

io::socket_address local_address(const io::stream& s) noexcept {
  io::socket_address out;
  out.size = sizeof out.storage;
  if (::getsockname(s.fd, reinterpret_cast<sockaddr*>(&out.storage), &out.size) != 0) out = {};
  return out;
}

}  // namespace

void connection::refuse(counter& why, end_reason told) noexcept {
  note_end(told);
  why.add();
  client_.reset();
}

const routing::tcp_router* connection::route(const arrival& a) {
  const table_ref* const t = w_.use_table();
  const routing::tcp_routes* const all = t ? t->table->tcp.routes.get() : nullptr;
  routing::tcp_question asked{.client = from_};
  if (a.is_tls()) {
    asked.tls = true;
    asked.sni = a.hello.sni();
    asked.alpn = a.hello.alpn();
  }
  if (record_) {
    record_->first_bytes = a.received.size();
    if (a.is_tls()) record_->sni = a.hello.sni();
  }
  const int at = all && entry_ < all->entries.size() ? all->entries[entry_].find(all->routers, asked) : -1;
  if (at < 0) {
    if (!a.is_tls()) {
      refuse(w_.count.tcp_refused_route, end_reason::no_route);
      return nullptr;
    }
    note_end(end_reason::no_route);
    w_.count.tcp_refused_route.add();
    (void)client_.write(tls::unrecognized_name_alert.data(), tls::unrecognized_name_alert.size());
    client_.shutdown_write();
    client_.close();
    return nullptr;
  }
  const routing::tcp_router& found = all->routers[static_cast<std::size_t>(at)];
  if (record_) {
    record_->router = found.name;
    record_->service = t->table->tcp.services[found.service]->name;
    record_->swarm_service = found.source->swarm_service;
  }
  if (found.open_to_all || found.white_list.contains(from_)) return &found;
  refuse(w_.count.tcp_refused_white_list, end_reason::white_list);
  if (const auto traffic = w_.servers.traffic_of(*t->table->tcp.services[found.service])) ++traffic->refused_white_list;
  return nullptr;
}

/// @return false: the time is over, the client has left, or the service is gone.
io::task<bool> connection::hold(choice& where, io::time_ms until) {
  auto& queue = w_.servers.held_tcp.of(*where.to);
  if (queue.size >= queues_for<plan::tcp_service>::most || w_.loop.now() >= until) co_return false;
  const queues_for<plan::tcp_service>::place woken(queue, waiter_);  // by a new table, or a health check that finds somebody well
  co_await waiter_.wait(client_, io::broken, std::min(until, w_.loop.now() + hold_look));
  if (gone()) co_return false;
  if (!where.is_current() && !where.follow_table()) co_return false;
  where.forget_tried();
  co_return true;
}

io::task<bool> connection::find_server(choice& where) {
  const io::time_ms hold_until = w_.loop.now() + static_cast<io::time_ms>(where.to->source->hold.count());
  for (bool held = false;;) {
    connected_server c = co_await connect(w_, caller{client_, waiter_, over_, end_at_}, where, server_);
    if (c.how == connect_end::client_gone) co_return false;
    if (c.how == connect_end::connected) {
      remembered_ = where.remember(c.server);
      to_ = std::move(c.lease);
      to_->layer4->enter(*this);
      ++to_->layer4->connections;
      if (record_) {
        const plan::layer4_server& server = where.to->servers[static_cast<std::size_t>(c.server)];
        record_->address = server.host_header;
        record_->url = server.url;
        record_->origin = server.origin;
      }
      if (c.reset) ends::lost_bytes(ends_.server);
      co_return true;
    }
    if (!std::exchange(held, true) && traffic_ && where.to->source->hold.count() > 0) ++traffic_->holds;
    const bool again = co_await hold(where, hold_until);
    if (again) continue;
    if (gone()) co_return false;
    if (traffic_) ++traffic_->refused_no_server;
    refuse(w_.count.tcp_refused_no_server, end_reason::no_server);
    co_return false;
  }
}

/// Its SSLRequest is repeated, and the answer is not for the client, who has had one. @return false: the server does not speak TLS, or is gone.
io::task<bool> connection::ask_postgres(io::time_ms due, std::string_view header) {
  io::buffer question = w_.buffers.take(header.size() + tls::postgres_ssl_request.size());
  question.append(header);
  question.append(tls::postgres_ssl_request);
  const io::io_result sent = server_.write(question.data(), question.size());
  if (sent.status != io::io_status::ok || sent.bytes != question.size()) co_return false;
  for (;;) {
    const bool ready = co_await waiter_.wait(server_, io::readable | io::broken, client_, io::broken, due);
    if (!ready || gone()) co_return false;
    char answer = 0;
    const io::io_result r = server_.read(&answer, 1);
    if (r.status == io::io_status::again) continue;
    co_return r.status == io::io_status::ok&& answer == 'S';
  }
}

io::task<bool> connection::reach(arrival& a, const routing::tcp_router& by) {
  table_ref* const t = w_.use_table();
  in_table<plan::tcp_service> service(t, t->table->tcp.services[by.service].get());
  const model::tcp_service& options = *service->source;
  traffic_ = w_.servers.traffic_of(*service);
  if (traffic_) {
    ++traffic_->connections;
    ++traffic_->open;
    if (!w_.is_within_backend_share(traffic_->open)) {
      ++traffic_->refused_share;
      refuse(w_.count.tcp_refused_share, end_reason::share);
      co_return false;
    }
  }
  idle_ms_ = limit_of(options.timeouts.idle);
  half_closed_ms_ = limit_of(options.timeouts.half_closed);
  const unsigned proxy_version = options.proxy_protocol;
  const io::time_ms peek_ms = limit_of(options.timeouts.peek);
  schedule::client from{.address = from_, .port = from_port_};
  io::ip_bytes local{};
  std::uint16_t local_port = 0;
  if (proxy_version != 0 || options.scheduling.policy == model::scheduler::destination_hash) {
    const io::socket_address asked = a.destination ? *a.destination : local_address(client_);
    from.local = local = io::to_bytes(asked);
    local_port = asked.port();
  }
  {
    choice where(w_, std::move(service), from);
    const bool found = co_await find_server(where);
    if (!found) co_return false;
  }
  const std::optional<proxy_header_out> header =
      proxy_version != 0 ? std::optional<proxy_header_out>(std::in_place, proxy_version, from_, from_port_, local, local_port) : std::nullopt;
  std::string_view first = header ? header->bytes() : std::string_view();
  if (a.asks_postgres) {
    const bool speaks_tls = co_await ask_postgres(peek_ms == 0 ? io::never : w_.loop.now() + peek_ms, first);
    if (!speaks_tls) {
      note_end(end_reason::no_tls);
      co_return false;
    }
    first = {};
  }
  if (!first.empty() || !a.received.empty()) {
    io::buffer bytes = w_.buffers.take(first.size() + a.received.size());
    bytes.append(first);
    bytes.append(a.received.view());
    up_.begin_with(std::move(bytes));
  }
  moved_at_ = w_.loop.now();
  co_return true;
}

}  // namespace waggle::proxy::tcp
