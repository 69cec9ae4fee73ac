// Path → view of the admin entry point. Pure; hostile paths end in 400 or 404.
#pragma once

#include "admin/message.hpp"
#include "admin/sources.hpp"

namespace waggle::app::admin {

/// GET and HEAD only (the caller leaves the body of HEAD away); other methods are not found, as in Traefik 1.
response respond(const request& asked, const sources& from);

/// Health checks need no password, as in Traefik 1: /ping and /ready are outside the entry point's white list and auth.
bool open_to_all(const request& asked);

}  // namespace waggle::app::admin
