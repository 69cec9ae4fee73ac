// Question + table → explanation. Pure; asks the same matchers and the same affinity as the request path.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/explain.hpp>

#include <cstddef>

namespace waggle::proxy::routing {

/// @param entry  index of the entry point in the table. @param strict  it refuses ambiguous paths. @param guarded  it has steps of its
/// own. Cost: one match of every route of that entry point.
request_explanation explain(const table& t, std::size_t entry, bool strict, bool guarded, const request_question& asked);

}  // namespace waggle::proxy::routing
