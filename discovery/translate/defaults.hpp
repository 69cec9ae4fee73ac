// What Traefik adds to every configuration before it is shown or applied (section 5.2): default entry points, balancing
// method, cookie of the old sticky form. Also right for other providers. Pure.
#pragma once

#include "labels/label_notes.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/traefik1/backend.hpp>
#include <waggle/model/traefik1/frontend.hpp>

#include <vector>

namespace waggle::discovery {

void apply_defaults(model::backend& b, std::vector<log_note>& lines);
void apply_defaults(model::frontend& f, const options& opts, std::vector<log_note>& lines);

}  // namespace waggle::discovery
