#include "admin/overview.hpp"

#include "admin/escapes.hpp"
#include "admin/story.hpp"
#include "version.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <unordered_map>

namespace waggle::app::admin {
namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) { return go_escape(value.dump(-1, ' ', false, json::error_handler_t::replace)); }

json frontend_json(const model::frontend& f) {
  std::string rule;
  for (const model::route_rule& r : f.routes) rule += (rule.empty() ? "" : " and ") + std::string(r.rule);
  return {{"name", f.name}, {"rule", rule}, {"priority", priority_of(f)}, {"entryPoints", f.entry_points}, {"backend", f.backend}};
}

json backend_json(const model::backend& b) {
  json servers = json::array();
  for (const model::server& m : b.servers)
    servers.push_back({{"url", m.url}, {"task", m.origin.task_id}, {"slot", m.origin.slot}, {"node", m.origin.node_name.empty() ? m.origin.node_id.substr(0, 12) : m.origin.node_name.str()}});
  return {{"name", b.name}, {"sticky", is_sticky(b)}, {"servers", std::move(servers)}};
}

/// What does not change with every request.
json service_json(const story& s) {
  json findings = json::array(), frontends = json::array(), backends = json::array(), tasks = json::array();
  for (const auto* list : {&s.verdict->diagnostics, &s.advice})
    for (const model::diagnostic& d : *list)
      findings.push_back({{"level", std::string(text_of(d.level))}, {"code", d.code}, {"label", d.label}, {"value", d.value}, {"text", d.text}, {"fix", d.fix}});
  for (const model::frontend* const f : s.frontends) frontends.push_back(frontend_json(*f));
  for (const model::backend* const b : s.backends) backends.push_back(backend_json(*b));
  if (s.swarm)
    for (const auto& t : s.swarm->tasks) tasks.push_back({{"id", t.id}, {"slot", t.slot}, {"node", t.node}, {"nodeName", t.node_name}, {"state", t.state}, {"desired", t.desired}});
  return {{"name", s.verdict->service},          {"state", std::string(text_of(s.verdict->state))},
          {"reason", s.verdict->reason},         {"network", s.verdict->network},
          {"update", s.swarm ? s.swarm->update_state : ""}, {"global", s.swarm && s.swarm->global},
          {"findings", std::move(findings)},     {"frontends", std::move(frontends)},
          {"backends", std::move(backends)},     {"tasks", std::move(tasks)}};
}

json other_json(const other_backend& o) {
  json frontends = json::array();
  for (const model::frontend* const f : o.frontends) frontends.push_back(frontend_json(*f));
  return {{"name", o.provider + ": " + o.backend->name}, {"state", "routed"}, {"reason", ""}, {"network", ""}, {"update", ""}, {"global", false},
          {"provider", o.provider}, {"findings", json::array()}, {"frontends", std::move(frontends)}, {"backends", json::array({backend_json(*o.backend)})}, {"tasks", json::array()}};
}

/// Sums of a backend: [requests, errors, seconds, retries, open streams].
json sums_of(const proxy::traffic_figures& t) {
  std::uint64_t requests = 0, errors = 0, streams = 0;
  double seconds = 0;
  for (const proxy::answer_series& a : t.answers) {
    requests += a.count;
    if (a.status >= 500) errors += a.count;
    if (a.protocol == "http") seconds += a.seconds;
  }
  for (const proxy::open_now& o : t.open)
    if (o.protocol != "http") streams += o.count;
  return json::array({requests, errors, seconds, t.retries, streams});
}

/// [requests, errors, seconds, active, idle, up, held].
json sums_of(const proxy::server_figures& s) {
  return json::array({s.requests, s.errors, s.seconds, s.active, s.idle, s.up, s.held});
}

