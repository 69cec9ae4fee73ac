#include "admin/layer4_json.hpp"

#include "admin/escapes.hpp"
#include "admin/layer4_table.hpp"
#include "admin/server_key.hpp"
#include "process/version.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace waggle::app::admin {
namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) { return go_escape(value.dump(-1, ' ', false, json::error_handler_t::replace)); }

std::string_view text_of(model::protocol p) noexcept { return p == model::protocol::udp ? "udp" : "tcp"; }
double in_seconds(std::chrono::milliseconds d) { return std::chrono::duration<double>(d).count(); }

void put_counts(json& to, const proxy::layer4_counts& c) {
  to["connections"] = c.connections;
  to["packetsIn"] = c.packets_in;
  to["packetsOut"] = c.packets_out;
  to["bytesIn"] = c.bytes_in;
  to["bytesOut"] = c.bytes_out;
}

json rate_json(const ipvs::figures& f) {
  return {
      {"connections", f.connections}, {"packetsIn", f.in_packets}, {"packetsOut", f.out_packets}, {"bytesIn", f.in_bytes}, {"bytesOut", f.out_bytes}};
}

json entrances_json(const proxy::layer4_service_figures& s) {
  json out = json::array();
  for (const proxy::layer4_entrance& e : s.entrances) out.push_back({{"entryPoint", e.entry_point}, {"address", e.address}, {"sni", e.sni}});
  return out;
}

json flags_json(const model::scheduling& how) {
  json out = json::array();
  if (how.fallback) out.push_back("fallback");
  if (how.by_port) out.push_back("port");
  return out;
}

json persistence_json(const std::optional<model::persistence>& p) {
  if (!p) return nullptr;
  return {{"timeoutSec", in_seconds(p->timeout)}, {"prefixV4", p->netmask_v4}, {"prefixV6", p->netmask_v6}, {"group", p->group}};
}

json server_json(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& f, const layer4_rates& rates) {
  const model::origin& o = f.source->origin;
  json out = {{"address", f.address},
              {"service", o.service_name},
              {"task", o.task_id},
              {"slot", o.slot},
              {"node", o.node_id},
              {"nodeName", o.node_name},
              {"forward", "Masq"},
              {"weight", f.weight},
              {"leaving", f.leaving},
              {"held", f.held},
              {"active", f.active},
              {"inactive", f.inactive},
              {"persistent", f.persistent},
              {"connects", f.connects},
              {"connectFailures", f.connect_failures}};
  put_counts(out, f.counts);
  out["rate"] = rate_json(rates.of(s, f));
  if (!f.trouble.empty()) out["lastError"] = {{"text", f.trouble}, {"ageSec", f.trouble_age}};
  return out;
}

}  // namespace

std::string layer4_json_head(const proxy::layer4_figures& all) {
  const std::string head =
      dump({{"version", version_number()},
            {"generation", all.generation},
            {"workers", all.workers},
            {"persistence", {{"entries", all.persistence.entries}, {"evicted", all.persistence.evicted}, {"refused", all.persistence.refused}}}});
  return head.substr(0, head.size() - 1) + R"(,"services":[)";
}

std::string layer4_json(const proxy::layer4_service_figures& s, const layer4_rates& rates) {
  json servers = json::array(), drops = json::object();
  for (const proxy::layer4_server_figures& f : s.servers) servers.push_back(server_json(s, f, rates));
  for (const proxy::layer4_reason& r : s.drops) drops[std::string(r.why)] = r.count;
  json out = {{"protocol", text_of(s.protocol)},
              {"name", s.name},
              {"provider", s.key.substr(0, s.key.size() - s.name.size() - 1)},
              {"service", s.swarm_service},
              {"entrances", entrances_json(s)},
              {"scheduler", model::word_of(s.scheduling->policy)},
              {"schedulerFlags", flags_json(*s.scheduling)},
              {"persistence", persistence_json(*s.persistence)},
              {"maxConn", s.max_conn},
              {"maxConnResume", resume_of(s)},
              {"idleSec", in_seconds(s.idle)}};
  if (s.protocol == model::protocol::udp) {
    out["onePacket"] = s.one_packet;
    out["drops"] = std::move(drops);
  } else {
    out["halfClosedSec"] = in_seconds(s.half_closed);
  }
  out["open"] = s.open;
  out["refused"] = {{"whiteList", s.refused_white_list}, {"noServer", s.refused_no_server}, {"share", s.refused_share}};
  out["waited"] = s.holds;
  put_counts(out, s.counts);
  out["rate"] = rate_json(rates.of(s));
  out["servers"] = std::move(servers);
  return dump(out);
}

std::string layer4_json(const proxy::layer4_connection& c) {
  return dump({{"protocol", text_of(c.protocol)},
               {"service", c.service},
               {"state", state_of(c)},
               {"expiresSec", c.expires_in ? json(c.expires_in->count()) : json(nullptr)},
               {"client", {{"address", c.client}, {"port", c.client_port}}},
               {"entryPoint", c.entry_point},
               {"local", c.local},
               {"server", c.server}});
}

}  // namespace waggle::app::admin
