// What redirecting middlewares share: the URL that the client asked for, safe Location values, and the two bodies that
// Traefik 1.7 sends with a redirect.
#pragma once

#include "middleware/step.hpp"

#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

/// Path and query as the client sent them ("/a?b"): the rule's modifiers have left no trace.
std::string original_target(const request_info& about);

/// "http://host/a?b"; https over TLS or if a trusted X-Forwarded-Proto says so.
std::string original_url(const request_info& about);

/// The value of a forwarding field as a server would see it: what a stranger says does not count, and what waggle itself
/// would send does (X-Forwarded-Proto, X-Forwarded-Host), and what a step before has set.
std::string_view told(const request_info& about, std::string_view name) noexcept;

/// As Go's html.EscapeString.
std::string escape_html(std::string_view text);

/// Body is the reason phrase (Traefik's redirect middleware).
local_answer plain_redirect(unsigned status, std::string_view url);

/// As Go's http.Redirect: for GET a line of HTML.
local_answer html_redirect(unsigned status, std::string_view url, std::string_view method);

}  // namespace waggle::proxy::middleware
