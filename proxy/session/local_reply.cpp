// Answers that waggle gives itself. The one table of status → body; what cannot be kept open is closed so that the client
// can still read the answer (http-contract 14).
#include "session/session.hpp"

#include "affinity/registry.hpp"
#include "exchange/deadlines.hpp"
#include "http1/reason.hpp"
#include "middleware/locations.hpp"
#include "routing/error_pages.hpp"

#include <charconv>
#include <string>
#include <utility>

namespace waggle::proxy {
namespace {

struct text {
  unsigned status;
  std::string_view body;
};

constexpr text texts[] = {
    {400, "400 Bad Request"},
    {401, "401 Unauthorized\n"},
    {403, "Forbidden"},
    {413, "Request Entity Too Large"},
    {429, "Too Many Requests"},
    {404, "404 page not found\n"},
    {405, "405 Method Not Allowed\n"},
    {408, "408 Request Timeout\n"},
    {414, "414 URI Too Long\n"},
    {417, "417 Expectation Failed\n"},
    {431, "431 Request Header Fields Too Large"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {508, "508 Loop Detected\n"},
    {505, "505 HTTP Version Not Supported\n"},
};

/// The body; none where the status says it all.
std::string_view text_of(unsigned status) noexcept {
  for (const text& t : texts)
    if (t.status == status) return t.body;
  return status < 400 ? "" : "Internal Server Error";
}

/// What Go's server, and so Traefik 1.7, says of a bad request: something about hosts and fields, nothing of all else. What is
/// over a limit names the flag that sets it.
std::string_view told_of(std::string_view why) noexcept {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"missing required Host header", "missing required Host header"},
      {"malformed Host header", "malformed Host header"},
      {"more than one Host", "too many Host headers"},
      {"bad header field name", "invalid header name"},
      {"control character in a header field value", "invalid header value"},
      {"request line too long", "longer than --maxRequestLineBytes"},
      {"too many header fields", "more than --maxRequestHeaderFields"},
      {"head too large", "larger than --maxRequestHeaderBytes"},
  };
  if (why.starts_with("ambiguous path")) return why;  // nobody's secret, and what to mend (StrictPaths)
  for (const auto& [ours, told] : words)
    if (ours == why) return told;
  return {};
}

/// These have no body whatever their fields say (RFC 9112 section 6.3): one that is written is the next answer to the client.
bool is_bodiless(unsigned status) noexcept { return status == 204 || status == 304; }

/// After these the framing of what follows cannot be trusted.
bool ends_connection(unsigned status) noexcept {
  return status == 400 || status == 405 || status == 408 || status == 414 || status == 417 || status == 431 || status == 505;
}

}  // namespace

io::task<session::verdict> session::reply(exchange* x, unsigned status, std::string_view why) {
  std::string fields;
  if (status == 508) fields += "Cache-Control: no-store\r\n";
  if (status == 503) fields += "Retry-After: 1\r\n";
  if (status == 405) fields += "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
  // Traefik sets the cookie before it asks the server, so also on its 502 and 504.
  if (x && x->set_cookie && x->chosen >= 0)
    affinity::on_response(*x->to, x->to->servers[static_cast<std::size_t>(x->chosen)], [&](std::string_view piece) { fields += piece; });
  // A 502 or 504 for want of a server counts as the server's answer (Traefik 1.7 section 8.1).
  if (x && x->network_error && x->route->chain.on_answer) {
    fields += x->route->chain.on_answer->add;
    if (x->secure) fields += x->route->chain.on_answer->add_if_secure;
  }
  std::string body(text_of(status));
  const bool bad_head = status == 400 || status == 414 || status == 431;
  if (const std::string_view told = bad_head ? told_of(why) : std::string_view(); !told.empty()) {
    if (body.ends_with('\n')) body.pop_back();
    body.append(": ").append(told);
  }
  return reply_body(x, status, std::move(fields), std::move(body));
}

io::task<session::verdict> session::reply_local(exchange& x) {
  return reply_body(&x, x.local->status, std::move(x.local->fields), std::move(x.local->body));
}

