// Which requests a router takes, as somebody wrote it down.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace waggle::model {

/// Whose grammar a rule is written in.
enum class rule_dialect : std::uint8_t {
  traefik1,  ///< "Host:a.example;PathPrefix:/x"
  traefik3,  ///< "Host(`a.example`) && PathPrefix(`/x`)"
};

struct route_rule {
  std::string name;  ///< "route-frontend-PathPrefix-0"; Traefik 1 names the parts of a rule
  std::string rule;  ///< text in the dialect's grammar
  bool operator==(const route_rule&) const = default;
};

struct rule {
  rule_dialect dialect = rule_dialect::traefik1;
  std::vector<route_rule> parts;  ///< all must match; only files in Traefik 1's form have more than one
  bool operator==(const rule&) const = default;
};

/// Priority as in force: the one that was asked for, else the length of the rule in bytes (Traefik 1.7, 2 and 3).
inline std::int64_t priority_of(int asked, std::span<const route_rule> parts) noexcept {
  std::int64_t length = 0;
  for (const route_rule& r : parts) length += static_cast<std::int64_t>(r.rule.size());
  return asked > 0 ? asked : length;
}

}  // namespace waggle::model
