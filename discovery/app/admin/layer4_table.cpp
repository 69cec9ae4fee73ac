#include "admin/layer4_table.hpp"

#include "admin/server_key.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

namespace waggle::app::admin {
namespace {

template <class To>
To clamped(std::uint64_t n) noexcept {
  return static_cast<To>(std::min<std::uint64_t>(n, std::numeric_limits<To>::max()));
}

ipvs::server row_of(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& f, const layer4_rates& rates) {
  ipvs::server out;
  out.at = endpoint_of(f.address);
  out.weight = f.leaving ? 0 : f.weight;  // quiesced, as an LVS operator does it by hand
  out.active = clamped<std::uint32_t>(f.active);
  out.inactive = clamped<std::uint32_t>(f.inactive);
  out.persistent = clamped<std::uint32_t>(f.persistent);
  out.max_conn = s.max_conn;
  out.resume_at = resume_of(s);
  out.total = figures_of(f.counts);
  out.rate = rates.of(s, f);
  const model::origin& o = f.source->origin;
  out.service = o.service_name.str();
  out.task = o.task_id.str();
  out.slot = o.slot == 0 ? std::string() : std::to_string(o.slot);
  out.node = std::string(node_of(o));
  return out;
}

ipvs::virtual_service without_address(const proxy::layer4_service_figures& s, const layer4_rates& rates) {
  ipvs::virtual_service out;
  out.protocol = s.protocol == model::protocol::udp ? ipvs::transport::udp : ipvs::transport::tcp;
  out.scheduler = std::string(model::word_of(s.scheduling->policy));
  out.fallback = s.scheduling->fallback;
  out.by_port = s.scheduling->by_port;
  if (const auto& p = *s.persistence)
    out.persistence = ipvs::persistence{clamped<std::uint32_t>(static_cast<std::uint64_t>(p->timeout.count()) / 1'000), p->netmask_v4, p->netmask_v6};
  out.one_packet = s.one_packet;
  out.name = s.name;
  out.total = figures_of(s.counts);
  out.rate = rates.of(s);
  out.servers.reserve(s.servers.size());
  for (const proxy::layer4_server_figures& f : s.servers) out.servers.push_back(row_of(s, f, rates));
  return out;
}

}  // namespace

ipvs::endpoint endpoint_of(std::string_view text) {
  ipvs::endpoint out;
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  out.address = host;
  return out;
}

std::uint32_t resume_of(const proxy::layer4_service_figures& s) noexcept {
  if (s.max_conn == 0 || s.max_conn_resume != 0) return s.max_conn_resume;
  return clamped<std::uint32_t>((std::uint64_t{s.max_conn} * 3 + 3) / 4);  // proxy/schedule/threshold.hpp: fewer than three quarters
}

bool is_called(const proxy::layer4_service_figures& s, std::string_view name) {
  return s.name == name || s.key == name || (!s.swarm_service.empty() && s.swarm_service == name);
}

std::string_view state_of(const proxy::layer4_connection& c) noexcept {
  return c.protocol == model::protocol::udp ? "UDP" : c.half_closed ? "FIN_WAIT" : "ESTABLISHED";
}

ipvs::connection row_of(const proxy::layer4_connection& c) {
  ipvs::connection out;
  out.protocol = c.protocol == model::protocol::udp ? ipvs::transport::udp : ipvs::transport::tcp;
  if (c.expires_in) out.expires_in = clamped<std::uint32_t>(static_cast<std::uint64_t>(c.expires_in->count()));
  out.state = state_of(c);
  out.source = {c.client, c.client_port};
  out.local = endpoint_of(c.local);
  out.destination = endpoint_of(c.server);
  return out;
}

std::vector<ipvs::virtual_service> virtual_services(const proxy::layer4_figures& all, const layer4_rates& rates, std::string_view name) {
  std::vector<ipvs::virtual_service> out;
  for (const auto* list : {&all.tcp, &all.udp})
    for (const proxy::layer4_service_figures& s : *list) {
      if (s.entrances.empty() || (!name.empty() && !is_called(s, name))) continue;
      const ipvs::virtual_service made = without_address(s, rates);
      for (const proxy::layer4_entrance& e : s.entrances) {
        ipvs::virtual_service& row = out.emplace_back(made);
        row.at = endpoint_of(e.address);
        row.sni = e.sni;
      }
    }
  ipvs::sort(out);
  return out;
}

}  // namespace waggle::app::admin
