// Head → decision: validate, find the route, read the affinity cookie, compose the head for the server. No I/O.
#include "session/session.hpp"

#include "affinity/sticky_cookie.hpp"
#include "http1/ambiguous.hpp"
#include "http1/encoding.hpp"
#include "http1/field_text.hpp"
#include "http1/hops.hpp"
#include "session/rewrite.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace waggle::proxy {
namespace {

using http::field_id;
using http1::refusal;

bool is_idempotent(std::string_view method) noexcept {  // RFC 9110 §9.2.2
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

/// Lower-cases into `room`; a host that needs no change is not copied.
std::string_view lower(std::string_view host, char* room) noexcept {
  std::size_t i = 0;
  while (i < host.size() && http::to_lower(host[i]) == host[i]) ++i;
  if (i == host.size()) return host;
  for (std::size_t k = 0; k < host.size(); ++k) room[k] = http::to_lower(host[k]);
  return {room, host.size()};
}

std::string_view decimal(std::uint64_t n, char (&room)[24]) noexcept {
  return {room, static_cast<std::size_t>(std::to_chars(room, room + sizeof room, n).ptr - room)};
}

bool is_edited(const middleware::request_edits& edits, std::string_view name) noexcept {
  for (const std::string& r : edits.remove)
    if (http1::reads_as(name, r)) return true;
  for (const auto& s : edits.set)
    if (http1::reads_as(name, s.first)) return true;
  return false;
}

}  // namespace

refusal session::prepare(exchange& x, std::string_view rest) {
  const http1::request_head& head = w_.scratch.request;
  x.to_head = head.method == "HEAD";
  x.to_get = head.method == "GET";
  x.http10 = head.minor == 0;
  http1::request_facts facts;
  if (const refusal bad = examine_request(head, facts)) return bad;
  x.idempotent = is_idempotent(head.method);
  x.client_closes = !facts.keep_alive || x.http10;
  x.keep_alive = facts.keep_alive && !x.http10 && !once_;
  x.login = facts.login;
  x.upgrade = facts.upgrade;
  x.takes_trailers = facts.te_trailers;
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
  if (const refusal bad = parse_target(head.method, head.target, w_.scratch.target, target)) return bad;
  std::uint64_t hops = 0;
  if (head.method == "OPTIONS") {
    bool last_hop = target.path == "*";  // answered here, as Traefik does
    for (std::size_t i = 0; i < head.fields.size(); ++i)
      if (head.fields.id(i) == field_id::max_forwards)
        last_hop |= http1::parse_content_length(head.fields[i].value, hops) && hops == 0;  // RFC 9110 §7.6.2
    if (last_hop) return {200, ""};
  }
  if (w_.entries[entry_].strict_paths)
    if (const char* const why = http1::ambiguity(target.path)) return {400, why};
  // A route that leads back to waggle: each turn costs two connections until none are left.
  x.hops = http1::read_hops(head.fields, {w_.opts.edge, w_.opts.hostname}, trusted_);
  if (x.hops.turns >= http1::most_turns) return {508, "loop"};
  const std::string_view host = target.authority.empty() ? facts.host : target.authority;
  middleware::request_edits edits;
  if (w_.entries[entry_].guards && !pass_entry(x, target, host, edits))
    return x.local ? refusal{x.local->status, "entry point"} : refusal{};

  table_use* const now = w_.use_table();
  if (!now) return {503, "no configuration yet"};
  const match::request_view view{head.method, lower(http1::host_name(host), w_.scratch.host), target.match, target.query,
                                 head.fields.all()};
  const routing::route_hit hit = now->table->find(entry_, view);
  if (!hit.to) return now->table->complete ? refusal{404, "no route"} : refusal{503, "not every provider was heard"};
  x.route = in_table<routing::frontend>(now, hit.to);
  x.to = in_table<routing::backend>(now, hit.to->to.get());
  if (!w_.opts.compat_traefik1) count_for_backend(x);
  std::string_view path = target.path;
  if (hit.redirect_slash) {
    std::string decoded(target.match);
    if (hit.with_slash) decoded += '/';
    else if (decoded.size() > 1) decoded.pop_back();
    // Path-only; a second slash at the front would name a host (open redirect).
    if (decoded.starts_with("//")) decoded.erase(0, decoded.find_first_not_of('/') - 1);
    http1::append_encoded_path(x.location, decoded);
    if (target.has_query) {
      x.location += '?';
      x.location += target.query;
    }
    return {301, ""};
  }
  if (x.to->servers.empty() && (x.to->hold.count() == 0 || x.to->source->replicas == 0)) {
    begin_backend(x);
    return {503, "no server"};
  }

  if (x.to->sticky) {
    const affinity::wish wish = affinity::read(head.fields, *x.to);
    if (x.record) x.record->had_cookie = wish.has_cookie;
    if (!wish.stranger.empty() && w_.strangers.worth_asking(x.to->id, wish.stranger, w_.loop.now())) x.stranger = wish.stranger;
    else take_wish(x, wish);
  }

  std::string extra, rewritten_path;
  for (const auto& rule : x.route->rules) {
    if (rule->rewrites().empty() || target.path == "*") continue;
    auto result = apply_rewrite(rule->rewrites(), path, rewritten_path.empty() ? target.match : http1::decode_path(rewritten_path));
    if (!result) return {404, "nothing to strip"};
    if (result->cut_segment && w_.entries[entry_].strict_paths) return {400, "ambiguous path: a prefix that is stripped ends within a segment"};
    if (result->too_much) return {414, "path too long for its rule's ReplacePathRegex"};
    rewritten_path = std::move(result->path);
    extra += result->fields;
    path = rewritten_path;
  }
  if (hops > 0) {
    char digits[24];
    extra += "Max-Forwards: ";
    extra += decimal(hops - 1, digits);
    extra += "\r\n";
  }
  if (x.hops.suspect || x.route->chain.hides_server) {
    extra += "X-Waggle-Hops: ";
    extra += http1::next_hops(head.fields, w_.opts.edge, x.hops.turns);
    extra += "\r\n";
  }
  if (x.route->chain.buffering) facts.expect_continue = false;  // the body is asked for here
  const bool answered = !x.route->chain.empty() && !run_guards(x, target, host, path, edits);
  if (answered && x.route->error_pages.empty()) return {x.local->status, "middleware"};  // no page needs the head
  compose_head(x, target, facts, path, extra, edits, rest.size());
  if (answered) return {x.local->status, "middleware"};
  return {};
}

/// @return false: x.local holds the answer.
bool session::run_guards(exchange& x, const http1::target& target, std::string_view host, std::string_view path,
                         middleware::request_edits& edits) {
  middleware::request_info info = info_of(target, host, path);
  info.turns = x.hops.turns;
  for (const auto& guard : x.route->chain.guards) {
    x.local = guard->check(info, edits);
    if (x.record && !edits.user.empty()) x.record->user = edits.user;
    if (x.local) {
      if (x.record) x.record->answered_by = guard->told_as();
      return false;
    }
  }
  x.secure = edits.secure;
  x.later = std::move(edits.later);
  for (const auto& limit : x.route->chain.limits) x.limits.add_key(limit->key(info));
  return true;
}

/// Asks the limits, last of all before a server is chosen. @return false: x.local holds the answer.
bool session::admit(exchange& x) {
  x.local = x.limits.ask(x.route->chain.limits, w_.loop.now());
  if (x.local && x.record) x.record->answered_by = x.limits.refusing().told_as();
  return !x.local;
}

void session::compose_head(exchange& x, const http1::target& target, const http1::request_facts& facts,
                           std::string_view path, std::string_view extra_fields,
                           const middleware::request_edits& edits, std::size_t body_room) {
  const http1::request_head& head = w_.scratch.request;
  const std::string_view host = target.authority.empty() ? facts.host : target.authority;
  std::size_t size = head.method.size() + path.size() + target.query.size() + extra_fields.size() + 4 * host.size() +
                     w_.opts.hostname.size() + 640 + body_room + 2 * http1::chunk_header_room;
  for (const http::field& f : head.fields.all()) size += f.name.size() + f.value.size() + 4;
  for (const auto& [name, value] : edits.set) size += name.size() + value.size() + 4;
  const bool edited = !edits.remove.empty() || !edits.set.empty();
  x.login = x.login || http1::sets_login(edits.set);
  x.head = w_.buffers.take(size);
  io::buffer& out = x.head;  // the estimate above is never short: append() cannot fail

  out.append(head.method);
  out.append(" ");
  out.append(path);
  if (target.has_query) {
    out.append("?");
    out.append(target.query);
  }
  out.append(" HTTP/1.1\r\n");
  const bool pass_host = x.route->pass_host_header && !host.empty();
  if (pass_host) {
    out.append("Host: ");
    out.append(host);
    out.append("\r\n");
  }
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const field_id id = head.fields.id(i);
    if (id != field_id::other && id != field_id::cookie) {
      if (is_kept_from_server(id)) continue;
      if (http::is_forwarding(id)) {
        if (!trusted_) continue;
        // Merged or always ours; append_forwarding writes them.
        if (id != field_id::forwarded && id != field_id::x_forwarded_prefix && id != field_id::x_forwarded_other) continue;
      }
      if (id == field_id::max_forwards && head.method == "OPTIONS") continue;
      if (id == field_id::expect) continue;  // written below, once
    }
    if (facts.named.test(i) || (edited && is_edited(edits, head.fields[i].name))) continue;
    out.append(head.fields[i].name);
    out.append(": ");
    out.append(head.fields[i].value);
    out.append("\r\n");
  }
  append_forwarding(x, facts, host, edited ? &edits : nullptr);
  while (!extra_fields.empty()) {
    const std::string_view line = extra_fields.substr(0, extra_fields.find('\n') + 1);
    if (!edited || !is_edited(edits, line.substr(0, line.find(':')))) out.append(line);
    extra_fields.remove_prefix(line.size());
  }
  for (const auto& [name, value] : edits.set) {
    out.append(name);
    out.append(": ");
    out.append(value);
    out.append("\r\n");
  }
  char digits[24];
  if (facts.body.kind == http1::body_kind::length) {
    out.append("Content-Length: ");
    out.append(decimal(facts.body.length, digits));
    out.append("\r\n");
  } else if (facts.body.kind == http1::body_kind::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  if (facts.expect_continue && !(edited && is_edited(edits, "Expect"))) out.append("Expect: 100-continue\r\n");
  if (facts.te_trailers) out.append("Te: trailers\r\n");  // the only member that a proxy may pass on (RFC 9110 §10.1.4)
  if (!facts.upgrade.empty()) {
    out.append("Connection: Upgrade\r\nUpgrade: ");
    out.append(facts.upgrade);
    out.append("\r\n");
  }
  if (!pass_host) {  // depends on the server: written last and filled in for each attempt (set_host)
    out.append("Host: ");
    x.host_at = out.size();
    out.append("\r\n");
  }
  out.append("\r\n");
}

/// X-Forwarded-* and X-Real-Ip: replaced for a stranger, continued for a trusted peer (Traefik 1.7 section 9.3 meanings).
/// @param edits  null: none. What a label or an auth server says of such a field wins: it is written with the edits, or not at all.
void session::append_forwarding(exchange& x, const http1::request_facts& facts, std::string_view host,
                                const middleware::request_edits* edits) {
  const http1::field_list& fields = w_.scratch.request.fields;
  io::buffer& out = x.head;
  const auto told = [&](field_id id) -> std::string_view {
    if (!trusted_) return {};
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields.id(i) == id && !facts.named.test(i) && !fields[i].value.empty()) return fields[i].value;
    return {};
  };
  const auto ours = [&](std::string_view name) {
    if (edits && is_edited(*edits, name)) return false;
    out.append(name);
    out.append(": ");
    return true;
  };
  const auto line = [&](std::string_view name, std::string_view value) {
    if (!ours(name)) return;
    out.append(value);
    out.append("\r\n");
  };

