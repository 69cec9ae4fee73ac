#include "translate/translate.hpp"

#include "translate/assembly.hpp"

namespace waggle::discovery {

known_service& translator::recall(const std::shared_ptr<const service_view>& view) {
  auto& k = known_[view->spec.id];
  k.round = round_;
  if (k.view == view && k.where) return k;
  // Labels and name decide, not the version: test engines and restored swarms reuse versions.
  if (!k.plan || !k.view || k.view->spec.labels != view->spec.labels || k.view->spec.name != view->spec.name || k.view->spec.ports != view->spec.ports) {
    k.plan = make_plan(view->spec, opts_);
    k.frontends.clear();
    k.id = view->spec.id;
    k.name = view->spec.name;
  }
  k.view = view;
  k.where = std::make_shared<const placement>(place_service(*view, *k.plan, networks_, own_, opts_));
  return k;
}

translation translator::translate(const snapshot& picture, const own_networks& own, bool debug) {
  ++round_;
  if (picture.networks != networks_ || own != own_) {
    networks_ = picture.networks;
    own_ = own;
    for (auto& [id, k] : known_) k.where.reset();
  }
  if (debug != debug_) backends_.clear();
  debug_ = debug;
  const address_claims claims(picture);
  assembly together(opts_, claims, backends_, round_, debug);
  for (const auto& view : picture.services) together.add(recall(view));
  std::erase_if(known_, [this](const auto& entry) { return entry.second.round != round_; });
  auto done = std::move(together).finish();
  translation out;
  out.refused = done.refused;
  if (!done.refused) out.config = std::make_shared<const model::configuration>(std::move(done.config));
  out.verdicts = std::make_shared<const std::vector<model::verdict>>(std::move(done.verdicts));
  out.lines = std::move(done.lines);
  return out;
}

}  // namespace waggle::discovery
