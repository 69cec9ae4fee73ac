#include "admin/layer4_rates.hpp"

#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

/// No key has a line break, and of one service a task is at one address once.
std::string key_of(const proxy::layer4_service_figures& s) { return (s.protocol == model::protocol::udp ? "udp " : "tcp ") + std::string(s.key); }
std::string key_of(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& server) {
  return key_of(s) + '\n' + std::string(server.address) + '\n' + server.source->origin.task_id.str();
}

}  // namespace

ipvs::figures figures_of(const proxy::layer4_counts& c) noexcept { return {c.connections, c.packets_in, c.packets_out, c.bytes_in, c.bytes_out}; }

void layer4_rates::advance(estimators& next, std::string key, const proxy::layer4_counts& total, time now) {
  const auto known = known_.find(key);
  // What a newcomer has had came since the last look.
  ipvs::rate_estimator e = known == known_.end() ? ipvs::rate_estimator(looked_at_) : known->second;
  e.advance(now, figures_of(total));
  next.insert_or_assign(std::move(key), e);
}

void layer4_rates::look(const proxy::layer4_figures& now_are, time now) {
  const std::lock_guard lock(mutex_);
  estimators next;
  for (const auto* list : {&now_are.tcp, &now_are.udp})
    for (const proxy::layer4_service_figures& s : *list) {
      advance(next, key_of(s), s.counts, now);
      for (const proxy::layer4_server_figures& server : s.servers) advance(next, key_of(s, server), server.counts, now);
    }
  known_ = std::move(next);
  looked_at_ = now;
}

ipvs::figures layer4_rates::find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(key);
  return at == known_.end() ? ipvs::figures{} : at->second.rates();
}

ipvs::figures layer4_rates::of(const proxy::layer4_service_figures& s) const { return find(key_of(s)); }
ipvs::figures layer4_rates::of(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& server) const {
  return find(key_of(s, server));
}

}  // namespace waggle::app::admin
