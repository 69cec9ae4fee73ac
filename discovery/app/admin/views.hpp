// The answers of the admin entry point: what each view shows, as JSON or text. Which path leads to which is
// in routes.cpp.
#pragma once

#include "admin/message.hpp"
#include "admin/sources.hpp"

#include <span>
#include <string>

namespace waggle::app::admin {

/// The decoded names in a path, in the order of the route's placeholders.
using names = std::span<const std::string>;

response not_found();
response redirect(std::string location);
response bad_request();

response providers(const sources& from, names);
/// One provider's configuration, or the part of it that `names` (provider, backend, server) and the view's
/// kind select.
response provider(const sources& from, names);
response backends(const sources& from, names);
response backend(const sources& from, names);
response servers(const sources& from, names);
response server_of_backend(const sources& from, names);
response frontends(const sources& from, names);
response frontend(const sources& from, names);
response routes_of_frontend(const sources& from, names);
response route_of_frontend(const sources& from, names);

response health(const sources& from, names);
response ping(const sources& from, names);
response ready(const sources& from, names);
response version(const sources& from, names);
response verdicts(const sources& from, names);
response status(const sources& from, names);

/// Traefik 1.7's names and waggle's own (docs/metrics.md). Series of what has left the table are gone with it.
response metrics(const sources& from, names);

/// What the dashboard lives on: everything once …
response overview(const sources& from, names);
/// … and, as server-sent events, everything, then what changes: once a second, looked at once for all viewers.
response events(const sources& from, names);

}  // namespace waggle::app::admin
