#include "admin/views.hpp"

#include "admin/escapes.hpp"
#include "admin/story.hpp"

#include "process/version.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

using json = nlohmann::ordered_json;

/// Compact, and never failing: text that is not UTF-8 (an operator's label) is shown with replacement
/// characters.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

response json_text(std::string body) { return {.status = 200, .content_type = "application/json; charset=UTF-8", .body = std::move(body)}; }

std::shared_ptr<const model::configuration> configuration_of(const sources& from, const std::string& provider) {
  for (const model::provider_configuration& p : from.providers())
    if (p.provider == provider) return p.config;
  return nullptr;
}

/// The element of that name; nullptr: none.
template <class List>
const typename List::value_type* find(const List& all, const std::string& name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return at == all.end() ? nullptr : &*at;
}

/// `make` of the provider n[0]'s HTTP configuration, unless it gives nothing (an empty text: there is no such part).
template <class Make>
response shown(const sources& from, names n, const Make& make) {
  const auto config = configuration_of(from, n[0]);
  std::string text = config == nullptr ? std::string() : make(config->http);
  return text.empty() ? not_found() : json_text(std::move(text));
}

/// Those of the backend n[1]; null: there is no such backend.
const std::vector<model::server>* servers_of(const model::http_configuration& all, names n) {
  static const std::vector<model::server> none;
  const model::service* const service = find_named(all.services, n[1]);
  if (service == nullptr) return nullptr;
  const model::load_balancer* const balancer = balancer_of(*service);
  return balancer == nullptr ? &none : &balancer->servers;
}

json by_status(const status_counts& counts) {
  json out = json::object();
  for (const auto& [status, n] : counts) out[std::to_string(status)] = n;
  return out;
}

std::uint64_t sum(const status_counts& counts) {
  std::uint64_t n = 0;
  for (const auto& [status, count] : counts) n += count;
  return n;
}

/// As Go prints a time in UTC: 2018-11-25 13:17:30.123456 +0000 UTC.
std::string go_time(std::chrono::system_clock::time_point t) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
  const std::time_t seconds = us / 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
  return fmt::format("{}.{:06} +0000 UTC", std::string_view(text, n), us % 1'000'000);
}

double in_seconds(std::chrono::nanoseconds d) { return std::chrono::duration<double>(d).count(); }

json json_of(const story& s) {
  const model::verdict& v = *s.verdict;
  json diagnostics = json::array();
  for (const model::diagnostic& d : v.diagnostics)
    diagnostics.push_back({{"level", text_of(d.level)}, {"code", d.code}, {"label", d.label}, {"value", d.value}, {"text", d.text}, {"fix", d.fix}});
  return {{"service", v.service},
          {"serviceId", v.service_id},
          {"state", s.is.state},
          {"reason", s.is.reason},
          {"lastError", s.is.last_error},
          {"frontends", v.frontends},
          {"backend", v.backend},
          {"network", v.network},
          {"tasksRunning", v.tasks_running},
          {"diagnostics", std::move(diagnostics)}};
}

json json_of(const discovery::status& s, base::mono_time now) {
  json reasons = json::object();
  for (const auto& [reason, n] : s.looks_by_reason) reasons[reason] = n;
  return {{"connected", s.connected},
          {"ageSec", s.last_good ? json(in_seconds(now - *s.last_good)) : json(nullptr)},
          {"lastError", s.last_error},
          {"generation", s.generation},
          {"looks", s.looks},
          {"failedLooks", s.failed_looks},
          {"looksByReason", std::move(reasons)},
          {"engineVersion", s.engine_version},
          {"apiVersion", s.api_version}};
}

}  // namespace

response not_found() {  // the same text as for a request that no frontend takes
  return {.status = 404, .content_type = "text/plain; charset=utf-8", .body = "404 page not found\n", .location = {}, .nosniff = true};
}

response bad_request() {
  return {.status = 400, .content_type = "text/plain; charset=utf-8", .body = "400 Bad Request", .location = {}, .nosniff = true};
}

response redirect(std::string location) { return {.status = 301, .content_type = {}, .body = {}, .location = std::move(location)}; }

response providers(const sources& from, names) {
  std::string out = "{";
  for (const model::provider_configuration& p : from.providers()) {
    if (out.size() > 1) out += ',';
    out += discovery::go_json_string(p.provider) + ':' + discovery::traefik_json(*p.config);
  }
  return json_text(out + '}');
}

response provider(const sources& from, names n) {
  const auto config = configuration_of(from, n[0]);
  return config == nullptr ? not_found() : json_text(discovery::traefik_json(*config));
}

response backends(const sources& from, names n) {
  return shown(from, n, [](const auto& all) { return discovery::backends_json(all); });
}

response backend(const sources& from, names n) {
  return shown(from, n, [&](const auto& all) {
    const model::service* const one = find_named(all.services, n[1]);
    return one == nullptr ? std::string() : discovery::traefik_json(all, *one);
  });
}

response servers(const sources& from, names n) {
  return shown(from, n, [&](const auto& all) {
    const auto* const list = servers_of(all, n);
    return list == nullptr ? std::string() : discovery::traefik_json(*list);
  });
}

