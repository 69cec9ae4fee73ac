#include "exchange/error_page.hpp"

#include "client/fetch.hpp"
#include "client/page_request.hpp"
#include "exchange/next_hop.hpp"
#include "worker/table_ref.hpp"

#include <string>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr io::time_ms patience = 30'000;
constexpr unsigned most_servers = 2;

/// The page's fields as lines; send_own adds Date and the framing.
std::string lines_of(const client::response& got) {
  std::string out;
  for (const auto& [name, value] : got.fields) {
    if (http::iequals(name, "Date")) continue;
    out += http::iequals(name, "Content-Type") ? "Content-Type" : name;  // the spelling that send_own looks for
    out += ": ";
    out += value;
    out += "\r\n";
  }
  return out;
}

/// @return its index; -1: there is none.
int pick(worker& w, const in_table<plan::backend>& to) {
  const io::time_ms now = w.loop.now();
  balance::balancer& balancer = w.servers.balancer_of(*to);
  const auto up = [&](std::size_t k) { return to->servers[k].up(); };
  const int i = balancer.pick(*to, [&](std::size_t k) { return up(k) && w.servers.endpoint_of(to->servers[k], w.is_current(to.use())).usable(now); });
  return i >= 0 ? i : balancer.pick(*to, up);
}

}  // namespace

io::task<std::optional<middleware::local_answer>> fetch_error_page(worker& w, server_stream& client, const client_facts& from, const incoming& in,
                                                                   const routing::frontend& of, const routing::error_page& page, unsigned status) {
  std::optional<middleware::local_answer> out;
  // From the table of the moment, as for attempts: addresses may have changed hands since the request began.
  const in_table<plan::backend> to(w.use_table(), w.current(*page.to));
  if (!to) co_return out;
  const std::string hops = next_hops(w, in, of);
  const client::request page_request = client::page_request(in.request, next_hop(w, from, "0.0.0.0", hops), routing::page_target(page, status));
  const io::time_ms due = w.loop.now() + patience;
  for (unsigned i = 0; i < most_servers && i < to->servers.size(); ++i) {
    const int server = pick(w, to);
    if (server < 0) break;
    client::request ask = page_request;
    ask.to = to->servers[static_cast<std::size_t>(server)].address;
    ask.due = due;
    ask.client = &client.readiness();
    if (i + 1 < most_servers && i + 1 < to->servers.size()) ask.connect_within = 1'000;  // there is another one
    const client::response got = co_await client::fetch(w.own_requests, client.waiter(), std::move(ask));
    if (client.is_aborted() || got.failure == client::failure::client_gone) break;
    if (got) {
      out.emplace();
      out->status = status;
      out->fields = lines_of(got);
      out->body = got.body;
      break;
    }
    if (got.failure != client::failure::connect) break;
    w.note_unreachable(w.servers.endpoint_of(to->servers[static_cast<std::size_t>(server)], w.is_current(to.use())));
  }
  co_return out;
}

}  // namespace waggle::proxy
