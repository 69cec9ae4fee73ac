// From labels to compiled routes without an Engine or sockets: what tests of hostile and of random labels share.
#pragma once

#include "builders.hpp"
#include "routing/compile.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace waggle::test {

struct silent_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// What one picture of a swarm became.
struct routed_world {
  discovery::translation made;
  std::shared_ptr<const proxy::routing::table> table;
  std::vector<proxy::skipped_router> skipped;

  const model::verdict* verdict(const std::string& service) const {
    for (const auto& v : *made.verdicts)
      if (v.service == service) return &v;
    return nullptr;
  }

  /// Everything that is configured and compiled for these services, as text: equal texts are equal routes.
  std::string all_of(const std::set<std::string>& services) const {
    std::string out;
    std::set<std::string> backends;
    const auto& config = *made.config;
    for (const auto& f : config.http.routers) {
      if (!services.contains(f.swarm_service)) continue;
      backends.insert(f.service);
      out += f.name + " " + discovery::traefik_json(config.http, f) + "\n";
    }
    for (const auto& b : config.http.services)
      if (backends.contains(b.name)) out += b.name + " " + discovery::traefik_json(config.http, b) + "\n";
    for (const auto& f : table->frontends) {
      if (!services.contains(f->source->swarm_service)) continue;
      out += "route " + f->name + " " + std::to_string(f->priority) + (f->pass_host_header ? " host" : "");
      for (const auto& r : f->source->rule.parts) out += " " + r.rule;
      for (const auto& e : f->error_pages) out += " page " + e.query + "@" + e.to->name;
      out += " -> " + f->to->name + (f->to->sticky() ? " " + f->to->cookie_name + f->to->cookie_attributes : "");
      for (const auto& s : f->to->servers) out += " " + s.url.str() + "*" + std::to_string(s.weight) + "=" + s.key.str();
      out += "\n";
    }
    for (const auto& v : *made.verdicts) {
      if (!services.contains(v.service)) continue;
      out += "verdict " + v.service + " " + std::to_string(static_cast<int>(v.state)) + " " + v.reason;
      for (const auto& d : v.diagnostics) out += " [" + d.code + " " + d.label + " " + d.text + "]";
      out += "\n";
    }
    return out;
  }
};

/// @param compat  as --compat=traefik1
inline routed_world route(const discovery::snapshot& picture, bool compat = false) {
  discovery::options options;
  options.entry_points = {"http", "https"};
  options.compat_traefik1 = compat;
  routed_world out;
  out.made = discovery::translator(options).translate(picture, {}, true);
  static silent_sink sink;
  static base::logger log(sink, base::log_level::error);
  static const proxy::options proxy_options = [] {
    proxy::options o;
    for (const char* name : {"http", "https"}) {
      proxy::entry_point e;
      e.name = name;
      e.address = ":0";
      o.entry_points.push_back(std::move(e));
    }
    return o;
  }();
  proxy::routing::compiler compiler(proxy_options, log);
  auto compiled = compiler.compile({{"docker", out.made.config}});
  out.table = compiled.next;
  out.skipped = std::move(compiled.skipped);
  return out;
}

}  // namespace waggle::test
