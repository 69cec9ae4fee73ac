#include "labels/traefik1/parse.hpp"

#include "labels/traefik1/rows.hpp"
#include "labels/traefik1/schema.hpp"

#include <string_view>

namespace waggle::discovery::traefik1 {

namespace {

using base::log_level;

// Error pages and rate sets are made by any field below their name, also by one that does not exist.
void unknown_field(target& to, std::string_view key) {
  const auto name_of = [key](std::string_view prefix) -> std::string_view {
    if (!key.starts_with(prefix)) return {};
    const auto rest = key.substr(prefix.size());
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == rest.size()) return {};
    if (rest.find_first_of(". ", dot + 1) != std::string_view::npos) return {};
    return rest.substr(0, dot);
  };
  if (const auto name = name_of("traefik.frontend.errors."); !name.empty()) {
    error_page_of(to, std::string(name));
    to.notes_of(group::errors).lines.push_back({log_level::error, "Invalid page error label: " + std::string(key)});
  } else if (const auto set = name_of("traefik.frontend.rateLimit.rateSet."); !set.empty()) {
    rate_of(to, std::string(set));
    to.notes_of(group::rate_limit).lines.push_back({log_level::error, "Invalid rate limit label: " + std::string(key)});
  }
}

}  // namespace

target parse_labels(const label_set& labels, bool exposed_by_default) {
  target out;
  out.service.enabled = exposed_by_default;
  for (const auto& [key, given] : labels) {
    if (!schema().apply(out, key, given.key, given.value)) unknown_field(out, key);
  }
  complete(out, labels);
  return out;
}

}  // namespace waggle::discovery::traefik1
