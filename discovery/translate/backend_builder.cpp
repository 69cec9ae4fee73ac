#include "translate/backend_builder.hpp"

#include "translate/defaults.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace waggle::discovery {

using base::log_level;

const made_backend& backend_builder::make(const std::string& name, const backend_draft& open) const {
  std::vector<contribution> from = open.contributions();
  const std::uint64_t replicas = open.replicas();
  auto& made = memory[name];
  made.round = round;
  if (!from.empty() && made.piece != nullptr && made.from == from && balancer_of(*made.piece)->replicas == replicas) return made;
  model::backend b = open.options.service->plan->segments[open.options.segment].backend;
  b.replicas = replicas;
  for (const auto& share : open.from) {
    const auto& known = *share.service;
    for (const auto& item : known.where->items) {
      if (share.disputed && claims.disputed(item)) continue;
      b.servers.push_back(make_server(known.view->spec, known.id, known.name, known.plan->segments[share.segment], item));
    }
  }
  made.lines.clear();
  made.default_lines.clear();
  std::stable_sort(b.servers.begin(), b.servers.end(), [](const auto& x, const auto& y) { return x.name.view() < y.name.view(); });
  const auto same = std::unique(b.servers.begin(), b.servers.end(), [&](const auto& x, const auto& y) {
    if (x.name != y.name) return false;
    if (debug) made.lines.push_back({log_level::debug, "Skipping server " + base::go_quote(y.name) + " with the same URL."});
    return true;
  });
  b.servers.erase(same, b.servers.end());
  b.servers.shrink_to_fit();
  if (with_defaults) apply_defaults(b, made.default_lines);
  if (!debug) std::erase_if(made.default_lines, [](const log_note& l) { return l.level == log_level::debug; });
  made.from = std::move(from);
  // Contributions that differ may still say the same (a task that is only starting): the piece stays the one it was.
  auto pieces = model::traefik1::pieces_of(std::move(b));
  renew(made.middlewares, std::move(pieces.middlewares));
  if (made.piece == nullptr || *made.piece != pieces.service) made.piece = std::make_shared<const model::service>(std::move(pieces.service));
  return made;
}

}  // namespace waggle::discovery
