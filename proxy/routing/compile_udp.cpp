#include "routing/compile_udp.hpp"

#include <algorithm>
#include <utility>

namespace waggle::proxy::routing {
namespace {

/// Servers that are about to leave, and were not before.
void note_leaving(const plan::udp_service& was, const plan::udp_service& is, udp_table& to) {
  for (const plan::layer4_server& s : is.servers) {
    if (!s.leaving) continue;
    const plan::layer4_server* const before = find_server(was, s.key);
    if (before && !before->leaving) to.leaving_server_ids.push_back(s.id);
  }
}

}  // namespace

base::text_result<void> udp_kind::finish(Plan&, const Model& from) {
  if (from.session_idle.count() <= 0) return base::text_error{"sessions without an idle time would never end"};
  if (from.max_sessions == 0) return base::text_error{"it may have no session"};
  return {};
}

base::text_result<void> udp_compiler::take_entry_points(udp_routes& out, const model::udp_router& r) const {
  std::vector<std::size_t> mine;
  for (std::size_t i = 0; i < options_.entry_points.size(); ++i) {
    const entry_point& e = options_.entry_points[i];
    if (e.protocol != model::protocol::udp || std::find(r.entry_points.begin(), r.entry_points.end(), e.name) == r.entry_points.end()) continue;
    if (const int other = out.of_entry[i]; other >= 0)
      return base::text_error{"entry point " + e.name + " has router " + out.routers[static_cast<std::size_t>(other)].name};
    mine.push_back(i);
  }
  if (mine.empty()) return base::text_error{r.entry_points.empty() ? "it names no entry point" : "none of its entry points is there for UDP"};
  for (const std::size_t i : mine) out.of_entry[i] = static_cast<int>(out.routers.size());
  return {};
}

void udp_compiler::make_routes(const std::vector<model::provider_configuration>& providers) {
  skipped_.clear();
  auto out = std::make_shared<udp_routes>();
  out->of_entry.assign(options_.entry_points.size(), -1);
  for (const model::provider_configuration& p : providers) {
    if (!p.config) continue;
    const auto& all = p.config->udp.routers;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const model::udp_router& r = all[i];
      const auto make = [&]() -> base::text_result<udp_router> {
        udp_router made{.name = r.name, .label = p.provider + "/" + r.name, .source = all.held(i)};
        auto listed = io::ip_ranges::parse(r.white_list);
        if (!listed) return base::text_error{"white list: " + listed.error().reason};
        made.open_to_all = listed->empty();
        made.white_list = std::move(*listed);
        const auto to = services_.place_of(p.provider + "/" + r.service, r.service);
        if (!to) return to.error();
        made.service = *to;
        if (auto ok = take_entry_points(*out, r); !ok) return ok.error();
        return made;
      };
      auto made = make();
      if (made) out->routers.push_back(std::move(*made));
      else skipped_.push_back({p.provider, {model::protocol::udp, r.name}, "UDP router " + r.name + ": " + made.error().reason, r.name});
    }
  }
  routes_ = std::move(out);
}

void udp_compiler::compile(const std::vector<model::provider_configuration>& providers, base::mono_time now, table& to,
                           std::vector<skipped_router>& skipped) {
  to.udp = {};
  const bool same_services = same_lists(providers, made_of_, udp_kind::list);
  const bool same_routers = same_lists(
      providers, made_of_, [](const model::configuration& c) -> const auto& { return c.udp.routers; });
  if (!same_services || !same_routers) {
    auto departed = services_.renew(providers, now, [&](const plan::udp_service& was, const plan::udp_service* is) {
      if (is) note_leaving(was, *is, to.udp);
    });
    to.departed_server_ids.insert(to.departed_server_ids.end(), departed.servers.begin(), departed.servers.end());
    to.udp.departed_service_ids = std::move(departed.services);
    // Nobody vouches for an address that nobody names, also where its task is there at another address or port.
    to.udp.gone_server_ids = std::move(departed.servers);
    if (services_.places_changed() || !same_routers) make_routes(providers);
    made_of_ = providers;
  }
  to.udp.services = services_.all();
  to.udp.routes = routes_;
  skipped.insert(skipped.end(), skipped_.begin(), skipped_.end());
}

}  // namespace waggle::proxy::routing
