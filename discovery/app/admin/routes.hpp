// Path → view of the API. Pure; hostile paths end in 400 or 404. Which paths come here: startup/internal_routes.hpp.
#pragma once

#include "admin/message.hpp"
#include "admin/sources.hpp"

namespace waggle::app::admin {

/// GET and HEAD only (the caller leaves the body of HEAD away); other methods are not found, as in Traefik 1.
response respond(const request& asked, const sources& from);

}  // namespace waggle::app::admin
