// The lines that Traefik 1.7 writes at debug level when it wires a frontend (traefik1.md 13.2 item 5): people follow them to
// see what became of their labels.
#pragma once

#include "routing/table.hpp"

#include <string>
#include <vector>

namespace waggle::proxy::routing {

/// @param whole  false for a frontend that was skipped: without its routes. Pure.
std::vector<std::string> wiring_lines(const model::frontend& frontend, const backend& to, const std::string& entry_point, bool whole);

}  // namespace waggle::proxy::routing
