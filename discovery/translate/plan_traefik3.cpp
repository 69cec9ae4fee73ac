#include "translate/plan_traefik3.hpp"

#include "labels/label_use.hpp"
#include "labels/traefik3/tcp_rule.hpp"
#include "translate/entry_choice.hpp"

#include <waggle/base/log.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace waggle::discovery {

namespace {

using model::severity;
using traefik3::router_asked;
using traefik3::service_asked;

bool has_error(const std::vector<model::diagnostic>& list) {
  return std::any_of(list.begin(), list.end(), [](const auto& d) { return d.level == severity::error; });
}

label_use given_label(const label_set& labels, std::string_view key, std::string_view else_key) {
  const auto it = labels.find(key);
  if (it == labels.end()) return {else_key, else_key, {}, {}};
  return {it->first, it->second.key, it->second.value, {}};
}

/// "db@swarm" → "db": what this provider is called in Traefik. Others' names stay as they are, and are not found.
std::string_view without_provider(std::string_view name) {
  const auto at = name.find('@');
  if (at == std::string_view::npos) return name;
  const auto provider = name.substr(at + 1);
  return provider == "swarm" || provider == "docker" ? name.substr(0, at) : name;
}

struct tcp_kind {
  using part = tcp_part;
  using router = model::tcp_router;
  using target = waggle_labels::tcp_target;
  static constexpr model::protocol protocol = model::protocol::tcp;
  static constexpr std::string_view traefik = "traefik.tcp.", own = "waggle.tcp.";
};
struct udp_kind {
  using part = udp_part;
  using router = model::udp_router;
  using target = waggle_labels::udp_target;
  static constexpr model::protocol protocol = model::protocol::udp;
  static constexpr std::string_view traefik = "traefik.udp.", own = "waggle.udp.";
};

void set_options(model::tcp_service& to, const service_asked& from, const label_set&) {
  if (from.proxy_version != 0 && from.proxy.value_or(true)) to.proxy_protocol = from.proxy_version;
  else if (from.proxy) to.proxy_protocol = *from.proxy ? 2 : 0;
  if (!from.checked.value_or(from.health_check.has_value())) return;
  using namespace std::chrono_literals;
  to.health_check = from.health_check.value_or(model::tcp_health_check{});
  if (!from.labels.contains("traefik.tcp.services.<name>.loadBalancer.healthCheck.interval")) to.health_check->interval = 30s;
  if (!from.labels.contains("traefik.tcp.services.<name>.loadBalancer.healthCheck.timeout")) to.health_check->timeout = 5s;
}
void set_options(model::udp_service& to, const service_asked&, const label_set& own) {
  if (!own.contains("waggle.udp.timeout.idle")) to.session_idle = std::chrono::seconds(3);  // Traefik's
}

template <class Kind>
class planner {
 public:
  using part = typename Kind::part;
  using router = typename Kind::router;
  using own_labels = waggle_labels::layer4_segment<typename Kind::target>;

  planner(const service& s, const options& opts, const traefik3::objects& asked, std::vector<own_labels>& own, std::vector<model::diagnostic>& told)
      : s_(s), opts_(opts), asked_(asked), told_(told) {
    std::erase_if(own, [&](own_labels& segment) {
      if (!segment.name.empty() && !asked.services.contains(segment.name)) return false;
      own_.push_back(std::move(segment));
      return true;
    });
  }

  std::vector<part> run() {
    for (const auto& [name, service] : asked_.services) add_service(name, service);
    if (asked_.services.empty()) add_service(s_.name, service_asked{});
    for (const auto& [name, r] : asked_.routers) add_router(name, r);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      part& p = parts_[i];
      if (p.routers.empty() && !lost_routers_ && !has_error(p.diagnostics))
        p.diagnostics.push_back({severity::warning, "no-router", "", "", "no router leads to the service " + p.service.name,
                                 "add " + std::string(Kind::traefik) + "routers." + p.service.name + (tcp ? ".rule=HostSNI(`*`)" : ".entryPoints")});
      p.sound = sound_[i] && !p.routers.empty();
    }
    return std::move(parts_);
  }

 private:
  static constexpr bool tcp = std::is_same_v<Kind, tcp_kind>;

  const own_labels* own_of(const std::string& service) const {
    const own_labels* out = nullptr;
    for (const own_labels& o : own_)
      if (o.name == service || (o.name.empty() && out == nullptr)) out = &o;
    return out;
  }

