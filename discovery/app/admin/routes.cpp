#include "admin/routes.hpp"

#include "admin/dashboard.hpp"
#include "admin/escapes.hpp"
#include "admin/explain.hpp"
#include "admin/known_hosts.hpp"
#include "admin/layer4_view.hpp"
#include "admin/views.hpp"

#include <waggle/base/hex.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

/// What must be switched on for a path to exist.
enum class part { api, dashboard, metrics, ping };

bool is_on(part p, const sources& from) noexcept {
  switch (p) {
    case part::api: return from.api;
    case part::dashboard: return from.api && from.dashboard;
    case part::metrics: return from.metrics;
    case part::ping: return true;
  }
  return false;
}

/// Is it served by the service that was asked? Who may ask for ping alone must not be told more by a path that two parts of waggle
/// read differently.
bool is_of(part p, const request& asked) noexcept {
  if (!asked.service) return true;
  return *asked.service == (p == part::metrics ? internal_kind::metrics : p == part::ping ? internal_kind::ping : internal_kind::api);
}

struct route {
  std::string_view pattern;  ///< "*" stands for one name
  response (*view)(const sources&, names);
  part of = part::api;
  response (*with_query)(const sources&, names, std::string_view) = nullptr;  ///< instead of `view`
  bool large = false;                                                         ///< shared by those who ask for it at once
};

constexpr route large(std::string_view pattern, response (*view)(const sources&, names)) { return {pattern, view, part::api, nullptr, true}; }

constexpr route table[] = {
    large("/api", &providers),
    large("/api/providers", &providers),
    large("/api/providers/*", &provider),
    large("/api/providers/*/backends", &backends),
    {"/api/providers/*/backends/*", &backend},
    {"/api/providers/*/backends/*/servers", &servers},
    {"/api/providers/*/backends/*/servers/*", &server_of_backend},
    large("/api/providers/*/frontends", &frontends),
    {"/api/providers/*/frontends/*", &frontend},
    {"/api/providers/*/frontends/*/routes", &routes_of_frontend},
    {"/api/providers/*/frontends/*/routes/*", &route_of_frontend},
    {"/api/version", &version},
    large("/api/verdicts", &verdicts),
    {"/api/status", nullptr, part::api, &status_text},
    {"/api/explain", nullptr, part::api, &explain_all, true},
    {"/api/explain/service/*", nullptr, part::api, &explain_service},
    {"/api/explain/request", nullptr, part::api, &explain_request},
    {"/api/l4", nullptr, part::api, &layer4},
    large("/api/overview", &overview),
    {"/api/events", &events},
    {"/health", &health},
    // Also without --ping: a health check of the image must not end a container over a missing flag.
    {"/ping", &ping, part::ping},
    {"/ready", &ready, part::ping},
    {"/metrics", &metrics, part::metrics},
};

/// The path of a request target in origin or absolute form (RFC 9112 section 3.2); empty: it has none.
std::string_view path_of(std::string_view target) {
  if (const auto scheme = target.find("://"); !target.empty() && target[0] != '/' && scheme != std::string_view::npos) {
    const auto slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
  }
  return target.substr(0, target.find('?'));
}

bool is_unreserved(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

/// The one spelling of a path (RFC 3986 section 6.2.2.2), by which the proxy has found this service (http-contract rule 6). Escapes that may
/// mean something else decoded (%2F) stay, and so do malformed ones.
std::string normal(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool escape = path[i] == '%' && path.size() - i > 2 && base::hex_digit(path[i + 1]) >= 0 && base::hex_digit(path[i + 2]) >= 0;
    const int decoded = escape ? base::hex_digit(path[i + 1]) * 16 + base::hex_digit(path[i + 2]) : -1;
    if (is_unreserved(decoded)) i += 2;
    out += is_unreserved(decoded) ? static_cast<char>(decoded) : path[i];
  }
  return out;
}

/// Cuts "/segment" off the front.
std::string_view take_segment(std::string_view& path) {
  const auto end = path.find('/', 1);
  const std::string_view segment = path.substr(1, end == std::string_view::npos ? end : end - 1);
  path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  return segment;
}

/// The raw names where the pattern has "*", if it fits. Split before decoding: %2F belongs to a name.
std::optional<std::vector<std::string_view>> fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string_view> found;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view want = take_segment(pattern), got = take_segment(path);
    if (want == "*" && !got.empty()) found.push_back(got);
    else if (want != got) return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return found;
}

/// The paths of health checks are for everybody, who tells them apart by what they are called does not matter.
bool is_foreign(const request& asked, const sources& from) { return from.knows_host && !from.knows_host(asked.host); }

/// One text for all who ask for the same at once.
template <class Make>
response shared(const std::string& key, const sources& from, const Make& make) {
  shared_documents::ingredients of;
  for (model::provider_configuration& p : from.providers()) of.push_back(std::move(p.config));
  of.push_back(from.verdicts());
  if (auto known = from.documents->find(key, of, from.now())) return std::move(*known);
  response out = make();
  if (out.status == 200) from.documents->share(key, out, of, from.now());
  return out;
}

response misdirected(const request& asked) {
  return {.status = 403, .content_type = "text/plain; charset=utf-8", .body = unknown_host_text(asked.host), .nosniff = true};
}

}  // namespace

response respond(const request& asked, const sources& from) {
  if (asked.method != "GET" && asked.method != "HEAD") return not_found();
  const std::string whole = normal(path_of(asked.target));
  std::string_view path = whole;
  if (path.empty() || path[0] != '/') return not_found();
  if (is_on(part::dashboard, from) && is_of(part::dashboard, asked))
    if (auto page = dashboard(path)) return is_foreign(asked, from) ? misdirected(asked) : std::move(*page);
  const bool slash_at_end = path.size() > 1 && path.back() == '/';
  if (slash_at_end) path.remove_suffix(1);
  for (const route& r : table) {
    if (!is_on(r.of, from) || !is_of(r.of, asked)) continue;
    const auto raw = fit(r.pattern, path);
    if (!raw) continue;
    if (r.of != part::ping && is_foreign(asked, from)) return misdirected(asked);
    // Only for paths that exist, so the location always begins with a name of ours: no redirect to
    // "//elsewhere".
    if (slash_at_end) {
      const auto query = asked.target.find('?');
      return redirect(std::string(path) + (query == std::string::npos ? std::string{} : asked.target.substr(query)));
    }
    std::vector<std::string> decoded;
    for (const std::string_view name : *raw) {
      auto one = base::percent_decode(name, false);
      if (!one) return bad_request();
      decoded.push_back(std::move(*one));
    }
    const auto mark = asked.target.find('?');
    const std::string_view query = mark == std::string::npos ? std::string_view{} : std::string_view(asked.target).substr(mark + 1);
    const auto make = [&] { return r.with_query ? r.with_query(from, decoded, query) : r.view(from, decoded); };
    return r.large ? shared(std::string(path) + '?' + std::string(r.with_query ? query : ""), from, make) : make();
  }
  return not_found();
}

}  // namespace waggle::app::admin
