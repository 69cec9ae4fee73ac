#include "routing/middleware_finder.hpp"

#include <waggle/model/configuration.hpp>

#include <algorithm>
#include <string>

namespace waggle::proxy::routing {

middleware_finder::middleware_finder(const list* before, const list& all) : all_(all), before_(before) {
  if (before == nullptr) return;
  auto was = before->begin();
  auto is = all.begin();
  while (was != before->end() || is != all.end()) {
    if (was != before->end() && is != all.end() && &*was == &*is) {
      ++was, ++is;
      continue;
    }
    const bool gone = is == all.end() || (was != before->end() && was->name <= is->name);
    const bool fresh = was == before->end() || (is != all.end() && is->name <= was->name);
    if (gone) changed_.insert(was++->name);
    if (fresh) changed_.insert(is++->name);
  }
}

bool middleware_finder::stands(const model::router& r, const frontend& was) const {
  if (before_ == nullptr || (was.source.get() != &r && was.source->middlewares != r.middlewares)) return false;
  return changed_.empty() ||
         std::none_of(r.middlewares.begin(), r.middlewares.end(), [this](const std::string& name) { return changed_.contains(name); });
}

std::size_t middleware_finder::place(std::string_view name) {
  if (before_ != nullptr && changed_.size() < all_.size() / 8) return place_of(all_, name);  // few are asked for
  if (by_name_.empty()) {
    by_name_.reserve(all_.size());
    for (std::size_t i = 0; i < all_.size(); ++i) by_name_.emplace(all_[i].name, i);
  }
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? all_.size() : at->second;
}

base::text_result<const middlewares*> middleware_finder::of(const model::router& r, const frontend* was) {
  if (was != nullptr && stands(r, *was)) return &was->made_of;
  found_.clear();
  for (const std::string& name : r.middlewares) {
    const std::size_t at = place(name);
    if (at == all_.size()) return base::text_error{"undefined middleware '" + name + "' for frontend " + r.name};
    found_.push_back(all_.held(at));
  }
  return &found_;
}

}  // namespace waggle::proxy::routing