json head_json(const picture& p) {
  const proxy::stats& s = p.stats();
  json general = json::array();
  for (const model::diagnostic& d : p.general()) general.push_back({{"text", d.text}, {"fix", d.fix}});
  return {{"general", std::move(general)}, {"version", version_number()}, {"ageSec", p.age_seconds()}, {"connected", p.status().connected}, {"error", p.status().last_error},
          {"generation", p.status().generation}, {"served", s.generation}, {"connections", s.connections_open}, {"active", s.active},
          {"requests", s.requests}, {"retries", s.retries}, {"engine", p.status().engine_version}};
}

json change_json(const discovery::change_view& c, double at) {
  return {{"at", at}, {"service", c.service}, {"name", c.name}, {"what", c.what}, {"added", c.added}, {"removed", c.removed}, {"reason", c.reason}, {"generation", c.generation}};
}

/// One viewer: remembers what it has been sent, and sends what is new.
class viewer final : public event_source {
 public:
  explicit viewer(const sources& from) : from_(from) {}

  std::string next() override {
    const picture p(from_);
    json out = {{"head", head_json(p)}};
    services(p, out);
    traffic(p, out);
    changes(out);
    return "data: " + dump(out) + "\n\n";
  }

  json whole() {
    const picture p(from_);
    json out = {{"head", head_json(p)}};
    services(p, out);
    traffic(p, out);
    changes(out);
    return out;
  }

 private:
  using known = std::unordered_map<std::string, std::size_t>;

  /// Puts `value` under `key` if its text is not what was sent last.
  static void put_if_new(const known& before, known& after, json& to, const std::string& key, json value) {
    const std::size_t mark = std::hash<std::string>{}(value.dump(-1, ' ', false, json::error_handler_t::replace));
    after.insert_or_assign(key, mark);
    const auto at = before.find(key);
    if (at == before.end() || at->second != mark) to[key] = std::move(value);
  }
  static json gone_since(const known& before, const known& after) {
    json out = json::array();
    for (const auto& [key, mark] : before)
      if (!after.contains(key)) out.push_back(key);
    return out;
  }

  void services(const picture& p, json& out) {
    // Names are unique among services (Swarm) and among backends of a provider, whose keys hold a blank.
    json fresh = json::object();
    known after;
    for (const story& s : p.stories()) put_if_new(services_, after, fresh, s.verdict->service, service_json(s));
    for (const other_backend& o : p.others()) put_if_new(services_, after, fresh, o.provider + ": " + o.backend->name, other_json(o));
    if (!fresh.empty()) out["services"] = std::move(fresh);
    if (json gone = gone_since(services_, after); !gone.empty()) out["gone"] = std::move(gone);
    services_ = std::move(after);
  }
  void traffic(const picture& p, json& out) {
    json backends = json::object(), servers = json::object();
    known after_backends, after_servers;
    for (const proxy::traffic_figures& t : p.figures().backends) put_if_new(backends_, after_backends, backends, t.name, sums_of(t));
    for (const proxy::server_figures& s : p.figures().servers)
      put_if_new(servers_, after_servers, servers, s.backend + " " + s.url, sums_of(s));
    if (!backends.empty()) out["backends"] = std::move(backends);
    if (!servers.empty()) out["servers"] = std::move(servers);
    backends_ = std::move(after_backends);
    servers_ = std::move(after_servers);
  }
  void changes(json& out) {
    json list = json::array();
    for (const numbered_change& c : from_.changes())
      if (c.number >= next_change_) list.push_back(change_json(c.change, c.at)), next_change_ = c.number + 1;
    if (!list.empty()) out["changes"] = std::move(list);
  }

  const sources& from_;
  known services_, backends_, servers_;
  std::uint64_t next_change_ = 0;
};

}  // namespace

response overview(const sources& from, names) {
  return {.status = 200, .content_type = "application/json; charset=UTF-8", .body = dump(viewer(from).whole())};
}

response events(const sources& from, names) {
  response out{.status = 200, .content_type = "text/event-stream"};
  out.events = std::make_shared<viewer>(from);
  return out;
}

}  // namespace waggle::app::admin
