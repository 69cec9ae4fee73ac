#include "admin/overview_pieces.hpp"

#include "admin/escapes.hpp"
#include "process/version.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

namespace waggle::app::admin {
namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) { return go_escape(value.dump(-1, ' ', false, json::error_handler_t::replace)); }

json frontend_json(const model::router& f) {
  std::string rule;
  for (const model::route_rule& r : f.rule.parts) rule += (rule.empty() ? "" : " and ") + std::string(r.rule);
  return {{"name", identity_of(f)}, {"rule", rule}, {"priority", priority_of(f)}, {"entryPoints", f.entry_points}, {"backend", f.service}};
}

json backend_json(const balanced& b) {
  json servers = json::array();
  for (const model::server& m : b->servers)
    servers.push_back({{"url", m.url},
                       {"task", m.origin.task_id},
                       {"slot", m.origin.slot},
                       {"node", m.origin.node_name.empty() ? m.origin.node_id.substr(0, 12) : m.origin.node_name.str()}});
  return {{"name", *b.name}, {"sticky", is_sticky(*b.is)}, {"servers", std::move(servers)}};
}

json stream_json(const proxy::layer4_service_figures& s) {
  json entrances = json::array(), servers = json::array();
  for (const proxy::layer4_entrance& e : s.entrances) entrances.push_back({{"entryPoint", e.entry_point}, {"address", e.address}, {"sni", e.sni}});
  for (const proxy::layer4_server_figures& f : s.servers) {
    const model::origin& o = f.source->origin;
    servers.push_back({{"address", f.address},
                       {"weight", f.weight},
                       {"task", o.task_id},
                       {"slot", o.slot},
                       {"node", o.node_name.empty() ? o.node_id.substr(0, 12) : o.node_name.str()}});
  }
  return {{"key", key_of(s)},
          {"protocol", s.protocol == model::protocol::udp ? "udp" : "tcp"},
          {"name", s.name},
          {"scheduler", model::word_of(s.scheduling->policy)},
          {"persistentSec", *s.persistence ? (*s.persistence)->timeout.count() / 1'000 : 0},
          {"entrances", std::move(entrances)},
          {"servers", std::move(servers)}};
}

}  // namespace

std::string key_of(const proxy::layer4_service_figures& s) { return (s.protocol == model::protocol::udp ? "udp " : "tcp ") + std::string(s.key); }
std::string key_of(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& server) {
  return key_of(s) + ' ' + std::string(server.address);
}

std::string figures_of_stream(const proxy::layer4_service_figures& s) {
  const std::uint64_t refused = s.refused_no_server + s.refused_white_list + s.refused_share;
  return dump(json::array({s.counts.connections, refused, s.counts.bytes_in, s.counts.bytes_out, s.open}));
}

std::string figures_of_end(const proxy::layer4_server_figures& s) {
  return dump(
      json::array({s.counts.connections, s.connect_failures, s.counts.bytes_in, s.counts.bytes_out, s.active, s.inactive, s.held, s.leaving}));
}

std::string piece_of(const proxy::layer4_service_figures& s) {
  const std::string provider(s.key.substr(0, s.key.size() - s.name.size() - 1));
  return dump({{"name", provider + ": " + std::string(s.name)},
               {"state", "routed"},
               {"reason", ""},
               {"network", ""},
               {"update", ""},
               {"global", false},
               {"provider", provider},
               {"findings", json::array()},
               {"frontends", json::array()},
               {"backends", json::array()},
               {"streams", json::array({stream_json(s)})},
               {"tasks", json::array()}});
}

