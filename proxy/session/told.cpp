// What is told of an exchange: figures by entry point, backend and server, and its line in the access log.
#include "session/session.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

/// Traefik 1.7: a request that accepts text/event-stream is "sse".
bool asks_for_events(http::field_span fields) noexcept {
  for (const http::field& f : fields)
    if (f.name.size() == 6 && http::iequals(f.name, "Accept") && f.value.find("text/event-stream") != std::string_view::npos) return true;
  return false;
}

/// Fields of a proxy that applications go by.
bool claims_to_forward(http::field_span fields) noexcept {
  for (const http::field& f : fields)
    if (f.id == http::field_id::x_forwarded_for || f.id == http::field_id::x_forwarded_proto) return true;
  return false;
}

/// A server's own error, for people.
const char* said_with(unsigned status) noexcept {
  switch (status) {
    case 500: return "answered 500 Internal Server Error";
    case 501: return "answered 501 Not Implemented";
    case 502: return "answered 502 Bad Gateway";
    case 503: return "answered 503 Service Unavailable";
    case 504: return "answered 504 Gateway Timeout";
    default: return "answered with a status above 504";
  }
}

constexpr std::uint8_t event_stream = 2;  // of protocol_names
constexpr unsigned client_gone = 499;     // nobody was left to answer: as Traefik and nginx write it

}  // namespace

/// With the head in scratch.
void session::begin_told(exchange& x) {
  const http1::request_head& head = w_.scratch.request;
  x.kind.method = method_number(head.method);
  if (asks_for_events(head.fields.all())) x.kind.protocol = event_stream;
  if (!trusted_ && claims_to_forward(head.fields.all())) note_untrusted();
  if (w_.access) {  // first: it may throw
    x.record = w_.access->begin({head.method, head.target, head.minor, head.fields.all(), trusted_});
    x.record->client_ip = peer();
    x.record->client_port = peer_port_;
  }
  x.at_entry = open_request(w_.entry_traffic[entry_], x.kind);
}

/// Not believed, and not in silence either: a load balancer that nobody told waggle of makes applications redirect for ever.
void session::note_untrusted() {
  if (!w_.untrusted.note(entry_, peer_ip_) || !w_.opts.on_untrusted) return;
  w_.opts.on_untrusted({std::string(w_.entries[entry_].name), network_text(network_of(peer_ip_)), io::text_of(peer_ip_), 1});
}

/// Nothing is told of it after all. Before the first suspension: nobody has seen it counted.
void session::leave_untold(exchange& x) noexcept {
  x.untold = true;
  x.at_entry.end();
  if (x.record) w_.access->drop(std::exchange(x.record, nullptr));
}

/// Once there is a route: what waggle answers itself (401, 403, 429, 503, redirects) belongs to the service as well.
void session::count_for_backend(exchange& x) {
  if (!x.counted && !x.untold) x.counted = w_.begin_traffic(*x.to, x.kind);
}

/// When a server's turn comes.
void session::begin_backend(exchange& x) {
  count_for_backend(x);
  if (x.record) w_.access->note_asked(*x.record);
}

/// Why a server gave no answer, or not all of one: a client sees only a 502 or 504, or that it was cut.
void session::tell_failure(exchange& x, const fault& why) {
  if (!w_.log.enabled(base::log_level::info)) return;
  const std::optional<std::uint64_t> left_out = w_.failures_of(*x.to).admit(w_.loop.now());
  if (!left_out) return;
  std::string reason(why.row().reason);
  if (why.row().detailed && *why.detail) reason.append(": ").append(why.detail);
  std::string rules;
  for (const auto& r : x.route->source->routes) rules.append(rules.empty() ? "" : ";").append(r.rule);
  const std::string server = x.chosen >= 0 ? std::string(x.to->servers[static_cast<std::size_t>(x.chosen)].url) : std::string();
  w_.log.info(x.head_sent           ? "Cut an answer"
              : why.status() == 504 ? "Answered 504 Gateway Timeout"
                                    : "Answered 502 Bad Gateway",
              {{"reason", std::move(reason)},
               {"server", server},
               {"backend", x.to->name},
               {"frontend", x.route->name},
               {"rule", std::move(rules)},
               {"service", x.route->source->service},
               {"leftOut", std::to_string(*left_out)}});
}

void session::tell(exchange& x) noexcept {
  const io::time_ms took = w_.loop.now() - x.started;
  const unsigned status = x.status != 0 ? x.status : client_gone;
  x.at_entry.end();
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
    if (status != client_gone) x.endpoint->answers.note(status >= 500, w_.loop.now());
    if (status >= 500 && !x.network_error) x.endpoint->note_trouble(said_with(status), w_.loop.now());
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
