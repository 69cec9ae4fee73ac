#include "translate/translate.hpp"

#include "translate/configuration_builder.hpp"
#include "translate/make_plan.hpp"

#include <cstddef>
#include <utility>

namespace waggle::discovery {

cached_service& translator::recall(const std::shared_ptr<const service_view>& view) {
  auto& k = known_[view->spec.id];
  k.round = round_;
  if (k.view == view && k.where) return k;
  if (!k.plan || !k.view || !same_plan(k.view->spec, view->spec)) {
    k.plan = make_plan(view->spec, opts_);
    k.frontends.clear();
    k.id = view->spec.id;
    k.name = view->spec.name;
  }
  k.view = view;
  k.where = std::make_shared<const placement>(place_service(*view, *k.plan, networks_, own_, opts_));
  return k;
}

translation translator::whole(const snapshot& picture, bool same_claims, bool debug) {
  ++round_;
  // The containers of one Engine share an address where they are meant to (--network container:ID).
  if (!same_claims) claims_ = opts_.compat_traefik1 || !opts_.swarm_mode ? address_claims{} : address_claims(picture);
  configuration_builder together(opts_, claims_, backends_, middlewares_, layer4_, round_, debug);
  standing next;
  next.services.reserve(picture.services.size());
  next.views.reserve(picture.services.size());
  for (const auto& view : picture.services) {
    cached_service& k = recall(view);
    together.add(k);
    next.services.push_back(&k);
    next.views.push_back(view.get());
  }
  std::erase_if(known_, [this](const auto& entry) { return entry.second.round != round_; });
  auto done = std::move(together).finish();
  translation out;
  out.refused = done.refused;
  if (!done.refused) out.config = std::make_shared<const model::configuration>(std::move(done.config));
  out.verdicts = std::make_shared<const model::verdict_list>(std::move(done.verdicts));
  out.lines = std::move(done.lines);
  if (opts_.compat_traefik1 || debug) return out;  // each round says all its lines
  next.backends = std::move(done.backends);
  next.layer4 = std::move(done.layer4);
  next.result = out;
  standing_ = std::move(next);
  return out;
}

/// Labels may differ; addresses, and who has them, do not.
bool translator::same_tasks(const standing& known, const snapshot& picture) {
  if (known.claims_void || known.views.size() != picture.services.size()) return false;
  for (std::size_t i = 0; i < known.views.size(); ++i) {
    const service_view& now = *picture.services[i];
    if (known.views[i] == &now) continue;
    const auto& was = known.services[i]->view;
    if (was.get() != known.views[i] || was->tasks != now.tasks) return false;
  }
  return true;
}

translation translator::translate(const snapshot& picture, const own_networks& own, bool debug) {
  if (picture.networks != networks_ || own != own_) {
    networks_ = picture.networks;
    own_ = own;
    for (auto& [id, k] : known_) k.where.reset();
    standing_.reset();
  }
  if (debug != debug_) {
    backends_.clear();
    standing_.reset();
  }
  debug_ = debug;
  // What was begun and not brought to its end (an exception) is begun anew.
  bool same_claims = false;
  if (auto known = std::exchange(standing_, std::nullopt)) {
    if (mend(*known, picture)) {
      standing_ = std::move(known);
      return standing_->result;
    }
    same_claims = same_tasks(*known, picture);
  }
  return whole(picture, same_claims, debug);
}

}  // namespace waggle::discovery
