#include "translate/layer4_memory.hpp"

#include "labels/address_text.hpp"
#include "translate/names.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

struct tcp_protocol {
  static constexpr std::string_view word = "tcp";
  static const tcp_part& part(const service_plan& plan, std::size_t i) { return plan.layer4.tcp[i]; }
};
struct udp_protocol {
  static constexpr std::string_view word = "udp";
  static const udp_part& part(const service_plan& plan, std::size_t i) { return plan.layer4.udp[i]; }
};

template <class Protocol, class Part>
model::server server_of(const cached_service& of, const Part& part, const addressed_task& item) {
  model::server out;
  const std::string place = join_host_port(item.address, std::to_string(part.port));
  const service& s = of.view->spec;
  const std::string url = std::string(Protocol::word) + "://" + place;
  out.url = url;
  out.name = server_name(item_name(s, item), url);
  // With the protocol: what is known of a port of TCP says nothing of the same one of UDP, or of HTTP's.
  out.id = (item.at != nullptr ? item.at->id.str() : s.id) + "@" + place + "/" + std::string(Protocol::word);
  out.scheme = Protocol::word;
  out.host = item.address;
  out.port = part.port;
  out.weight = part.weight;
  out.origin = origin_of(s, of.id, of.name, item);
  return out;
}

template <class Protocol, class Memory>
const auto& make(const layer4_maker& maker, Memory& memory, const std::string& name, const backend_draft& open) {
  std::vector<contribution> from = open.contributions();
  const std::uint64_t replicas = open.replicas();
  auto& made = memory[name];
  made.round = maker.round;
  if (!from.empty() && made.piece != nullptr && made.from == from && made.piece->replicas == replicas) return made.piece;
  auto next = Protocol::part(*open.options.service->plan, open.options.segment).service;
  next.replicas = replicas;
  for (const auto& share : open.from) {
    const auto& part = Protocol::part(*share.service->plan, share.segment);
    for (const auto& item : share.service->where->items) {
      if ((share.disputed && maker.claims.disputed(item)) || !is_ip_address(item.address)) continue;
      next.servers.push_back(server_of<Protocol>(*share.service, part, item));
    }
    for (const auto& item : share.service->where->leaving) {
      if (!is_ip_address(item.address)) continue;
      next.servers.push_back(server_of<Protocol>(*share.service, part, item));
      next.servers.back().leaving = true;
    }
  }
  std::stable_sort(next.servers.begin(), next.servers.end(), [](const auto& x, const auto& y) { return x.name.view() < y.name.view(); });
  next.servers.erase(std::unique(next.servers.begin(), next.servers.end(), [](const auto& x, const auto& y) { return x.name == y.name; }),
                     next.servers.end());
  next.servers.shrink_to_fit();
  made.from = std::move(from);
  // Contributions that differ may still say the same (a task that is only starting): the piece stays the one it was.
  if (made.piece == nullptr || *made.piece != next) made.piece = std::make_shared<const decltype(next)>(std::move(next));
  return made.piece;
}

}  // namespace

const std::shared_ptr<const model::tcp_service>& layer4_maker::tcp(const std::string& name, const backend_draft& open) const {
  return make<tcp_protocol>(*this, memory.tcp, name, open);
}
const std::shared_ptr<const model::udp_service>& layer4_maker::udp(const std::string& name, const backend_draft& open) const {
  return make<udp_protocol>(*this, memory.udp, name, open);
}

}  // namespace waggle::discovery
