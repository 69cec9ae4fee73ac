// What became of one service, in a verdict: routed or not, why, and what to do.
#pragma once

#include "translate/placement.hpp"

#include <waggle/model/verdict.hpp>

#include <string>
#include <vector>

namespace waggle::discovery {

/// The finding that best explains why a service is not routed; null: there is none.
const model::diagnostic* most_severe(const std::vector<model::diagnostic>& list);

/// The label, its value and what is wrong with it, in one line.
std::string in_words(const model::diagnostic& d);

/// Fills in diagnostics, state and reason. @param v  has its names, and the frontends and backend that the service got.
void judge_service(model::verdict& v, const service_view& view, const service_plan& plan, const placement& where, const options& opts);

inline constexpr const char* no_running_task = "no-running-task";

/// Does anything lead to it?
bool has_part(const model::verdict& v) noexcept;

/// State and reason by the names and findings that it has now.
void settle(model::verdict& v);

/// State and reason anew, after diagnostics came or went; what is not routed stays so.
void settle_routed(model::verdict& v);

}  // namespace waggle::discovery