  void add_service(const std::string& name, const service_asked& asked) {
    part p;
    const own_labels* const own = own_of(name);
    if (own != nullptr) {
      p.service = own->target.service;
      tell_own(*own, p.diagnostics);
    }
    p.service.name = name;
    p.diagnostics.insert(p.diagnostics.end(), asked.notes.diagnostics.begin(), asked.notes.diagnostics.end());
    const std::uint16_t own_port = own != nullptr ? own->target.asked.port.value_or(0) : std::uint16_t{0};  // 0: not said
    const std::string port_key = std::string(Kind::traefik) + "services." + name + ".loadBalancer.server.port";
    if (asked.port && own_port != 0 && *asked.port != own_port)
      p.diagnostics.push_back(about_label(severity::warning, "two-ports", given_label(own->labels, std::string(Kind::own) + "port", Kind::own),
                                          "differs from " + port_key + "=" + std::to_string(*asked.port) + ", which counts", "remove one of them"));
    p.port = asked.port.value_or(own_port);
    if (p.port == 0 && !has_error(p.diagnostics))
      p.diagnostics.push_back(
          {severity::error, "no-port", port_key, "", "is missing", "add " + port_key + " with the port that the tasks listen on"});
    p.weight = asked.weight.value_or(own != nullptr ? own->target.asked.weight.value_or(1) : std::uint16_t{1});
    static const label_set none;
    set_options(p.service, asked, own != nullptr ? own->labels : none);
    for (const auto& [key, given] : asked.labels)
      if (!key.ends_with(".server.port") && !key.ends_with(".server.weight")) p.options.emplace(key, given);
    sound_.push_back(!has_error(p.diagnostics));
    parts_.push_back(std::move(p));
  }

  /// Findings of waggle's labels, once, and those that Traefik's routers take the place of.
  void tell_own(const own_labels& own, std::vector<model::diagnostic>& to) {
    if (std::find(told_own_.begin(), told_own_.end(), &own) != told_own_.end()) {
      if (has_error(own.target.notes.diagnostics)) to.push_back(own.target.notes.diagnostics.front());
      return;
    }
    told_own_.push_back(&own);
    to = own.target.notes.diagnostics;
    for (const char* option : {"sni", "alpn", "service"}) {
      const std::string key = std::string(Kind::own) + option;
      if (own.labels.contains(key))
        to.push_back(about_label(severity::warning, "no-effect", given_label(own.labels, key, key),
                                 "does nothing beside the routers of " + std::string(Kind::traefik) + "*", "remove it, or those"));
    }
  }

