#include "startup/internal_routes.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <limits>
#include <map>
#include <set>
#include <utility>

namespace waggle::app {
namespace {

constexpr std::string_view reading = ";Method:GET,HEAD";

struct internal_rule {
  std::string_view name, rule;
};

// Exactly the paths of admin/routes.cpp: an application's own /api/… beside them must stay its own.
constexpr internal_rule api_rules[] = {
    {"api", "Path:/api,/api/providers,/api/version,/api/verdicts,/api/status,/api/explain,/api/overview,/api/events,/health,/dashboard"},
    {"api-below", "PathPrefix:/api/providers/,/api/explain/,/dashboard/"},
};
constexpr internal_rule ping_rules[] = {{"ping", "Path:/ping,/ready"}};
constexpr internal_rule metrics_rules[] = {{"metrics", "Path:/metrics"}};

class maker {
 public:
  explicit maker(const std::string& key) : key_(key) {}

  template <std::size_t N>
  void add(const internal_rule (&rules)[N], const std::string& entry_point) {
    for (const internal_rule& r : rules) {
      model::frontend f;
      // Names decide among equal priorities, and a label may ask for the highest: before "frontend-…".
      f.name = "!internal-" + std::string(r.name) + "-" + entry_point;
      f.entry_points = {entry_point};
      f.backend = internal_provider;
      f.routes.push_back({"route-" + f.name, std::string(r.rule) + std::string(reading)});
      f.priority = std::numeric_limits<int>::max();
      f.options.headers.emplace().custom_request_headers[std::string(internal_field)] = key_;
      made_.emplace(f.name, std::move(f));
    }
  }

  std::map<std::string, model::frontend> done() && { return std::move(made_); }

 private:
  const std::string& key_;
  std::map<std::string, model::frontend> made_;  // by name, as a configuration has them
};

}  // namespace

std::shared_ptr<const model::configuration> internal_routes(const std::vector<internal_part>& parts, std::uint16_t port, const std::string& key) {
  maker routes(key);
  for (const internal_part& p : parts) {
    routes.add(ping_rules, p.entry_point);  // always, as on an entry point of their own
    if (p.what == internal_kind::api) routes.add(api_rules, p.entry_point);
    if (p.what == internal_kind::metrics) routes.add(metrics_rules, p.entry_point);
  }
  model::traefik1::configuration out;
  model::backend b;
  b.name = internal_provider;
  model::server s;
  s.host = "127.0.0.1";
  s.port = port;
  s.url = "http://127.0.0.1:" + std::to_string(port);
  s.name = "server-internal";
  s.id = "internal@127.0.0.1:" + std::to_string(port);
  b.servers.push_back(std::move(s));
  out.backends.push_back(std::move(b));
  for (auto& [name, f] : std::move(routes).done()) out.frontends.push_back(std::move(f));
  return std::make_shared<const model::configuration>(model::traefik1::translated(out));
}

bool has_internal_key(std::string_view head, std::string_view key) {
  const std::string wanted = "\r\n" + std::string(internal_field) + ": " + std::string(key) + "\r\n";
  return !key.empty() && head.find(wanted) != std::string_view::npos;
}

}  // namespace waggle::app
