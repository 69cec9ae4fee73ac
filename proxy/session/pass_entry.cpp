// The guards of the entry point, before there is a route. One that cannot decide at once suspends the request; its head is
// read again afterwards, since scratch memory does not survive that. So nothing of a route is used or told before all agree.
#include "session/session.hpp"

#include "http1/field_text.hpp"
#include "middleware/deferred.hpp"

#include <algorithm>

namespace waggle::proxy {

middleware::request_info session::info_of(const http1::target& target, std::string_view host, std::string_view path) const {
  return {.head = w_.scratch.request, .host = host, .target = w_.scratch.request.target, .path = path,
          .query = target.query, .has_query = target.has_query, .peer = peer(),
          .peer_port = peer_port_, .peer_ip = peer_ip_, .trusted = trusted_,
          .entry_point = w_.entries[entry_].name, .tls = false, .now = w_.loop.now(), .edge = w_.opts.edge};
}

/// @return false: x.local holds the answer, or x.entry a check that has to be made first (ask_entry).
bool session::pass_entry(exchange& x, const http1::target& target, std::string_view host, middleware::request_edits& edits) {
  std::size_t at = 0;
  if (x.entry) {
    edits = std::move(x.entry->edits);
    at = x.entry->next;
    x.entry.reset();
  }
  const entry_settings& entry = w_.entries[entry_];
  const std::string_view method = w_.scratch.request.method;
  const bool reads = method == "GET" || method == "HEAD";  // other methods on these paths are the services'
  if (reads && std::find(entry.open_paths.begin(), entry.open_paths.end(), target.path) != entry.open_paths.end()) return true;
  middleware::request_info info = info_of(target, host, target.path);
  info.turns = x.hops.turns;
  while (at < entry.guards->size()) {
    const middleware::entry_guard& guard = (*entry.guards)[at++];
    x.local = guard.check->check(info, edits);
    if (x.record && !edits.user.empty()) x.record->user = edits.user;
    if (!x.local && !edits.later) continue;
    if (x.record) {
      x.record->answered_by = guard.told_as;
      x.record->entry_point = entry.name;
    }
    if (!x.local) x.entry = std::make_unique<entry_pass>(entry_pass{std::move(edits), at});
    return false;
  }
  return true;
}

/// The check that a guard of the entry point left. @return false: the client is gone. x.local may hold an answer.
io::task<bool> session::ask_entry(exchange& x) {
  const auto asked = std::move(x.entry->edits.later);
  middleware::decision d = co_await asked->decide(w_.own_requests, waiter_, client_);
  if (d.client_gone || aborted_) {
    w_.count.aborted.add();
    co_return false;
  }
  if (d.answer) {
    x.local = std::move(d.answer);
    co_return true;
  }
  if (x.record) {
    x.record->answered_by = nullptr;
    x.record->entry_point = {};
  }
  middleware::request_edits& edits = x.entry->edits;
  if (!d.user.empty()) edits.user = std::move(d.user);
  for (const std::string& name : d.remove)
    if (!http1::is_framing(name)) middleware::remove_field(edits, name);
  for (auto& [name, value] : d.set)
    if (http1::valid_name(name) && http1::valid_value(value) && !http1::is_framing(name))
      edits.set.emplace_back(std::move(name), std::move(value));
  co_return true;
}

}  // namespace waggle::proxy
