#include "admin/server_labels.hpp"

#include "admin/exposition.hpp"
#include "admin/story.hpp"

#include <bit>
#include <functional>

namespace waggle::app::admin {
namespace {

std::vector<std::uint32_t> each_once(const std::vector<proxy::server_figures>& all) {
  std::vector<std::uint32_t> out;
  std::vector<const proxy::server_figures*> seen(std::bit_ceil(2 * all.size() + 1));  // by hash, with room
  const std::hash<std::string_view> hash;
  const auto is_new = [&](const proxy::server_figures& s) {
    for (std::size_t at = hash(s.backend) * 31 + hash(s.url);; ++at) {
      const proxy::server_figures*& one = seen[at & (seen.size() - 1)];
      if (one != nullptr && one->url == s.url && one->backend == s.backend) return false;
      if (one != nullptr) continue;
      one = &s;
      return true;
    }
  };
  out.reserve(all.size());
  for (std::uint32_t i = 0; i < all.size(); ++i)
    if (is_new(all[i])) out.push_back(i);
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
