// What is told of an exchange: figures by entry point, backend and server, and its line in the access log.
#include "session/session.hpp"

namespace waggle::proxy {
namespace {

/// Traefik 1.7: a request that accepts text/event-stream is "sse".
bool asks_for_events(const http1::field_list& fields) noexcept {
  for (const http::field& f : fields.all())
    if (f.name.size() == 6 && http::iequals(f.name, "Accept") && f.value.find("text/event-stream") != std::string_view::npos) return true;
  return false;
}

constexpr std::uint8_t event_stream = 2;  // of protocol_names
constexpr unsigned client_gone = 499;     // nobody was left to answer: as Traefik and nginx write it

}  // namespace

/// With the head in scratch.
void session::begin_told(exchange& x) {
  const http1::request_head& head = w_.scratch.request;
  x.kind.method = method_number(head.method);
  if (asks_for_events(head.fields)) x.kind.protocol = event_stream;
  if (w_.access) {  // first: it may throw
    x.record = w_.access->begin(head, trusted_);
    x.record->client_ip = peer();
    x.record->client_port = peer_port_;
  }
  w_.entry_traffic[entry_].begin(x.kind);
}

/// Once there is a route: what waggle answers itself (401, 403, 429, 503, redirects) belongs to the service as well.
void session::count_for_backend(exchange& x) {
  if (!x.counted) x.counted = w_.begin_traffic(*x.to, x.kind);
}

/// When a server's turn comes.
void session::begin_backend(exchange& x) {
  count_for_backend(x);
  if (x.record) w_.access->note_asked(*x.record);
}

void session::tell(exchange& x) noexcept {
  const io::time_ms took = w_.loop.now() - x.started;
  const unsigned status = x.status != 0 ? x.status : client_gone;
  w_.entry_traffic[entry_].end(x.kind);
  try {
    w_.entry_traffic[entry_].note(status, x.kind, took, w_.bounds_ms);
    if (x.counted) x.counted->note(status, x.kind, took, w_.bounds_ms);
  } catch (...) {  // no memory for a new series
  }
  if (x.counted) {
    x.counted->retries += x.retries;
    x.counted.reset();
  }
  if (x.endpoint) {
    x.endpoint->took_ms += took;
    x.endpoint->bytes_in += x.request_bytes;
    x.endpoint->bytes_out += x.answer_bytes;
    if (status >= 500) ++x.endpoint->errors;
  }
  if (!x.record) return;
  access::record& r = *x.record;
  r.route = x.route.get();
  r.to = x.to.get();
  r.server = x.chosen;
  r.wanted = x.wanted;
  r.status = status;
  r.retries = x.retries;
  r.answer_bytes = x.answer_bytes;
  r.request_bytes = x.request_bytes;
  w_.access->finish(x.record);
}

}  // namespace waggle::proxy
