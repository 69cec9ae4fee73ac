#include "translate/defaults.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace waggle::discovery {

using base::log_level;

void apply_defaults(model::backend& b, std::vector<log_note>& lines) {
  auto& lb = b.balance;
  if (lb && lb->sticky) {
    lines.push_back({log_level::warning,
                     "Deprecated configuration found: backend.LoadBalancer.Sticky. Please use "
                     "backend.LoadBalancer.Stickiness."});
  }
  if (lb && model::find_balance_policy(lb->method)) {
    lb->stickiness = model::cookie_of(*lb);
    return;
  }
  const std::string why = lb ? "invalid load-balancing method " + base::go_quote(lb->method) : "no load-balancer defined";
  lines.push_back({log_level::debug, "Backend " + b.name + ": " + why + ", fallback to 'wrr' method"});
  model::balance_options fallback;
  fallback.method = "wrr";
  if (lb) fallback.stickiness = model::cookie_of(*lb);
  lb = std::move(fallback);
}

void apply_defaults(model::frontend& f, const options& opts, std::vector<log_note>& lines) {
  if (f.entry_points.empty()) f.entry_points = opts.default_entry_points;
  if (opts.entry_points.empty()) return;
  std::string unknown;
  std::erase_if(f.entry_points, [&](const std::string& e) {
    if (std::find(opts.entry_points.begin(), opts.entry_points.end(), e) != opts.entry_points.end()) return false;
    unknown += (unknown.empty() ? "" : ",") + e;
    return true;
  });
  if (!unknown.empty()) {
    lines.push_back({log_level::error, "Undefined entry point(s) '" + unknown + "' for frontend " + f.name});
  }
}

}  // namespace waggle::discovery
