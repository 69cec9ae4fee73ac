#include "routing/explain_layer4.hpp"

#include <waggle/http/field.hpp>
#include <waggle/match/host_name.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {
namespace {

constexpr std::size_t most_routers_listed = 25;

std::string with_commas(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

candidate_route listed(const tcp_router& r, const plan::tcp_service& to, std::string why, bool matches) {
  candidate_route out;
  out.frontend = r.name;
  out.backend = to.name;
  out.service = r.source->swarm_service;
  if (!r.source->rule.empty()) out.rules.push_back(r.source->rule);
  out.priority = r.source->priority;
  out.matches = matches;
  out.why = std::move(why);
  return out;
}

std::string why_not(const tcp_router& r, const tcp_question& asked) {
  if (!r.any_client) return "is for clients in " + with_commas(r.source->match.client_ip) + " only";
  if (!asked.tls && r.tls_only) return "is for clients that begin with TLS";
  if (!r.source->match.alpn.empty()) return "is for clients that offer " + with_commas(r.source->match.alpn) + " (ALPN)";
  std::vector<std::string> names = r.source->match.sni;
  names.insert(names.end(), r.source->match.sni_regex.begin(), r.source->match.sni_regex.end());
  return "takes " + with_commas(names) + ", not " + (asked.sni.empty() ? "a client without a name" : std::string(asked.sni));
}

bool is_of(const tcp_router& r, const std::string& entry_point) {
  return std::find(r.source->entry_points.begin(), r.source->entry_points.end(), entry_point) != r.source->entry_points.end();
}

/// @param source  of the service. @param without  what becomes of a client if nobody can take it.
template <class Source>
void tell_servers(request_explanation& out, std::string_view router, const plan::layer4_service& to, const Source& source, std::string_view without,
                  const std::vector<std::string>& white_list) {
  for (const plan::layer4_server& s : to.servers)
    out.servers.push_back(
        {s.url.str(), s.origin.task_id.str(), s.origin.node_id.str(), s.origin.node_name.str(), s.origin.slot, s.up() && !s.leaving});
  out.outcome = std::string(router) + " passes it on to service " + to.name;
  out.affinity = "scheduler " + std::string(model::word_of(source.scheduling.policy));
  if (const auto& p = source.persistence) out.affinity += "; a client stays with its server for " + std::to_string(p->timeout.count() / 1'000) + " s";
  const auto takes = [](const plan::layer4_server& s) { return !s.leaving && s.weight > 0; };
  if (std::none_of(to.servers.begin(), to.servers.end(), takes)) {
    out.outcome += to.servers.empty() ? ", which has no server" : ", none of whose servers takes new clients";
    out.outcome += without;
  }
  if (!white_list.empty()) out.outcome += "; only clients in " + with_commas(white_list) + " may come in";
}

}  // namespace

request_explanation explain_tcp(const table& t, std::size_t entry, const std::string& entry_point, const request_question& asked) {
  request_explanation out;
  const tcp_routes& all = *t.tcp.routes;
  if (entry >= all.entries.size()) {
    out.outcome = "there is no such entry point";
    return out;
  }
  const std::string name = http::lowered(std::string(match::without_final_dot(std::string_view(asked.host).substr(0, asked.host.find(':')))));
  tcp_question question;
  question.tls = !name.empty();
  question.sni = name;
  const int winner = all.entries[entry].find(all.routers, question);
  const auto service_of = [&](const tcp_router& r) -> const plan::tcp_service& { return *t.tcp.services[r.service]; };
  if (winner >= 0) {
    const tcp_router& r = all.routers[static_cast<std::size_t>(winner)];
    out.routed = true;
    out.routes.push_back(listed(r, service_of(r), "takes it", true));
    const plan::tcp_service& to = service_of(r);
    tell_servers(out, "TCP router " + r.name, to, *to.source, to.source->hold.count() > 0 ? ": it waits for one, then it is reset" : ": it is reset",
                 r.source->white_list);
  } else {
    out.outcome = std::string(t.complete ? "no TCP router takes it" : "no TCP router takes it yet; not every provider has been heard") +
                  (question.tls ? ": TLS alert unrecognized_name" : ": it is reset");
  }
  for (std::size_t i = 0; i < all.routers.size(); ++i) {
    const tcp_router& r = all.routers[i];
    if (static_cast<int>(i) == winner || !is_of(r, entry_point)) continue;
    if (out.routes.size() >= most_routers_listed) {
      ++out.others;
      continue;
    }
    const bool fits = tcp_entry_routes(all.routers, {i}).find(all.routers, question) >= 0;
    out.routes.push_back(
        listed(r, service_of(r), fits ? "takes it as well; the other one asks for more, or has a higher priority" : why_not(r, question), fits));
  }
  return out;
}

request_explanation explain_udp(const table& t, std::size_t entry) {
  request_explanation out;
  const udp_routes& all = *t.udp.routes;
  const int winner = entry < all.of_entry.size() ? all.of_entry[entry] : -1;
  if (winner < 0) {
    out.outcome = t.complete ? "no UDP router is there: datagrams are dropped" : "no UDP router is there yet; not every provider has been heard";
    return out;
  }
  const udp_router& r = all.routers[static_cast<std::size_t>(winner)];
  const plan::udp_service& to = *t.udp.services[r.service];
  out.routed = true;
  candidate_route& one = out.routes.emplace_back();
  one.frontend = r.name;
  one.backend = to.name;
  one.service = r.source->swarm_service;
  one.matches = true;
  one.why = "is the only one here";
  tell_servers(out, "UDP router " + r.name, to, *to.source, ": datagrams are dropped", r.source->white_list);
  return out;
}

}  // namespace waggle::proxy::routing
