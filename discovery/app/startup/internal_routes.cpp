#include "startup/internal_routes.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

namespace waggle::app {
namespace {

// Exactly the paths of admin/routes.cpp: an application's own /api/… beside them must stay its own.
constexpr std::string_view api_paths[] = {"/api",         "/api/providers", "/api/version",  "/api/verdicts", "/api/status",
                                          "/api/explain", "/api/l4",        "/api/overview", "/api/events",   "/health"};
constexpr std::string_view ping_paths[] = {"/ping", "/ready"}, metrics_paths[] = {"/metrics"};
constexpr std::string_view below_api = "/api/providers/,/api/explain/";

/// "Path:/a,/a/,…": with a slash at its end the API redirects to the path without.
std::string paths(std::span<const std::string_view> all) {
  std::string out = "Path:";
  for (const std::string_view one : all) out.append(out.ends_with(':') ? "" : ",").append(one).append(",").append(one).append("/");
  return out;
}

class maker {
 public:
  explicit maker(const startup_plan& plan) : plan_(plan) {}

  void serve(const internal_part& part) {
    const auto entry = std::find_if(plan_.proxy.entry_points.begin(), plan_.proxy.entry_points.end(),
                                    [&](const proxy::entry_point& e) { return e.name == part.entry_point; });
    if (entry == plan_.proxy.entry_points.end()) return;
    add(internal_kind::ping, "ping", paths(ping_paths), *entry);  // always
    if (part.what == internal_kind::metrics) add(part.what, "metrics", paths(metrics_paths), *entry);
    if (part.what != internal_kind::api) return;
    add(part.what, "api", paths(api_paths), *entry);
    add(part.what, "api-below", "PathPrefix:" + std::string(below_api), *entry);
    if (!plan_.dashboard) return;
    add(part.what, "dashboard", "Path:/dashboard", *entry);
    add(part.what, "dashboard-below", "PathPrefix:/dashboard/", *entry);
    if (entry->operators) add(part.what, "front", "Path:/", *entry);  // elsewhere it is a service's
  }

  std::shared_ptr<const model::configuration> done() && {
    model::traefik1::configuration out;
    for (auto& [name, b] : backends_) out.backends.push_back(std::move(b));
    for (auto& [name, f] : frontends_) out.frontends.push_back(std::move(f));
    return std::make_shared<const model::configuration>(model::traefik1::translated(std::move(out)));
  }

 private:
  void add(internal_kind what, std::string_view part, const std::string& rule, const proxy::entry_point& entry) {
    const std::string service(service_of(what));
    model::frontend f;
    f.name = "internal-" + std::string(part) + "-" + entry.name;
    f.entry_points = {entry.name};
    f.backend = service;
    f.routes.push_back({"route-" + f.name, rule + ";Method:GET,HEAD"});
    f.before_entry_steps = true;
    if (what != internal_kind::ping) {
      f.options.white_list = entry.white_list;
      f.options.auth = entry.auth;
    }
    frontends_.emplace(f.name, std::move(f));
    model::server s;
    s.id = s.name = s.url = service;
    s.internal = true;
    model::backend b;
    b.name = service;
    b.servers.push_back(std::move(s));
    backends_.emplace(service, std::move(b));
  }

  const startup_plan& plan_;
  std::map<std::string, model::frontend> frontends_;  // by name, as a configuration has them
  std::map<std::string, model::backend> backends_;
};

}  // namespace

std::shared_ptr<const model::configuration> internal_routes(const startup_plan& plan) {
  maker routes(plan);
  for (const internal_part& p : plan.internal) routes.serve(p);
  return std::move(routes).done();
}

}  // namespace waggle::app