/// Path asked for with the other trailing slash: 301 to the rule's spelling, with Go's body for GET (Traefik 1.7).
io::task<session::verdict> session::redirect_slash(exchange& x) {
  std::string fields = "Location: " + x.location + "\r\nContent-Type: text/html; charset=utf-8\r\n", body;
  if (x.to_get) body = "<a href=\"" + middleware::escape_html(x.location) + "\">Moved Permanently</a>.\n\n";
  return reply_body(&x, 301, std::move(fields), std::move(body));
}

io::task<session::verdict> session::reply_body(exchange* x, unsigned status, std::string fields, std::string body) {
  if (status < 200 || status > 999) status = 500;
  if (x && x->route && !x->route->error_pages.empty() && !x->page_asked && x->at_phase == exchange::phase::frontend) {
    // Inside the frontend: error pages are for waggle's own answers, too (Traefik 1.7).
    if (const routing::error_page* const page = page_for(*x->route, status)) {
      std::optional<middleware::local_answer> got = co_await fetch_page(*x, *page, status);
      if (aborted_) co_return verdict::reset;
      if (got) {
        fields = std::move(got->fields);
        body = std::move(got->body);
      }
    }
  }
  if (is_bodiless(status)) body.clear();
  if (x && x->vary) fields += "Vary: Accept-Encoding\r\n";
  const bool doubt = !x || ends_connection(status);
  const bool keep = end_of_answer(x, x && x->request_done, doubt) == verdict::keep;
  std::string out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(http1::reason_phrase(status)) + "\r\n" + fields;
  if (!body.empty() && fields.find("Content-Type:") == std::string::npos) {
    out += "Content-Type: text/plain; charset=utf-8\r\n";
    if (fields.find("X-Content-Type-Options:") == std::string::npos) out += "X-Content-Type-Options: nosniff\r\n";
  }
  if (!is_bodiless(status)) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";  // RFC 9110 section 8.6
  out += "Date: ";
  out += w_.http_date();
  out += keep ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  const std::size_t head = out.size();
  if (!x || !x->to_head) out += body;
  if (x) {
    x->status = status;
    x->answer_bytes = x->to_head ? 0 : body.size();
    if (x->record) w_.access->note_downstream(*x->record, std::string_view(out).substr(0, head));
  } else w_.count.status[status - 100].add();
  // Behind what is left of an interim answer that the client was slow to take.
  const std::size_t before = x ? x->to_client.size() : 0;
  io::buffer left = w_.buffers.take(before + out.size());
  if (before > 0) left.append(x->to_client.view());
  end_watch();
  left.append(std::string_view(out).substr(x ? take_ahead() : 0));
  for (std::string* done : {&out, &body, &fields}) std::string().swap(*done);  // a page may be large, and its client slow
  const io::time_ms due = due_after(w_.loop.now(), times().client_write);
  for (;;) {
    const progress s = flush(client_, left);
    if (s == progress::done) break;
    if (s == progress::stopped || aborted_) co_return verdict::close;
    const waiting here(*this, wait_kind::dawdling);
    const bool ready = co_await waiter_.wait(client_, io::writable | io::broken, due);
    if (!ready || retired_) co_return verdict::reset;
  }
  co_return keep ? end_of_answer(x, true, false) : verdict::linger;
}

/// What becomes of the client's connection once the answer is out. @param read  all of the request was read. @param doubt  it
/// could not be.
session::verdict session::end_of_answer(const exchange* x, bool read, bool doubt) const noexcept {
  const client_side seen{.promised = x && x->keep_alive,
                         .answer_complete = !aborted_,
                         .request_read = read,
                         .framing_in_doubt = doubt,
                         .draining = w_.draining(),
                         .said_last = x && x->client_closes,
                         .bytes_behind = !in_.empty() || client_.is_ready(io::readable)};
  switch (fate_of(seen)) {
    case client_fate::keep: return verdict::keep;
    case client_fate::close: return verdict::close;
    case client_fate::linger: return verdict::linger;
    case client_fate::reset: break;
  }
  return verdict::reset;
}

}  // namespace waggle::proxy
