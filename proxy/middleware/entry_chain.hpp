// What an entry point does to every request before a route is looked for: redirect, auth and white list, in Traefik 1.7's
// order. It decides nothing itself: the steps are those of frontends.
#pragma once

#include "middleware/chain.hpp"

#include <memory>
#include <vector>

namespace waggle::proxy::middleware {

/// Immutable; shared by all workers.
using entry_chain = std::vector<chain_step>;

/// Null for an entry point that asks for nothing. @return why it cannot be served: a protection that cannot be given must
/// not become an open door.
base::text_result<std::shared_ptr<const entry_chain>> build_entry_chain(const entry_point& entry, const options& opts, base::logger& log);

}  // namespace waggle::proxy::middleware
