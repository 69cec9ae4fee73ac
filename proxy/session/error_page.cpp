// A frontend's own answers for failures: the page of another backend in place of the answer, with the answer's status.
#include "session/session.hpp"

#include "client/fetch.hpp"
#include "routing/error_pages.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

constexpr io::time_ms patience = 30'000;
constexpr unsigned most_servers = 2;

/// The page's fields as lines; reply_body adds Date and the framing.
std::string lines_of(const client::response& got) {
  std::string out;
  for (const auto& [name, value] : got.fields) {
    if (http::iequals(name, "Date")) continue;
    out += http::iequals(name, "Content-Type") ? "Content-Type" : name;  // the spelling that reply_body looks for
    out += ": ";
    out += value;
    out += "\r\n";
  }
  return out;
}

}  // namespace

/// Asks for the page. @return the answer to give, or none: then the plain text of the status has to do.
io::task<std::optional<middleware::local_answer>> session::fetch_page(exchange& x, const routing::error_page& page, unsigned status) {
  x.page_asked = true;
  std::optional<middleware::local_answer> out;
  // From the table of the moment, as in forward(): addresses may have changed hands since the request began.
  const in_table<routing::backend> to(w_.use_table(), w_.current(*page.to));
  if (!to) co_return out;
  const std::string hops = next_hops(x);
  const std::string bytes = compose_page_request(x.request, next_hop("0.0.0.0", hops), routing::page_target(page, status));
  const io::time_ms due = w_.loop.now() + patience;
  for (unsigned i = 0; i < most_servers && i < to->servers.size(); ++i) {
    const int server = pick_for_page(to);
    if (server < 0) break;
    client::request ask;
    ask.to = to->servers[static_cast<std::size_t>(server)].address;
    ask.bytes = bytes;
    ask.due = due;
    ask.client = &client_;
    if (i + 1 < most_servers && i + 1 < to->servers.size()) ask.connect_within = 1'000;  // there is another one
    const client::response got = co_await client::fetch(w_.own_requests, waiter_, std::move(ask));
    if (aborted_ || got.failure == client::failure::client_gone) break;
    if (got) {
      out.emplace();
      out->status = status;
      out->fields = lines_of(got);
      out->body = got.body;
      break;
    }
    if (got.failure != client::failure::connect) break;
    w_.note_unreachable(w_.endpoint_of(to->servers[static_cast<std::size_t>(server)], to.use()));
  }
  co_return out;
}

int session::pick_for_page(const in_table<routing::backend>& to) {
  const io::time_ms now = w_.loop.now();
  balance::balancer& balancer = w_.balancer_of(*to);
  const auto up = [&](std::size_t k) { return to->servers[k].up(); };
  const int i = balancer.pick(*to, [&](std::size_t k) { return up(k) && w_.endpoint_of(to->servers[k], to.use()).usable(now); });
  return i >= 0 ? i : balancer.pick(*to, up);
}

}  // namespace waggle::proxy