  void add_router(const std::string& name, const router_asked& asked) {
    std::vector<model::diagnostic> found = asked.notes.diagnostics;
    const std::size_t to = service_of(name, asked, found);
    router r;
    r.name = name;
    r.swarm_service = s_.name;
    if (to < parts_.size()) {
      r.service = parts_[to].service.name;
      fill(r, name, asked, own_of(r.service), parts_[to].port, found);
    }
    const bool lost = has_error(found);
    lost_routers_ = lost_routers_ || lost;
    auto& list = to < parts_.size() ? parts_[to].diagnostics : told_;
    list.insert(list.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    if (lost) return;
    part& p = parts_[to];
    for (const auto& [key, given] : asked.labels) p.options.emplace(name + ":" + key, given);
    p.routers.push_back(std::make_shared<const router>(std::move(r)));
  }

  std::string router_key(const std::string& name, std::string_view option) const {
    return std::string(Kind::traefik) + "routers." + name + "." + std::string(option);
  }

  /// Place among the parts; their number: it leads nowhere.
  std::size_t service_of(const std::string& name, const router_asked& asked, std::vector<model::diagnostic>& found) const {
    const std::string key = router_key(name, "service");
    const label_use use{key, key, asked.service, {}};
    if (asked.service.empty()) {
      if (parts_.size() == 1) return 0;
      found.push_back(about_label(severity::error, "no-service", use, "is missing, and there are several services", "write the name of one of them"));
      return parts_.size();
    }
    const auto wanted = without_provider(asked.service);
    for (std::size_t i = 0; i < parts_.size(); ++i)
      if (parts_[i].service.name == wanted) return i;
    found.push_back(about_label(severity::error, "unknown-service", use, "this Swarm service describes no such service",
                                "write one of its own: " + std::string(Kind::traefik) + "services.<name>.loadBalancer.server.port"));
    return parts_.size();
  }

  void fill(router& r, const std::string& name, const router_asked& asked, const own_labels* own, std::uint16_t port,
            std::vector<model::diagnostic>& found) {
    if constexpr (tcp) fill_rule(r, name, asked, found);
    if (own != nullptr) r.white_list = own->target.router.white_list;
    if constexpr (tcp) pass_middlewares(r, name, asked, found);
    const std::string key = router_key(name, "entryPoints");
    std::vector<std::string> named = asked.entry_points;
    if (named.empty() && own != nullptr) named = own->target.router.entry_points;
    if (named.empty())  // all that there are, as in Traefik
      for (const auto& e : opts_.layer4_entry_points)
        if (e.protocol == Kind::protocol) named.push_back(e.name);
    r.entry_points =
        choose_entry_points({Kind::protocol, std::move(named), {key, key, label_value(asked, "entryPoints"), {}}, port, s_.name}, opts_, found);
  }

  std::string_view label_value(const router_asked& asked, std::string_view option) const {
    const auto it = asked.labels.find(std::string(Kind::traefik) + "routers.<name>." + std::string(option));
    return it == asked.labels.end() ? std::string_view{} : std::string_view(it->second.value);
  }

  void fill_rule(model::tcp_router& r, const std::string& name, const router_asked& asked, std::vector<model::diagnostic>& found) const {
    const std::string key = router_key(name, "rule"), tls_key = router_key(name, "tls.passthrough");
    const label_use use{key, key, asked.rule, {}};
    r.rule = asked.rule;
    r.priority = asked.priority;
    const bool tls = asked.tls.value_or(asked.tls_options), passthrough = tls && asked.passthrough;
    if (tls && !passthrough)
      found.push_back(about_label(severity::error, "tls-not-served", {tls_key, tls_key, label_value(asked, "tls.passthrough"), {}},
                                  "TLS is not ended here yet", "write " + tls_key + "=true and let the tasks end it"));
    r.tls = passthrough ? model::tcp_tls::passthrough : model::tcp_tls::none;
    if (asked.rule.empty())
      return found.push_back(about_label(severity::error, "no-rule", use, "is missing", "write " + key + "=HostSNI(`*`) for all connections"));
    auto match = traefik3::parse_tcp_rule(asked.rule);
    if (!match) return found.push_back(about_label(severity::error, "bad-rule", use, match.error().reason, "mend the rule, see docs/layer4.md"));
    r.match = std::move(*match);
    if (!tls && !(r.match.sni.empty() && r.match.sni_regex.empty() && r.match.alpn.empty()))
      found.push_back(about_label(severity::error, "rule-needs-tls", use, "asks for a name or a protocol, which only TLS clients send",
                                  "write " + tls_key + "=true, or HostSNI(`*`)"));
  }

  /// A router whose protection is not there is not served.
  void pass_middlewares(model::tcp_router& r, const std::string& name, const router_asked& asked, std::vector<model::diagnostic>& found) const {
    const std::string key = router_key(name, "middlewares");
    const label_use use{key, key, label_value(asked, "middlewares"), {}};
    for (const std::string& reference : asked.middlewares) {
      const auto it = asked_.middlewares.find(without_provider(reference));
      if (it == asked_.middlewares.end()) {
        found.push_back(about_label(severity::error, "unknown-middleware", use,
                                    base::go_quote(shown(reference, most_shown)) + " is no middleware of this Swarm service",
                                    "describe it here: traefik.tcp.middlewares.<name>.ipAllowList.sourceRange"));
        continue;
      }
      const auto& m = it->second;
      found.insert(found.end(), m.notes.diagnostics.begin(), m.notes.diagnostics.end());
      if (m.limits || has_error(m.notes.diagnostics)) continue;
      if (m.source_range.empty() || !(r.white_list.empty() || r.white_list == m.source_range))
        found.push_back(about_label(severity::error, "not-served", use,
                                    m.source_range.empty() ? "the middleware " + it->first + " is of no kind"
                                                           : "two lists of addresses that may connect, of which both would have to hold",
                                    m.source_range.empty() ? "give it ipAllowList.sourceRange" : "make one list of them"));
      else r.white_list = m.source_range;
    }
  }

  const service& s_;
  const options& opts_;
  const traefik3::objects& asked_;
  std::vector<model::diagnostic>& told_;
  std::vector<own_labels> own_;
  std::vector<const own_labels*> told_own_;
  std::vector<part> parts_;
  std::vector<bool> sound_;
  bool lost_routers_ = false;
};

}  // namespace

std::vector<tcp_part> plan_traefik3(const service& s, const options& opts, const traefik3::objects& asked,
                                    std::vector<waggle_labels::layer4_segment<waggle_labels::tcp_target>>& own,
                                    std::vector<model::diagnostic>& told) {
  return planner<tcp_kind>(s, opts, asked, own, told).run();
}
std::vector<udp_part> plan_traefik3(const service& s, const options& opts, const traefik3::objects& asked,
                                    std::vector<waggle_labels::layer4_segment<waggle_labels::udp_target>>& own,
                                    std::vector<model::diagnostic>& told) {
  return planner<udp_kind>(s, opts, asked, own, told).run();
}

}  // namespace waggle::discovery
