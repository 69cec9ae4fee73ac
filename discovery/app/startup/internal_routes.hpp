// API, ping and metrics as services of this process, and the routes that lead to them: before the steps of their entry point, but
// with its white list and auth around all but ping (Traefik 1.7 section 8.1). Pure.
#pragma once

#include "startup/plan.hpp"

#include <waggle/model/configuration.hpp>

#include <memory>
#include <string_view>

namespace waggle::app {

/// The provider that these routes are published under; no list for people shows it.
constexpr std::string_view internal_provider = "internal";

std::shared_ptr<const model::configuration> internal_routes(const startup_plan& plan);

}  // namespace waggle::app
