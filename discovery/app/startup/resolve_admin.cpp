#include "startup/resolve_admin.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  if (out.web) {
    out.name = own_entry_point;
    return out;
  }
  const auto place = [&](internal_kind what, const std::string& name) {
    if (!serves_traffic(entry_points, defaults, name) && (out.name.empty() || out.name == name)) out.name = name;
    else out.elsewhere.push_back({what, name});
  };
  if (out.api) place(internal_kind::api, from.api.entry_point);
  if (out.ping) place(internal_kind::ping, from.ping.entry_point);
  if (out.metrics) place(internal_kind::metrics, from.metrics.entry_point);
  return out;
}

std::optional<admin_entry_point> split_admin(const settings& from, const admin_wish& wish, std::vector<proxy::entry_point>& entry_points,
                                             complaints& told) {
  if (wish.name.empty()) return std::nullopt;
  const bool api = wish.api && from.api.entry_point == wish.name, ping = wish.ping && from.ping.entry_point == wish.name;
  const std::string_view flag = flag_of(api ? internal_kind::api : ping ? internal_kind::ping : internal_kind::metrics);
  const auto defined = find(entry_points, wish.name);
  admin_entry_point out{wish.name, from.web.address};
  if (!wish.web) {
    if (defined == entry_points.end() && wish.name != own_entry_point) {
      told.refuse(no_such(flag, wish.name));
      return std::nullopt;
    }
    out.address = defined != entry_points.end() ? defined->address : ":8080";
    if (defined != entry_points.end()) {
      out.forwarded_headers = defined->forwarded_headers;
      out.redirect = defined->redirect;
      out.strict_paths = defined->strict_paths;
    }
  }
  // Traefik 1.7 forgets them with --web, which takes the entry point's place; a lock that was asked for stays on here.
  if (defined != entry_points.end()) {
    out.white_list = defined->white_list;
    out.auth = defined->auth;
  }
  if (from.web.auth && (wish.web || !out.auth)) out.auth = from.web.auth;
  std::erase_if(entry_points, [&](const proxy::entry_point& e) { return e.name == wish.name; });
  if (entry_points.empty()) told.refuse("--web: no entry point is left for traffic; add --entryPoints='Name:http Address::80'");
  return out;
}

void share_entry_points(const admin_wish& wish, std::vector<proxy::entry_point>& entry_points, complaints& told) {
  for (const internal_part& part : wish.elsewhere) {
    if (find(entry_points, part.entry_point) == entry_points.end()) {
      if (part.entry_point != own_entry_point) {
        told.refuse(no_such(flag_of(part.what), part.entry_point));
        continue;
      }
      entry_points.push_back({.name = part.entry_point, .address = ":8080", .forwarded_headers = {}, .proxy_protocol = {}});
    }
    proxy::entry_point& e = *find(entry_points, part.entry_point);
    e.open_paths = {"/ping", "/ready"};
    if (part.what == internal_kind::api && !e.auth && !e.white_list)
      told.warnings.push_back(
          fmt::format("--api.entrypoint={}: every client of entry point {} can read the API and the dashboard there; give them an entry point "
                      "of their own (--entryPoints='Name:traefik Address::8080'), or lock this one (Auth.Basic, WhiteList)",
                      e.name, e.name));
  }
}

}  // namespace waggle::app
