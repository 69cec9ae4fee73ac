// Head → request: validated, and kept as a value that outlives scratch memory. No I/O.
#include "session/session.hpp"

#include "http1/ambiguous.hpp"
#include "http1/encoding.hpp"
#include "http1/make_request.hpp"

#include <charconv>

namespace waggle::proxy {
namespace {

bool is_idempotent(std::string_view method) noexcept {  // RFC 9110 §9.2.2
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

/// OPTIONS: how many proxies more it may pass (RFC 9110 §7.6.2), if it says so.
std::optional<std::uint64_t> forwards_left(const http1::request_head& head) noexcept {
  std::optional<std::uint64_t> out;
  if (head.method != "OPTIONS") return out;
  for (const http::field& f : head.fields)
    if (std::uint64_t n = 0; out != 0 && f.id == http::field_id::max_forwards && http1::parse_content_length(f.value, n)) out = n;
  return out;
}

}  // namespace

/// @param bytes  of the head in scratch.
session::outcome session::receive(exchange& x, std::string_view bytes) {
  const http1::request_head& head = w_.scratch.request;
  x.to_head = head.method == "HEAD";
  x.to_get = head.method == "GET";
  x.http10 = head.minor == 0;
  http1::request_facts facts;
  if (const http1::refusal bad = examine_request(head, facts)) return bad;
  x.idempotent = is_idempotent(head.method);
  x.client_closes = !facts.keep_alive || x.http10;
  x.keep_alive = facts.keep_alive && !x.http10;
  x.login = facts.login;
  if (w_.entries[entry_].compress) {
    x.vary = !http1::is_grpc(head.fields);
    x.accepts_gzip = x.vary && http1::accepts_gzip(head.fields);
    x.holds_identity = x.accepts_gzip && http1::asks_for_identity(head.fields);
  }
  if (facts.websocket) {
    x.kind.protocol = 1;
    x.at_entry.become(x.kind);
  }
  x.expect_continue = facts.expect_continue;
  x.body = facts.body;
  x.request_left = facts.body.length;
  x.request_done = facts.body.kind == http1::body_kind::none || (facts.body.kind == http1::body_kind::length && facts.body.length == 0);

  http1::target target;
  if (const http1::refusal bad = parse_target(head.method, head.target, w_.scratch.target, target)) return bad;
  const std::optional<std::uint64_t> forwards = forwards_left(head);
  // Answered here, as Traefik does.
  if (head.method == "OPTIONS" && (target.path == "*" || forwards == 0)) return outcome::kind::options_answered;
  if (w_.entries[entry_].strict_paths)
    if (const char* const why = http1::ambiguity(target.path)) return http1::refusal{400, why};
  // A route that leads back to waggle: each turn costs two connections until none are left.
  x.hops = http1::read_hops(head.fields, {w_.opts.edge, w_.opts.hostname}, trusted_);
  if (x.hops.turns >= http1::most_turns) return http1::refusal{508, "loop"};

  x.memory.begin(w_.buffers, http1::request_size(head, target, bytes));
  make_request(head, facts, target, bytes, x.memory, x.request);
  if (head.method == "OPTIONS") x.request.fields.remove("Max-Forwards");
  if (forwards) {
    char digits[24];
    x.request.fields.add("Max-Forwards",
                         {digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, *forwards - 1).ptr - digits)});
  }
  return {};
}

}  // namespace waggle::proxy