response server_of_backend(const sources& from, names n) {
  return shown(from, n, [&](const auto& all) {
    const auto* const list = servers_of(all, n);
    const model::server* const one = list == nullptr ? nullptr : find(*list, n[2]);
    return one == nullptr ? std::string() : discovery::traefik_json(*one);
  });
}

response frontends(const sources& from, names n) {
  return shown(from, n, [](const auto& all) { return discovery::frontends_json(all); });
}

response frontend(const sources& from, names n) {
  return shown(from, n, [&](const auto& all) {
    const model::router* const one = find_named(all.routers, n[1]);
    return one == nullptr ? std::string() : discovery::traefik_json(all, *one);
  });
}

response routes_of_frontend(const sources& from, names n) {
  return shown(from, n, [&](const auto& all) {
    const model::router* const one = find_named(all.routers, n[1]);
    return one == nullptr ? std::string() : discovery::traefik_json(one->rule.parts);
  });
}

response route_of_frontend(const sources& from, names n) {
  return shown(from, n, [&](const auto& all) {
    const model::router* const one = find_named(all.routers, n[1]);
    const model::route_rule* const route = one == nullptr ? nullptr : find(one->rule.parts, n[2]);
    return route == nullptr ? std::string() : discovery::traefik_json(*route);
  });
}

response ping(const sources& from, names) {
  const bool ready = from.ready();
  return {.status = ready ? 200U : 503U, .content_type = "text/plain; charset=utf-8", .body = ready ? "OK" : "Service Unavailable"};
}

std::string unready(const sources& from) {
  if (!from.ready()) return "waggle is stopping";
  return from.awaited ? from.awaited() : std::string();
}

/// Unlike /ping, which says that the process runs: requests are routed. It does not go back when Docker goes away later, since
/// the last known-good configuration is served then.
response ready(const sources& from, names) {
  const std::string why = unready(from);
  return {.status = why.empty() ? 200U : 503U,
          .content_type = "text/plain; charset=utf-8",
          .body = why.empty() ? "OK" : "not ready: " + why + "\n",
          .location = {},
          .nosniff = true};
}

response version(const sources&, names) { return json_text(dump({{"Version", fmt::format("v{}", version_number())}, {"Codename", codename}})); }

response health(const sources& from, names) {
  const proxy::stats s = from.stats();
  const auto now = base::now();
  const auto wall = std::chrono::system_clock::now();
  const status_counts rates = from.rates->per_second(s.status, now);
  const std::uint64_t total = sum(s.status);
  const std::chrono::nanoseconds uptime = now - from.started, spent = std::chrono::microseconds(s.response_time_us);
  const std::uint64_t answers = std::max<std::uint64_t>(total, 1);
  const std::chrono::nanoseconds average{static_cast<std::uint64_t>(spent.count()) / answers};
  json out;  // member by member: their order is Traefik's
  out["pid"] = getpid();
  out["hostname"] = "";
  out["uptime"] = go_duration(uptime);
  out["uptime_sec"] = in_seconds(uptime);
  out["time"] = go_time(wall);
  out["unixtime"] = std::chrono::system_clock::to_time_t(wall);
  out["status_code_count"] = by_status(rates);
  out["total_status_code_count"] = by_status(s.status);
  out["count"] = sum(rates);
  out["total_count"] = total;
  out["total_response_time"] = go_duration(spent);
  out["total_response_time_sec"] = in_seconds(spent);
  out["total_response_size"] = s.bytes_out;
  out["average_response_size"] = s.bytes_out / answers;
  out["average_response_time"] = go_duration(average);
  out["average_response_time_sec"] = in_seconds(average);
  out["total_metrics_counts"] = json::object();
  out["average_metrics_timers"] = json::object();
  return json_text(dump(out));
}

response verdicts(const sources& from, names) {
  json out = json::array();
  const picture p(from);
  for (const story& s : p.stories()) out.push_back(json_of(s));
  return json_text(go_escape(dump(out)));
}

response status(const sources& from, names) {
  const auto now = base::now();
  const discovery::status view = from.status();
  const proxy::stats figures = from.stats();
  json services = {{"routed", 0}, {"routed-with-warnings", 0}, {"failing", 0}, {"not-routed", 0}, {"not-exposed", 0}};
  json general = json::array();
  const picture p(from);
  for (const story& s : p.stories()) services[std::string(s.is.state)] = services[std::string(s.is.state)].get<int>() + 1;
  for (const model::diagnostic& d : p.general())
    general.push_back({{"level", text_of(d.level)}, {"code", d.code}, {"value", d.value}, {"text", d.text}, {"fix", d.fix}});
  json out;
  out["version"] = version_number();
  const std::string waits = unready(from);
  out["ready"] = waits.empty();
  out["unready"] = waits;
  out["uptimeSec"] = in_seconds(now - from.started);
  out["generation"] = view.generation;
  out["servedGeneration"] = figures.generation;
  out["discovery"] = from.docker ? json_of(view, now) : json(nullptr);
  out["services"] = std::move(services);
  out["general"] = std::move(general);
  out["connectionsOpen"] = figures.connections_open;
  out["requestsActive"] = figures.active;
  out["logLinesLost"] = from.log_lines_lost();
  return json_text(go_escape(dump(out)));
}

}  // namespace waggle::app::admin
