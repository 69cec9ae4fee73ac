// What became of one service, in a verdict: routed or not, why, and what to do.
#pragma once

#include "translate/placement.hpp"

#include <waggle/model/verdict.hpp>

namespace waggle::discovery {

/// Fills in diagnostics, state and reason. @param v  has its names, and the frontends and backend that the service got.
void judge_service(model::verdict& v, const service_view& view, const service_plan& plan, const placement& where, const options& opts);

/// The code of the warning about two services with one rule, which looks at more than one service.
inline constexpr const char* same_rule = "same-rule";
/// The last diagnostic is a warning that came later: what it makes of the state.
void warn_last(model::verdict& v);

}  // namespace waggle::discovery