std::string piece_of(const picture& p, const story& s) {
  json findings = json::array(), frontends = json::array(), backends = json::array(), streams = json::array(), tasks = json::array();
  for (const proxy::layer4_service_figures* const l : p.layer4_of(s)) streams.push_back(stream_json(*l));
  for (const auto* list : {&s.verdict->diagnostics, &s.advice})
    for (const model::diagnostic& d : *list)
      findings.push_back(
          {{"level", std::string(text_of(d.level))}, {"code", d.code}, {"label", d.label}, {"value", d.value}, {"text", d.text}, {"fix", d.fix}});
  for (const model::router* const f : s.frontends) frontends.push_back(frontend_json(*f));
  for (const balanced& b : s.backends) backends.push_back(backend_json(b));
  if (s.swarm)
    for (const auto& t : s.swarm->tasks)
      tasks.push_back({{"id", t.id},
                       {"slot", t.slot},
                       {"node", s.swarm->container ? "engine" : t.node.str()},
                       {"nodeName", s.swarm->container ? "this Engine" : t.node_name.str()},
                       {"state", t.state},
                       {"desired", t.desired}});
  return dump({{"name", s.verdict->service},
               {"state", std::string(s.is.state)},
               {"reason", s.is.reason},
               {"lastError", s.is.last_error},
               {"network", s.verdict->network},
               {"update", s.swarm ? s.swarm->update_state : ""},
               {"global", s.swarm && s.swarm->global},
               {"replicas", s.swarm ? s.swarm->replicas.value_or(0) : 0},
               {"findings", std::move(findings)},
               {"frontends", std::move(frontends)},
               {"backends", std::move(backends)},
               {"streams", std::move(streams)},
               {"tasks", std::move(tasks)}});
}

std::string piece_of(const other_backend& o) {
  json frontends = json::array();
  for (const model::router* const f : o.frontends) frontends.push_back(frontend_json(*f));
  return dump({{"name", o.provider + ": " + *o.backend.name},
               {"state", "routed"},
               {"reason", ""},
               {"network", ""},
               {"update", ""},
               {"global", false},
               {"provider", o.provider},
               {"findings", json::array()},
               {"frontends", std::move(frontends)},
               {"backends", json::array({backend_json(o.backend)})},
               {"streams", json::array()},
               {"tasks", json::array()}});
}

std::string piece_of(const proxy::traffic_figures& t) {
  std::uint64_t requests = 0, errors = 0, streams = 0;
  double seconds = 0;
  for (const proxy::answer_series& a : t.answers) {
    requests += a.count;
    if (a.status >= 500) errors += a.count;
    if (a.protocol == "http") seconds += a.seconds;
  }
  for (const proxy::open_now& o : t.open)
    if (o.protocol != "http") streams += o.count;
  return dump(json::array({requests, errors, seconds, t.retries, streams}));
}

std::string piece_of(const proxy::server_figures& s) {
  return dump(json::array({s.requests, s.errors, s.seconds, s.active, s.idle, s.up, refuses(s)}));
}

std::string head_piece(const picture& p) {
  const proxy::stats& s = p.stats();
  json general = json::array();
  for (const model::diagnostic& d : p.general()) general.push_back({{"text", d.text}, {"fix", d.fix}});
  json nodes = json::array();
  for (const discovery::node_trouble& n : p.status().nodes)
    nodes.push_back({{"name", n.name}, {"state", n.down ? "down" : n.drained ? "drained" : "paused"}});
  return dump({{"general", std::move(general)},
               {"nodes", std::move(nodes)},
               {"version", version_number()},
               {"ageSec", p.age_seconds()},
               {"connected", p.status().connected},
               {"error", p.status().last_error},
               {"generation", p.status().generation},
               {"served", s.generation},
               {"connections", s.connections_open},
               {"active", s.active},
               {"requests", s.requests},
               {"retries", s.retries},
               {"engine", p.status().engine_version}});
}

std::string piece_of(const numbered_change& n) {
  const discovery::change_view& c = n.change;
  return dump({{"at", n.at},
               {"service", c.service},
               {"name", c.name},
               {"what", c.what},
               {"added", c.added},
               {"removed", c.removed},
               {"reason", c.reason},
               {"generation", c.generation}});
}

std::string quoted(std::string_view text) { return dump(text); }

}  // namespace waggle::app::admin
