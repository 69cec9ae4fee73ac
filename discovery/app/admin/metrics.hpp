// GET /metrics: Traefik 1.7's names and waggle's own (docs/metrics.md). Series of what has left the table are gone with it.
#pragma once

#include "admin/views.hpp"

namespace waggle::app::admin {

response metrics(const sources& from, names);

}  // namespace waggle::app::admin
