// Request → route: the frontend of the table of the moment, where its affinity cookie leads to, and what its rule makes of the
// path. No I/O.
#include "session/session.hpp"

#include "affinity/registry.hpp"
#include "session/rewrite.hpp"

#include <string>

namespace waggle::proxy {
namespace {

/// Lower-cases into `room`; a host that needs no change is not copied.
std::string_view lower(std::string_view host, char* room) noexcept {
  std::size_t i = 0;
  while (i < host.size() && http::to_lower(host[i]) == host[i]) ++i;
  if (i == host.size()) return host;
  for (std::size_t k = 0; k < host.size(); ++k) room[k] = http::to_lower(host[k]);
  return {room, host.size()};
}

/// Where a path leads that was asked for with the other trailing slash.
std::string other_slash(const http::request& r, bool with_slash) {
  std::string decoded(r.match_path), out;
  if (with_slash) decoded += '/';
  else if (decoded.size() > 1) decoded.pop_back();
  // Path-only; a second slash at the front would name a host (open redirect).
  if (decoded.starts_with("//")) decoded.erase(0, decoded.find_first_not_of('/') - 1);
  http1::append_encoded_path(out, decoded);
  if (r.has_query) out.append("?").append(r.query);
  return out;
}

}  // namespace

/// A path of the API's, which the entry point's own steps do not see. A drain does not wait for its end: an event stream has none.
void session::find_before_steps(exchange& x) {
  table_use* const now = w_.use_table();
  if (!now || now->table->entries[entry_].before_steps.empty()) return;
  const http::request& r = x.request;
  const match::request_view view{r.method, lower(http1::host_name(r.authority), w_.scratch.host), r.match_path, r.query, r.fields.all()};
  const routing::frontend* const f = now->table->find_before_steps(entry_, view);
  if (!f) return;
  x.route = in_table<routing::frontend>(now, f);
  x.to = in_table<routing::backend>(now, f->to.get());
  x.at_phase = exchange::phase::frontend;
  leave_untold(x);
  w_.set_awaited(*this, false);
}

session::outcome session::find_route(exchange& x) {
  if (late_) return http1::refusal{503, "stopping"};
  w_.set_awaited(*this, true);
  table_use* const now = w_.use_table();
  if (!now) return http1::refusal{503, "no configuration yet"};
  const http::request& r = x.request;
  const match::request_view view{r.method, lower(http1::host_name(r.authority), w_.scratch.host), r.match_path, r.query, r.fields.all()};
  const routing::route_hit hit = now->table->find(entry_, view);
  if (!hit.to) return now->table->complete ? http1::refusal{404, "no route"} : http1::refusal{503, "not every provider was heard"};
  x.route = in_table<routing::frontend>(now, hit.to);
  x.to = in_table<routing::backend>(now, hit.to->to.get());
  if (!w_.opts.compat_traefik1) count_for_backend(x);
  if (hit.redirect_slash) {
    x.location = other_slash(r, hit.with_slash);
    return outcome::kind::redirect_slash;
  }
  if (x.to->servers.empty() && (x.to->hold.count() == 0 || x.to->source->replicas == 0)) {
    begin_backend(x);
    return http1::refusal{503, "no server"};
  }
  if (x.to->sticky()) {
    const affinity::wish wish = affinity::find(r.fields.all(), *x.to);
    if (x.record) x.record->had_cookie = wish.has_cookie;
    if (!wish.stranger.empty() && w_.strangers.worth_asking(x.to->id, wish.stranger, w_.loop.now())) x.stranger = wish.stranger;
    else take_wish(x, wish);
  }
  if (const http1::refusal bad = rewrite_path(x)) return bad;
  if (x.route->chain.buffering) x.request.expect_continue = false;  // the body is asked for here
  return {};
}

http1::refusal session::rewrite_path(exchange& x) {
  bool first = true;
  for (const auto& rule : x.route->rules) {
    if (rule->rewrites().empty() || x.request.path == "*") continue;
    const auto result =
        apply_rewrite(rule->rewrites(), x.request.path, first ? std::string(x.request.match_path) : http1::decode_path(x.request.path));
    if (!result) return {404, "nothing to strip"};
    if (result->cut_segment && w_.entries[entry_].strict_paths) return {400, "ambiguous path: a prefix that is stripped ends within a segment"};
    if (result->too_much) return {414, "path too long for its rule's ReplacePathRegex"};
    x.request.path = x.memory.keep(result->path);
    for (const auto& [name, value] : result->fields) x.request.fields.add(name, value);
    first = false;
  }
  return {};
}

}  // namespace waggle::proxy
