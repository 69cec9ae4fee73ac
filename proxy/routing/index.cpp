#include "routing/index.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {

void index_entries(table& t, const options& opts) {
  t.entries.resize(opts.entry_points.size());
  for (std::size_t e = 0; e < opts.entry_points.size(); ++e) {
    entry_routes& routes = t.entries[e];
    auto index = std::make_shared<host_index>();
    const std::string& name = opts.entry_points[e].name;
    for (const auto& f : t.frontends) {
      const auto& on = f->source->entry_points;
      if (std::find(on.begin(), on.end(), name) == on.end()) continue;
      (f->source->before_entry_steps ? routes.before_steps : routes.ordered).push_back(f.get());
    }
    // One provider's frontends come by name already.
    const auto by_name = [](const frontend* a, const frontend* b) { return a->name < b->name; };
    if (!std::is_sorted(routes.ordered.begin(), routes.ordered.end(), by_name))
      std::stable_sort(routes.ordered.begin(), routes.ordered.end(), by_name);
    std::stable_sort(routes.ordered.begin(), routes.ordered.end(), [](const frontend* a, const frontend* b) { return a->priority > b->priority; });
    index->by_host.reserve(routes.ordered.size());
    for (std::uint32_t i = 0; i < routes.ordered.size(); ++i) {
      const std::vector<std::string>* hosts = nullptr;
      bool asked_by_all = false;
      for (const auto& rule : routes.ordered[i]->rules) {
        if (!hosts && !rule->hosts().empty()) hosts = &rule->hosts();
        asked_by_all = asked_by_all || (t.keeps_redirects && rule->path_before_host());
      }
      if (asked_by_all) hosts = nullptr;
      if (!hosts) {
        index->any_host.push_back(i);
        continue;
      }
      for (const std::string& h : *hosts) {
        auto& list = index->by_host[h];
        if (list.empty() || list.back() != i) list.push_back(i);
      }
    }
    routes.index = std::move(index);
  }
}

}  // namespace waggle::proxy::routing
