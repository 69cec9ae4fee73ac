// Words that both forms of a report share.
#pragma once

#include <waggle/model/verdict.hpp>

#include <algorithm>
#include <string_view>

namespace waggle::discovery::check {

constexpr std::string_view word(model::severity level) noexcept {
  return level == model::severity::error ? "error" : level == model::severity::warning ? "warning" : "note";
}

/// The states of /api/verdicts, which has "-" where a report for people has a blank.
inline std::string_view word(const model::verdict& v) noexcept {
  if (v.state == model::routing_state::routed) return "routed";
  if (v.state == model::routing_state::routed_with_warnings) return "routed with warnings";
  const bool asks = v.diagnostics.empty() ||
                    std::any_of(v.diagnostics.begin(), v.diagnostics.end(), [](const auto& d) { return d.level >= model::severity::warning; });
  return asks ? "not routed" : "not exposed";
}

}  // namespace waggle::discovery::check
