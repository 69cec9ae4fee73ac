// What the dashboard lives on: GET /api/overview (everything once) and /api/events (everything, then what changes, once a
// second, looked at once for all viewers) as server-sent events.
#pragma once

#include "admin/views.hpp"

#include <memory>

namespace waggle::app::admin {

response overview(const sources& from, names);
response events(const sources& from, names);

}  // namespace waggle::app::admin
