#include "admin/layer4_metrics.hpp"

#include "admin/server_key.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace waggle::app::admin {
namespace {

using enum exposition::kind;

std::string_view protocol_of(const proxy::layer4_service_figures& s) noexcept { return s.protocol == model::protocol::udp ? "udp" : "tcp"; }

std::string_view provider_of(const proxy::layer4_service_figures& s) noexcept { return s.key.substr(0, s.key.size() - s.name.size() - 1); }

/// Two samples that differ in one label.
template <class Row>
void tell_both(exposition& out, const Row& row, std::string_view label, std::pair<std::string_view, std::uint64_t> a,
               std::pair<std::string_view, std::uint64_t> b) {
  for (const auto& [value, n] : {a, b}) {
    std::string labels = row.labels;
    exposition::render(labels, {{label, value}}, ',');
    out.sample(labels, n);
  }
}

}  // namespace

layer4_metrics::layer4_metrics(proxy::layer4_figures of) : figures_(std::move(of)) {
  for (const auto* list : {&figures_.tcp, &figures_.udp})
    for (const proxy::layer4_service_figures& s : *list) add(s);
  // A server is told of once, though a file may name it twice.
  std::unordered_set<std::string_view> seen;
  std::vector<server_row> once;
  seen.reserve(servers_.size());
  once.reserve(servers_.size());
  for (server_row& s : servers_)
    if (!seen.contains(s.labels)) {
      once.push_back(std::move(s));
      seen.insert(once.back().labels);
    }
  servers_ = std::move(once);
}

void layer4_metrics::add(const proxy::layer4_service_figures& s) {
  service_row& row = services_.emplace_back(service_row{&s, {}});
  exposition::render(row.labels, {{"protocol", protocol_of(s)}, {"provider", provider_of(s)}, {"backend", s.name}});
  for (const proxy::layer4_server_figures& f : s.servers) {
    const model::origin& o = f.source->origin;
    const std::string slot = o.slot == 0 ? std::string{} : std::to_string(o.slot);
    server_row& r = servers_.emplace_back(server_row{&f, row.labels});
    exposition::render(r.labels, {{"service", o.service_name}, {"task", o.task_id}, {"slot", slot}, {"node", node_of(o)}, {"server", f.address}},
                       ',');
  }
}

void layer4_metrics::add_service_families(std::vector<family>& to) const {
  using service = proxy::layer4_service_figures;
  to.push_back({"waggle_l4_sessions", gauge, "Open connections (TCP) or sessions (UDP) of a service, with those that have no server yet.",
                services_.size(), [this](exposition& out, std::size_t i) { out.sample(services_[i].labels, services_[i].of->open); }});
  to.push_back({"waggle_l4_refused_total", counter, "Clients of a service that were cut off, by why.", services_.size(),
                [this](exposition& out, std::size_t i) {
                  const service& s = *services_[i].of;
                  for (const auto& [why, n] :
                       {std::pair{"white-list", s.refused_white_list}, {"no-server", s.refused_no_server}, {"share", s.refused_share}}) {
                    std::string labels = services_[i].labels;
                    exposition::render(labels, {{"reason", why}}, ',');
                    out.sample(labels, n);
                  }
                }});
  to.push_back({"waggle_l4_waited_total", counter, "Clients of a service that had to wait for a server.", services_.size(),
                [this](exposition& out, std::size_t i) { out.sample(services_[i].labels, services_[i].of->holds); }});
  if (figures_.udp.empty()) return;
  to.push_back({"waggle_l4_drops_total", counter, "Datagrams that went nowhere, by why.", services_.size(), [this](exposition& out, std::size_t i) {
                  for (const proxy::layer4_reason& r : services_[i].of->drops) {
                    std::string labels = services_[i].labels;
                    exposition::render(labels, {{"reason", r.why}}, ',');
                    out.sample(labels, r.count);
                  }
                }});
}

void layer4_metrics::add_server_families(std::vector<family>& to) const {
  using server = proxy::layer4_server_figures;
  const auto each = [&](const char* name, exposition::kind what, const char* help, auto value) {
    to.push_back({name, what, help, servers_.size(),
                  [this, value](exposition& out, std::size_t i) { out.sample(servers_[i].labels, value(*servers_[i].of)); }});
  };
  const auto both = [&](const char* name, exposition::kind what, const char* help, std::string_view label, auto values) {
    to.push_back({name, what, help, servers_.size(), [this, label, values](exposition& out, std::size_t i) {
                    const auto [a, b] = values(*servers_[i].of);
                    tell_both(out, servers_[i], label, a, b);
                  }});
  };
  using pairs = std::pair<std::pair<std::string_view, std::uint64_t>, std::pair<std::string_view, std::uint64_t>>;
  each("waggle_l4_connections_total", counter, "Connections or sessions that a server was given.",
       [](const server& s) { return s.counts.connections; });
  both("waggle_l4_open", gauge, "Connections or sessions that a server has; inactive: half closed.", "state", [](const server& s) {
    return pairs{{"active", s.active}, {"inactive", s.inactive}};
  });
  both("waggle_l4_packets_total", counter, "Packets of a server's clients, as they were on the wire.", "direction", [](const server& s) {
    return pairs{{"in", s.counts.packets_in}, {"out", s.counts.packets_out}};
  });
  both("waggle_l4_bytes_total", counter, "Bytes of them, with headers.", "direction", [](const server& s) {
    return pairs{{"in", s.counts.bytes_in}, {"out", s.counts.bytes_out}};
  });
  each("waggle_l4_connects_total", counter, "Connections to a server that were begun.", [](const server& s) { return s.connects; });
  each("waggle_l4_connect_failures_total", counter, "Connections to a server that failed.", [](const server& s) { return s.connect_failures; });
  each("waggle_l4_held", gauge, "1: left alone for a while after failed connections.", [](const server& s) { return std::uint64_t{s.held}; });
}

std::vector<layer4_metrics::family> layer4_metrics::families() const {
  std::vector<family> out;
  if (services_.empty()) return out;
  add_server_families(out);
  add_service_families(out);
  const auto one = [&](const char* name, exposition::kind what, const char* help, std::uint64_t value) {
    out.push_back({name, what, help, 1, [value](exposition& to, std::size_t) { to.sample({}, value); }});
  };
  one("waggle_l4_persistence_entries", gauge, "Clients' networks whose server is remembered.", figures_.persistence.entries);
  one("waggle_l4_persistence_evicted_total", counter, "… that were forgotten for want of room.", figures_.persistence.evicted);
  one("waggle_l4_persistence_refused_total", counter, "Clients that were not remembered for want of room.", figures_.persistence.refused);
  return out;
}

}  // namespace waggle::app::admin