  if (ours("X-Forwarded-For")) {
    for (std::size_t i = 0; trusted_ && i < fields.size(); ++i) {
      if (fields.id(i) != field_id::x_forwarded_for || facts.named.test(i) || fields[i].value.empty()) continue;
      out.append(fields[i].value);
      out.append(", ");
    }
    out.append(peer());
    out.append("\r\n");
  }
  const std::string_view real_ip = told(field_id::x_real_ip);
  line("X-Real-Ip", real_ip.empty() ? peer() : real_ip);
  std::string_view proto = told(field_id::x_forwarded_proto);
  if (proto.empty()) proto = "http";
  line("X-Forwarded-Proto", proto);
  std::string_view port = told(field_id::x_forwarded_port);
  if (port.empty()) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && colon + 1 < host.size() &&
                          host.find(']', colon) == std::string_view::npos;  // not a colon of an IPv6 literal
    port = has_port ? host.substr(colon + 1) : http::iequals(proto, "https") || http::iequals(proto, "wss") ? "443" : "80";
  }
  line("X-Forwarded-Port", port);
  const std::string_view forwarded_host = told(field_id::x_forwarded_host);
  if (!forwarded_host.empty() || !host.empty()) line("X-Forwarded-Host", forwarded_host.empty() ? host : forwarded_host);
  line("X-Forwarded-Server", w_.opts.hostname);
}

/// Body bytes that arrived with the head go out with it, in one send, and make the request repeatable if they are all.
void session::take_early_body(exchange& x) {
  if (x.request_done || in_.empty()) return;
  if (x.body.kind == http1::body_kind::length) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(x.request_left, std::min(in_.size(), x.head.room())));
    x.head.append(in_.view().substr(0, n));
    in_.consume(n);
    x.request_left -= n;
    x.request_bytes += n;
    x.request_done = x.request_left == 0;
  }
  // A chunked body goes through step_request, which frames it anew; small ones are sent right behind the head.
  if (in_.empty()) in_.release();
}

}  // namespace waggle::proxy
