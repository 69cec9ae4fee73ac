#include "routing/compile_tcp.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace waggle::proxy::routing {
namespace {

void note_leaving(const plan::tcp_service& was, const plan::tcp_service& is, tcp_table& to) {
  if (is.source->drain.count() <= 0) return;
  for (const plan::layer4_server& s : is.servers) {
    if (!s.leaving) continue;
    const plan::layer4_server* const before = find_server(was, s.key);
    if (before && !before->leaving) to.leaving_servers.push_back({s.id, static_cast<io::time_ms>(is.source->drain.count())});
  }
}

}  // namespace

base::text_result<void> tcp_kind::finish(Plan& out, const Model& from) {
  if (from.proxy_protocol > 2) return base::text_error{"there is no version " + std::to_string(from.proxy_protocol) + " of the PROXY protocol"};
  out.limits = {from.max_conn, from.max_conn_resume};
  out.slow_start = static_cast<io::time_ms>(from.slow_start.count());
  return {};
}

bool tcp_compiler::on_our_entry_points(const model::tcp_router& r) const {
  return std::any_of(r.entry_points.begin(), r.entry_points.end(), [&](const std::string& name) {
    return std::any_of(options_.entry_points.begin(), options_.entry_points.end(),
                       [&](const entry_point& e) { return e.name == name && e.protocol == model::protocol::tcp; });
  });
}

void tcp_compiler::make_routes(const std::vector<model::provider_configuration>& providers) {
  skipped_.clear();
  auto out = std::make_shared<tcp_routes>();
  for (const model::provider_configuration& p : providers) {
    if (!p.config) continue;
    const auto& all = p.config->tcp.routers;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const model::tcp_router& r = all[i];
      const auto refuse = [&](const std::string& why) {
        skipped_.push_back({p.provider, {model::protocol::tcp, r.name}, "TCP router " + r.name + ": " + why, r.name});
      };
      if (!on_our_entry_points(r)) {
        refuse(r.entry_points.empty() ? "it names no entry point" : "none of its entry points is there for TCP");
        continue;
      }
      const auto to = services_.place_of(p.provider + "/" + r.service, r.service);
      if (!to) {
        refuse(to.error().reason);
        continue;
      }
      auto made = make_tcp_router(p.provider, all.held(i));
      if (!made) {
        refuse(made.error().reason);
        continue;
      }
      made->service = *to;
      out->routers.push_back(std::move(*made));
    }
  }
  for (const entry_point& e : options_.entry_points) {
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < out->routers.size() && e.protocol == model::protocol::tcp; ++i) {
      const auto& on = out->routers[i].source->entry_points;
      if (std::find(on.begin(), on.end(), e.name) != on.end()) mine.push_back(i);
    }
    out->entries.emplace_back(out->routers, mine);
  }
  routes_ = std::move(out);
}

void tcp_compiler::compile(const std::vector<model::provider_configuration>& providers, base::mono_time now, table& to,
                           std::vector<skipped_router>& skipped) {
  to.tcp = {};
  const bool same_services = same_lists(providers, made_of_, tcp_kind::list);
  const bool same_routers = same_lists(
      providers, made_of_, [](const model::configuration& c) -> const auto& { return c.tcp.routers; });
  if (!same_services || !same_routers) {
    auto departed = services_.renew(providers, now, [&](const plan::tcp_service& was, const plan::tcp_service* is) {
      if (is) note_leaving(was, *is, to.tcp);
    });
    to.departed_server_ids.insert(to.departed_server_ids.end(), departed.servers.begin(), departed.servers.end());
    to.tcp.departed_service_ids = std::move(departed.services);
    to.tcp.gone_server_ids = std::move(departed.gone);
    if (services_.places_changed() || !same_routers) make_routes(providers);
    made_of_ = providers;
  }
  to.tcp.services = services_.all();
  to.tcp.routes = routes_;
  skipped.insert(skipped.end(), skipped_.begin(), skipped_.end());
}

}  // namespace waggle::proxy::routing
