// Which frontends an entry point has, in the order in which they are asked, and which of them a host may lead to.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/options.hpp>

namespace waggle::proxy::routing {

/// Fills `entries` of a table from its frontends. Cost: O(frontends × entry points).
void index_entries(table& t, const options& opts);

}  // namespace waggle::proxy::routing
