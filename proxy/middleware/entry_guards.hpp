// What an entry point does to every request before a route is looked for: redirect, auth and white list, in Traefik 1.7's
// order. It decides nothing itself: the guards are those of frontends.
#pragma once

#include "middleware/chain.hpp"

#include <memory>
#include <vector>

namespace waggle::proxy::middleware {

struct entry_guard {
  std::unique_ptr<const guard> check;
  const char* told_as;  ///< what the access log puts before the entry point's name
};

/// Immutable; shared by all workers.
using entry_guards = std::vector<entry_guard>;

/// Null for an entry point that asks for nothing. @return why it cannot be served: a protection that cannot be given must
/// not become an open door.
base::explained_result<std::shared_ptr<const entry_guards>> build_entry_guards(const entry_point& entry, const options& opts,
                                                                               base::logger& log);

}  // namespace waggle::proxy::middleware
