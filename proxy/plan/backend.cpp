#include "plan/backend.hpp"

#include <algorithm>
#include <cstddef>

namespace waggle::proxy::plan {

int backend::find_url(std::string_view url) const noexcept {
  if (!by_url.empty()) {
    const auto it = by_url.find(url);
    return it == by_url.end() ? -1 : static_cast<int>(it->second);
  }
  for (std::size_t i = 0; i < servers.size(); ++i)
    if (servers[i].url == url) return static_cast<int>(i);
  return -1;
}

const departed_server* backend::find_departed(std::string_view url) const noexcept {
  const auto it = std::lower_bound(departed.begin(), departed.end(), url, [](const departed_server& l, std::string_view u) { return l.url < u; });
  return it != departed.end() && it->url == url ? &*it : nullptr;
}

int backend::find_slot(std::string_view slot) const noexcept {
  int found = -1;
  for (std::size_t i = 0; i < servers.size() && !slot.empty(); ++i)
    if (servers[i].slot == slot && (found < 0 || servers[i].arrival < servers[static_cast<std::size_t>(found)].arrival)) found = static_cast<int>(i);
  return found;
}

}  // namespace waggle::proxy::plan
