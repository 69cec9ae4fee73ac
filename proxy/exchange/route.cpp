// Request → route: the frontend of the table of the moment, where its affinity cookie leads to, and what its rule makes of the
// path. No I/O.
#include "exchange/own_answer.hpp"
#include "exchange/request_steps.hpp"
#include "routing/rewrite.hpp"

#include <waggle/http/authority.hpp>
#include <waggle/http/path.hpp>

#include <string>
#include <string_view>

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
  http::append_encoded_path(out, decoded);
  if (r.has_query) out.append("?").append(r.query);
  return out;
}

}  // namespace

/// As rules see it. Valid until the next suspension.
match::request_view request_steps::view() const {
  const http::request& r = in_.request;
  return {r.method, lower(http::host_name(r.authority), w_.scratch.host), r.match_path, r.query, r.fields.all()};
}

/// A path of the API's, which the entry point's own steps do not see. A drain does not wait for its end: an event stream has none.
/// @return whether it is one.
bool request_steps::find_before_steps() {
  table_ref* const now = w_.use_table();
  if (!now || now->table->entries[from_.entry].before_steps.empty()) return false;
  const routing::frontend* const f = now->table->find_before_steps(from_.entry, view());
  if (!f) return false;
  route = in_table<routing::frontend>(now, f);
  choice_.begin(now, *f->to);
  at_frontend_ = true;
  w_.set_awaited(owner_, false);
  return true;
}

request_steps::outcome request_steps::find_route() {
  if (from_.late) return http::refusal{503, "stopping"};
  table_ref* const now = w_.use_table();
  if (!now) return http::refusal{503, "no configuration yet"};
  const http::request& r = in_.request;
  const routing::route_hit hit = now->table->find(from_.entry, view());
  if (!hit.to) return now->table->complete ? http::refusal{404, "no route"} : http::refusal{503, "not every provider was heard"};
  route = in_table<routing::frontend>(now, hit.to);
  choice_.begin(now, *hit.to->to);
  if (!w_.opts.compat_traefik1) account_.count_for(*choice_.to);
  if (hit.redirect_slash) {
    answer_ = slash_redirect(other_slash(r, hit.with_slash), in_.to_get);
    return outcome::kind::answered;
  }
  const plan::backend& to = *choice_.to;
  if (to.servers.empty() && (to.hold.count() == 0 || to.source->replicas == 0)) {
    account_.begin_backend(to);
    return http::refusal{503, "no server"};
  }
  if (to.sticky()) {
    const bool had_cookie = choice_.read_affinity(r.fields.all());
    if (account_.record) account_.record->had_cookie = had_cookie;
  }
  if (const http::refusal bad = rewrite_path()) return bad;
  if (route->chain.buffering) in_.request.expect_continue = false;  // the body is asked for here
  return {};
}

http::refusal request_steps::rewrite_path() {
  http::request& r = in_.request;
  bool first = true;
  for (const auto& rule : route->rules) {
    if (rule->rewrites().empty() || r.path == "*") continue;
    const auto result = apply_rewrite(rule->rewrites(), r.path, first ? std::string(r.match_path) : http::decode_path(r.path));
    if (!result) return {404, "nothing to strip"};
    if (result->cut_segment && w_.entries[from_.entry].strict_paths) return {400, "ambiguous path: a prefix that is stripped ends within a segment"};
    if (result->too_much) return {414, "path too long for its rule's ReplacePathRegex"};
    r.path = in_.memory.keep(result->path);
    for (const auto& [name, value] : result->fields) r.fields.add(name, value);
    first = false;
  }
  return {};
}

}  // namespace waggle::proxy
