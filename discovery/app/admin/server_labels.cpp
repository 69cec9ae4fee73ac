#include "admin/server_labels.hpp"

#include "admin/exposition.hpp"
#include "admin/server_key.hpp"

#include <unordered_set>

namespace waggle::app::admin {
namespace {

std::vector<std::uint32_t> each_once(const std::vector<proxy::server_figures>& all) {
  std::vector<std::uint32_t> out;
  std::unordered_set<server_key, server_hash> seen;
  out.reserve(all.size());
  seen.reserve(all.size());
  for (std::uint32_t i = 0; i < all.size(); ++i)
    if (seen.insert({all[i].backend, all[i].url}).second) out.push_back(i);
  return out;
}

}  // namespace

server_labels::server_labels(const proxy::figures& of) {
  const std::vector<std::uint32_t> once = each_once(of.servers);
  const auto end = [this] { return static_cast<std::uint32_t>(text_.size()); };
  all_.reserve(once.size());
  for (const std::uint32_t i : once) {
    const proxy::server_figures& s = of.servers[i];
    const model::origin& o = *s.origin;
    const std::string slot = o.slot == 0 ? std::string{} : std::to_string(o.slot);
    one& made = all_.emplace_back(one{.index = i, .from = end(), .backend_end = 0, .url_from = 0, .end = 0});
    exposition::render(text_, {{"backend", s.backend}});
    made.backend_end = end();
    exposition::render(text_, {{"service", o.service_name}, {"task", o.task_id}, {"slot", slot}, {"node", node_of(o)}}, ',');
    made.url_from = end();
    exposition::render(text_, {{"url", s.url}}, ',');
    made.end = end();
  }
  text_.shrink_to_fit();  // it stays
}

}  // namespace waggle::app::admin
