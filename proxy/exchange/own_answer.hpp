// Answers that waggle gives itself: the one table of status → body, in Traefik 1.7's words. Pure.
#pragma once

#include "middleware/step.hpp"

#include <string>
#include <string_view>

namespace waggle::proxy {

/// @param why  static text: a reason for the log, of which clients are told what Traefik tells them.
middleware::local_answer own_answer(unsigned status, std::string_view why = {});

/// A path asked for with the other trailing slash: 301 to the rule's spelling, with Go's body for GET.
middleware::local_answer slash_redirect(const std::string& location, bool to_get);

/// After these the framing of what follows cannot be trusted.
bool ends_connection(unsigned status) noexcept;

}  // namespace waggle::proxy
