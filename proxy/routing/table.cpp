#include "routing/table.hpp"

namespace waggle::proxy::routing {
namespace {

/// All rules of a frontend; a slash redirect needs every rule to agree that it matched.
match::match_result match_all(const frontend& f, const match::request_view& request) {
  match::match_result all{.matched = true};
  for (const auto& rule : f.rules) {
    const match::match_result one = rule->match(request);
    if (!one.matched) return {.with_slash = all.with_slash || one.with_slash, .redirect_left = all.redirect_slash || one.redirect_left};
    all.redirect_slash |= one.redirect_slash;
    all.with_slash |= one.with_slash;
  }
  return all;
}

}  // namespace

const frontend* table::find_before_steps(std::size_t entry, const match::request_view& request) const {
  if (entry >= entries.size()) return nullptr;
  for (const frontend* const f : entries[entry].before_steps)
    if (match_all(*f, request).matched) return f;
  return nullptr;
}

route_hit table::find(std::size_t entry, const match::request_view& request) const {
  if (entry >= entries.size()) return {};
  const entry_routes& routes = entries[entry];
  static const std::vector<std::uint32_t> none;
  const std::vector<std::uint32_t>* hosted = &none;
  const auto& by_host = routes.index->by_host;
  const auto& any_host = routes.index->any_host;
  if (!request.host.empty() && !by_host.empty()) {
    // Short hosts fit the small-string buffer or a reused one: no allocation on the request path.
    thread_local std::string key;
    key.assign(request.host);
    if (const auto it = by_host.find(key); it != by_host.end()) hosted = &it->second;
  }
  // Both lists are in priority order: merge them.
  std::size_t h = 0, a = 0;
  bool left = false, left_with_slash = false;
  while (h < hosted->size() || a < any_host.size()) {
    const bool take_hosted = a == any_host.size() || (h < hosted->size() && (*hosted)[h] < any_host[a]);
    const frontend& f = *routes.ordered[take_hosted ? (*hosted)[h++] : any_host[a++]];
    const match::match_result m = match_all(f, request);
    if (m.matched) return {&f, m.redirect_slash || left, m.redirect_slash ? m.with_slash : left_with_slash};
    if (m.redirect_left && keeps_redirects) {
      left = true;
      left_with_slash = m.with_slash;
    }
  }
  return {};
}

}  // namespace waggle::proxy::routing
