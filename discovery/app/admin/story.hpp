// Everything that is known of a service, side by side: its verdict, its routes, its servers with their figures, its tasks. The
// one source of explain, status and the dashboard. Views into the picture, which keeps what they point at.
#pragma once

#include "admin/condition.hpp"
#include "admin/server_key.hpp"
#include "admin/sources.hpp"

#include <waggle/discovery/swarm_view.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::app::admin {

/// A service with servers; a backend in Traefik 1's words.
struct balanced {
  const std::string* name = nullptr;  ///< neither is null
  const model::load_balancer* is = nullptr;
  const model::load_balancer* operator->() const noexcept { return is; }
};

/// A router of TCP or UDP and the virtual service that it leads to.
struct stream_route {
  std::string_view protocol;  ///< "tcp", "udp"
  std::string name, rule;     ///< rule: in Traefik's words; empty for UDP
  std::vector<std::string> entry_points;
  std::string service;
  std::string_view scheduler;
  const std::vector<model::server>* servers = nullptr;  ///< null: the service is not there
};

struct story {
  const model::verdict* verdict = nullptr;  ///< never null
  std::vector<const model::router*> frontends;
  std::vector<balanced> backends;  ///< that its frontends name
  std::vector<stream_route> streams;
  const discovery::swarm_service_view* swarm = nullptr;
  std::vector<model::diagnostic> advice;  ///< from traffic and task states, beside the verdict's own
  condition is;                           ///< what it all comes to
};

/// A backend that no service of the swarm asked for (file provider).
struct other_backend {
  std::string provider;
  balanced backend;
  std::vector<const model::router*> frontends;
};

class picture {
 public:
  explicit picture(const sources& from);

  const std::vector<story>& stories() const noexcept { return stories_; }  ///< by service name
  const std::vector<other_backend>& others() const noexcept { return others_; }
  /// What concerns no single service.
  const std::vector<model::diagnostic>& general() const noexcept { return general_; }
  /// Of that service name or id; null: there is none.
  const story* find(std::string_view service) const noexcept;
  /// Null: no traffic is known.
  const proxy::traffic_figures* traffic(std::string_view backend) const noexcept;
  const proxy::server_figures* server(std::string_view backend, std::string_view url) const noexcept;
  const discovery::status& status() const noexcept { return status_; }
  const proxy::stats& stats() const noexcept { return stats_; }
  const proxy::figures& figures() const noexcept { return figures_; }
  /// Of TCP and UDP services.
  const proxy::layer4_figures& layer4() const noexcept { return layer4_; }
  /// Those that a service asked for, and those that none did (file provider).
  std::vector<const proxy::layer4_service_figures*> layer4_of(const story& s) const;
  const std::vector<const proxy::layer4_service_figures*>& other_layer4() const noexcept { return other_layer4_; }
  double age_seconds() const noexcept;  ///< -1: no view yet

 private:
  void advise(story& s) const;
  void advise_on_update(story& s) const;
  void advise_on_layer4(story& s) const;
  void advise_on_nodes();
  void advise_on_mesh();
  void advise_on_untrusted();
  void sum_up(story& s) const;
  void sort_layer4(const std::unordered_map<std::string_view, std::size_t>& stories);

  std::vector<model::provider_configuration> providers_;
  std::shared_ptr<const model::verdict_list> verdicts_;
  discovery::swarm_view swarm_;
  discovery::status status_;
  proxy::stats stats_;
  proxy::figures figures_;
  proxy::layer4_figures layer4_;
  std::unordered_multimap<std::string_view, const proxy::layer4_service_figures*> layer4_of_;  ///< by Swarm service
  std::vector<const proxy::layer4_service_figures*> other_layer4_;
  std::unordered_map<std::string_view, const proxy::traffic_figures*> traffic_;
  std::unordered_map<server_key, const proxy::server_figures*, server_hash> servers_;
  std::vector<story> stories_;
  std::vector<other_backend> others_;
  std::vector<model::diagnostic> general_;
};

std::string_view text_of(model::severity level) noexcept;
bool is_sticky(const model::load_balancer& b) noexcept;

}  // namespace waggle::app::admin
