// Paths that servers read in more than one way: what a rule did not match may be what the server makes of it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::http1 {

/// Why a path (as it would be forwarded) is refused where an entry point is strict (StrictPaths); null: there is one way to
/// read it. Static text.
const char* ambiguity(std::string_view path) noexcept;

/// What some server may take a path for.
struct reading {
  std::string path;
  const char* how;  ///< "merges slashes"
};

/// The readings that differ from `match` (the path as rules see it). For people who ask (explain), not for the request path.
std::vector<reading> other_readings(std::string_view match);

/// Does `rest` go on within the segment that `prefix` ends in?
inline bool cuts_segment(std::string_view prefix, std::string_view rest) noexcept {
  return !prefix.empty() && prefix.back() != '/' && !rest.empty() && rest.front() != '/';
}

}  // namespace waggle::proxy::http1
