#include "exchange/accounting.hpp"

#include <optional>
#include <string>
#include <string_view>
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

constexpr unsigned client_gone = 499;  // nobody was left to answer: as Traefik and nginx write it

/// Not believed, and not in silence either: a load balancer that nobody told waggle of makes applications redirect for ever.
void note_untrusted(worker& w, const client_facts& from) {
  if (!w.untrusted.note(from.entry, from.ip) || !w.opts.on_untrusted) return;
  w.opts.on_untrusted({std::string(w.entries[from.entry].name), network_text(network_of(from.ip)), io::text_of(from.ip), 1});
}

}  // namespace

accounting::accounting(worker& w, const client_facts& from, const access::log::received& head) : w_(w), began_(w.loop.now()), entry_(from.entry) {
  kind_.method = method_number(head.method);
  if (asks_for_events(head.fields)) kind_.protocol = event_stream;
  if (!from.trusted && claims_to_forward(head.fields)) note_untrusted(w_, from);
  if (w_.access) {  // first: it may throw
    record = w_.access->begin(head);
    record->client_ip = from.peer();
    record->client_port = from.port;
  }
  at_entry_ = open_request(w_.entry_traffic[entry_], kind_);
}

void accounting::count() noexcept {
  w_.count.requests.add();
  active_.emplace(w_.count.active);
}

void accounting::leave_untold() noexcept {
  untold_ = true;
  at_entry_.end();
  if (record) w_.access->drop(std::exchange(record, nullptr));
}

void accounting::become(std::uint8_t protocol) noexcept {
  kind_.protocol = protocol;
  at_entry_.become(kind_);
}

void accounting::count_for(const plan::backend& b) {
  if (!counted_ && !untold_) counted_ = w_.servers.begin_traffic(b, kind_);
}

void accounting::begin_backend(const plan::backend& b) {
  count_for(b);
  if (record) w_.access->note_asked(*record);
}

void accounting::tell_failure(const result& so_far, bool head_sent, const fault& why) {
  if (!w_.log.enabled(base::log_level::info)) return;
  const std::optional<std::uint64_t> left_out = w_.servers.failures_of(*so_far.to).admit(w_.loop.now());
  if (!left_out) return;
  std::string reason(why.row().reason);
  if (why.row().detailed && *why.detail) reason.append(": ").append(why.detail);
  std::string rules;
  for (const auto& r : so_far.route->source->rule.parts) rules.append(rules.empty() ? "" : ";").append(r.rule);
  const std::string server = so_far.server >= 0 ? std::string(so_far.to->servers[static_cast<std::size_t>(so_far.server)].url) : std::string();
  w_.log.info(head_sent             ? "Cut an answer"
              : why.status() == 504 ? "Answered 504 Gateway Timeout"
                                    : "Answered 502 Bad Gateway",
              {{"reason", std::move(reason)},
               {"server", server},
               {"backend", so_far.to->name},
               {"frontend", so_far.route->name},
               {"rule", std::move(rules)},
               {"service", so_far.route->source->swarm_service},
               {"leftOut", std::to_string(*left_out)}});
}

void accounting::finish(const result& so_far) noexcept {
  if (untold_) return;
  const io::time_ms now = w_.loop.now(), took = now - began_;
  const unsigned status = so_far.status != 0 ? so_far.status : client_gone;
  at_entry_.end();
  try {
    w_.entry_traffic[entry_].note(status, kind_, took, w_.bounds_ms);
    if (counted_) counted_->note(status, kind_, took, w_.bounds_ms);
  } catch (...) {  // no memory for a new series
  }
  if (counted_) {
    counted_->retries += retries_;
    counted_.reset();
  }
  if (upstream::endpoint* const e = so_far.endpoint) {
    e->took_ms += took;
    e->bytes_in += so_far.request_bytes;
    e->bytes_out += so_far.answer_bytes;
    if (status >= 500) ++e->errors;
    if (status != client_gone) e->answers.note(status >= 500, now);
    if (status >= 500 && !so_far.network_error) e->note_error(said_with(status), now);
  }
  if (record) {
    record->route = so_far.route;
    record->to = so_far.to;
    record->server = so_far.server;
    record->wanted = so_far.wanted;
    record->status = status;
    record->retries = retries_;
    record->answer_bytes = so_far.answer_bytes;
    record->request_bytes = so_far.request_bytes;
    w_.access->finish(record);
    record = nullptr;
  }
  if (so_far.status >= 100 && so_far.status < 1000) w_.count.status[so_far.status - 100].add();
  w_.count.response_time_us.add(took * 1000);
}

}  // namespace waggle::proxy
