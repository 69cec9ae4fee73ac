#include "startup/resolve_admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace waggle::app {
namespace {

std::string_view flag_of(internal_kind what) noexcept {
  switch (what) {
    case internal_kind::api: return "--api.entrypoint";
    case internal_kind::ping: return "--ping.entrypoint";
    case internal_kind::metrics: return "--metrics.prometheus.entrypoint";
  }
  return {};
}

template <class List>
auto find(List& all, std::string_view name) {
  return std::find_if(all.begin(), all.end(), [&](const proxy::entry_point& e) { return e.name == name; });
}

std::string no_such(std::string_view flag, std::string_view name) {
  return fmt::format("{}={}: there is no such entry point; define it with --entryPoints='Name:{} Address:…'", flag, name, name);
}

std::string no_http(std::string_view flag, const proxy::entry_point& e) {
  return fmt::format("{}={}: entry point {} at {} does not speak HTTP; name another one", flag, e.name, e.name, written_address(e));
}

/// Without it nothing would be left for services: API and ping have to share it.
bool serves_traffic(const std::vector<proxy::entry_point>& all, const std::vector<std::string>& defaults, const std::string& name) {
  if (find(all, name) == all.end()) return false;
  return all.size() == 1 || std::find(defaults.begin(), defaults.end(), name) != defaults.end();
}

}  // namespace

admin_wish wanted_admin(const settings& from, const std::vector<proxy::entry_point>& entry_points, const std::vector<std::string>& defaults,
                        std::vector<std::string>& warnings) {
  admin_wish out{.api = from.api.enabled, .ping = from.ping.enabled, .metrics = from.metrics.enabled || from.metrics.prometheus};
  if (from.web.enabled) {
    warnings.emplace_back(
        "web provider configuration is deprecated, you should use these options : api, rest provider, ping "
        "and metrics");
    if (out.api || out.ping || out.metrics)
      warnings.emplace_back(
          "web option is ignored if you use it with one of these options : api, rest provider, ping or "
          "metrics");
    else out.api = out.ping = out.web = true;
    out.metrics = out.metrics || (out.web && from.web.metrics);
  }
  const auto place = [&](internal_kind what, const std::string& name) {
    if (!serves_traffic(entry_points, defaults, name) && (out.name.empty() || out.name == name)) out.name = name;
    out.parts.push_back({what, name});
  };
  if (out.web) out.name = own_entry_point;  // whatever that serves besides
  const auto at = [&](const std::string& asked_for) { return out.web ? std::string(own_entry_point) : asked_for; };
  if (out.api) place(internal_kind::api, at(from.api.entry_point));
  if (out.ping) place(internal_kind::ping, at(from.ping.entry_point));
  if (out.metrics) place(internal_kind::metrics, at(from.metrics.entry_point));
  return out;
}

void place_operators(const settings& from, const admin_wish& wish, std::vector<proxy::entry_point>& entry_points, complaints& told) {
  if (wish.name.empty()) return;
  const auto first = std::find_if(wish.parts.begin(), wish.parts.end(), [&](const internal_part& p) { return p.entry_point == wish.name; });
  const auto defined = find(entry_points, wish.name);
  proxy::entry_point out{.name = wish.name, .address = from.web.address, .forwarded_headers = {}, .proxy_protocol = {}};
  if (!wish.web) {
    if (defined == entry_points.end() && wish.name != own_entry_point) return told.refuse(no_such(flag_of(first->what), wish.name));
    if (defined != entry_points.end() && defined->protocol != model::protocol::http) return told.refuse(no_http(flag_of(first->what), *defined));
    if (defined != entry_points.end()) out = *defined;
    else out.address = ":8080";
  } else if (defined != entry_points.end()) {
    // Traefik 1.7 forgets them with --web, which takes the entry point's place; a lock that was asked for stays on here.
    out.white_list = defined->white_list;
    out.auth = defined->auth;
  }
  if (from.web.auth && (wish.web || !out.auth)) out.auth = from.web.auth;
  out.operators = true;
  std::erase_if(entry_points, [&](const proxy::entry_point& e) { return e.name == wish.name; });
  if (entry_points.empty()) told.refuse("--web: no entry point is left for traffic; add --entryPoints='Name:http Address::80'");
  entry_points.push_back(std::move(out));
}

void share_entry_points(const admin_wish& wish, std::vector<proxy::entry_point>& entry_points, complaints& told) {
  for (const internal_part& part : wish.parts) {
    if (part.entry_point == wish.name) continue;
    if (find(entry_points, part.entry_point) == entry_points.end()) {
      if (part.entry_point != own_entry_point) {
        told.refuse(no_such(flag_of(part.what), part.entry_point));
        continue;
      }
      entry_points.push_back({.name = part.entry_point, .address = ":8080", .forwarded_headers = {}, .proxy_protocol = {}});
    }
    proxy::entry_point& e = *find(entry_points, part.entry_point);
    if (e.protocol != model::protocol::http) {
      told.refuse(no_http(flag_of(part.what), e));
      continue;
    }
    if (part.what == internal_kind::api && !e.auth && !e.white_list)
      told.warnings.push_back(
          fmt::format("--api.entrypoint={}: every client of entry point {} can read the API and the dashboard there; give them an entry point "
                      "of their own (--entryPoints='Name:traefik Address::8080'), or lock this one (Auth.Basic, WhiteList)",
                      e.name, e.name));
  }
}

}  // namespace waggle::app
