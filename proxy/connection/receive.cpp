#include "connection/receive.hpp"

#include "http1/ambiguous.hpp"
#include "http1/make_request.hpp"

#include <waggle/http/encoding.hpp>

#include <charconv>
#include <cstdint>
#include <optional>

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

request_steps::outcome receive(worker& w, const client_facts& from, std::string_view bytes, incoming& out, server_stream& client) {
  using kind = request_steps::outcome::kind;
  const http1::request_head& head = w.scratch.request;
  const entry_settings& entry = w.entries[from.entry];
  const bool http10 = head.minor == 0;
  http1::request_facts facts;
  if (const http1::refusal bad = examine_request(w.scratch.request, facts)) return bad;
  out.idempotent = is_idempotent(head.method);
  out.websocket = facts.websocket;
  out.login = facts.login;
  if (entry.compress) {
    out.varies = !http::is_grpc(head.fields.all());
    out.accepts_gzip = out.varies && http::accepts_gzip(head.fields.all());
    out.holds_identity = out.accepts_gzip && http::asks_for_identity(head.fields.all());
  }
  client.begin({.body = facts.body,
                .http10 = http10,
                .keep_alive = facts.keep_alive && !http10,
                .said_last = !facts.keep_alive || http10,
                .expect_continue = facts.expect_continue});

  http1::target target;
  if (const http1::refusal bad = parse_target(head.method, head.target, w.scratch.target, target)) return bad;
  const std::optional<std::uint64_t> forwards = forwards_left(head);
  // Answered here, as Traefik does.
  if (head.method == "OPTIONS" && (target.path == "*" || forwards == 0)) return kind::options_answered;
  if (entry.strict_paths)
    if (const char* const why = http1::ambiguity(target.path)) return http1::refusal{400, why};
  // A route that leads back to waggle: each turn costs two connections until none are left.
  if (head.fields.has(http1::field_id::waggle_hops, http1::field_id::x_forwarded_server, http1::field_id::x_forwarded_for))
    out.hops = http::read_hops(head.fields.all(), {w.opts.edge, w.opts.hostname}, from.trusted);
  if (out.hops.turns >= http::most_turns) return http1::refusal{508, "loop"};

  out.memory.begin(w.buffers, http1::request_size(head, target, bytes));
  make_request(head, facts, target, bytes, out.memory, out.request);
  if (head.method == "OPTIONS") out.request.fields.remove("Max-Forwards");
  if (forwards) {
    char digits[24];
    out.request.fields.add("Max-Forwards",
                           {digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, *forwards - 1).ptr - digits)});
  }
  return {};
}

}  // namespace waggle::proxy
