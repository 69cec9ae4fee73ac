#include "admin/explain.hpp"

#include "admin/escapes.hpp"

#include <nlohmann/json.hpp>

namespace waggle::app::admin {
namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) { return go_escape(value.dump(-1, ' ', false, json::error_handler_t::replace)); }

json json_of(const model::diagnostic& d) {
  return {{"level", std::string(text_of(d.level))}, {"code", d.code}, {"label", d.label}, {"value", d.value}, {"text", d.text}, {"fix", d.fix}};
}

json json_of(const model::server& m, const proxy::server_figures* f) {
  json out = {{"url", m.url},      {"task", m.origin.task_id}, {"slot", m.origin.slot}, {"node", m.origin.node_id}, {"nodeName", m.origin.node_name},
              {"weight", m.weight}};
  if (!f) return out;
  out.update({{"up", f->up},
              {"held", f->held},
              {"requests", f->requests},
              {"errors", f->errors},
              {"failures", f->failures},
              {"active", f->active},
              {"idle", f->idle},
              {"connects", f->connects},
              {"connectFailures", f->connect_failures},
              {"bytesIn", f->bytes_in},
              {"bytesOut", f->bytes_out},
              {"seconds", f->seconds}});
  if (!f->trouble.empty()) out["lastError"] = {{"text", f->trouble}, {"ageSec", f->trouble_age}};
  return out;
}

json summary(const story& s) {
  json codes = json::array();
  for (const auto* list : {&s.verdict->diagnostics, &s.advice})
    for (const model::diagnostic& d : *list) codes.push_back(d.code);
  return {{"service", s.verdict->service}, {"state", std::string(s.is.state)},         {"reason", s.is.reason},
          {"lastError", s.is.last_error},  {"tasksRunning", s.verdict->tasks_running}, {"codes", std::move(codes)}};
}

}  // namespace

std::string json_of_all(const picture& p) {
  json services = json::array();
  for (const story& s : p.stories()) services.push_back(summary(s));
  json general = json::array();
  for (const model::diagnostic& d : p.general()) general.push_back(json_of(d));
  return dump(
      {{"ageSec", p.age_seconds()}, {"generation", p.status().generation}, {"general", std::move(general)}, {"services", std::move(services)}});
}

std::string json_of_service(const picture& p, const story& s) {
  const model::verdict& v = *s.verdict;
  json out = {{"service", v.service},
              {"serviceId", v.service_id},
              {"state", std::string(s.is.state)},
              {"reason", s.is.reason},
              {"lastError", s.is.last_error}};
  if (s.is.last_error_age >= 0) out["lastErrorAgeSec"] = s.is.last_error_age;
  json diagnostics = json::array(), frontends = json::array(), backends = json::array(), tasks = json::array();
  for (const auto* list : {&v.diagnostics, &s.advice})
    for (const model::diagnostic& d : *list) diagnostics.push_back(json_of(d));
  for (const model::router* const f : s.frontends) {
    json rules = json::array();
    for (const model::route_rule& r : f->rule.parts) rules.push_back(r.rule);
    frontends.push_back(
        {{"name", f->name}, {"rules", std::move(rules)}, {"priority", priority_of(*f)}, {"entryPoints", f->entry_points}, {"backend", f->service}});
  }
  for (const balanced& b : s.backends) {
    json servers = json::array();
    for (const model::server& m : b->servers) servers.push_back(json_of(m, p.server(*b.name, m.url)));
    backends.push_back({{"name", *b.name}, {"sticky", is_sticky(*b.is)}, {"servers", std::move(servers)}});
  }
  json streams = json::array();
  for (const stream_route& r : s.streams) {
    json servers = json::array();
    if (r.servers != nullptr)
      for (const model::server& m : *r.servers)
        servers.push_back({{"url", m.url}, {"weight", m.weight}, {"task", m.origin.task_id}, {"slot", m.origin.slot}, {"node", m.origin.node_id}});
    streams.push_back({{"protocol", std::string(r.protocol)},
                       {"name", r.name},
                       {"rule", r.rule},
                       {"entryPoints", r.entry_points},
                       {"service", r.service},
                       {"scheduler", std::string(r.scheduler)},
                       {"servers", std::move(servers)}});
  }
  if (s.swarm)
    for (const auto& t : s.swarm->tasks)
      tasks.push_back({{"task", t.id}, {"slot", t.slot}, {"node", t.node}, {"nodeName", t.node_name}, {"state", t.state}, {"desired", t.desired}});
  json general = json::array();
  for (const model::diagnostic& d : p.general()) general.push_back(json_of(d));
  out["general"] = std::move(general);
  out["diagnostics"] = std::move(diagnostics);
  out["frontends"] = std::move(frontends);
  out["backends"] = std::move(backends);
  if (!streams.empty()) out["streams"] = std::move(streams);
  out["network"] = v.network;
  out["tasksRunning"] = v.tasks_running;
  out["tasks"] = std::move(tasks);
  return dump(out);
}

std::string json_of_request(const proxy::request_question& asked, const proxy::request_explanation& e) {
  json routes = json::array(), servers = json::array();
  for (const auto& r : e.routes)
    routes.push_back({{"frontend", r.frontend},
                      {"service", r.service},
                      {"rules", r.rules},
                      {"priority", r.priority},
                      {"backend", r.backend},
                      {"matches", r.matches},
                      {"why", r.why}});
  for (const auto& s : e.servers)
    servers.push_back({{"url", s.url}, {"task", s.task}, {"slot", s.slot}, {"node", s.node}, {"nodeName", s.node_name}, {"up", s.up}});
  return dump({{"entryPoint", e.entry_point},
               {"method", asked.method},
               {"host", asked.host},
               {"path", e.path},
               {"outcome", e.outcome},
               {"status", e.status},
               {"warnings", e.warnings},
               {"winner", e.routed ? json(e.routes.front().frontend) : json(nullptr)},
               {"sticky", e.sticky},
               {"cookie", e.cookie},
               {"affinity", e.affinity},
               {"server", e.server >= 0 ? json(e.servers[static_cast<std::size_t>(e.server)].url) : json(nullptr)},
               {"servers", std::move(servers)},
               {"routes", std::move(routes)},
               {"otherRoutes", e.others}});
}

}  // namespace waggle::app::admin
