// Frontends that want the same requests: what their services are told. Looks at all frontends together. Pure.
#pragma once

#include "translate/rule_coverage.hpp"

#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>

#include <memory>
#include <span>

namespace waggle::discovery {

struct rival {
  const model::router* router = nullptr;
  const rule_coverage* extent = nullptr;
  std::span<const std::shared_ptr<const model::middleware>> middlewares{};  ///< its own; its backend's have no part in this
};

/// Warns of one rule in two services (`same-rule`, to both) and of rules that never win, because a frontend before them
/// takes all their requests on every entry point (`hidden-rule`). Only what is certain is told.
/// @param all  by name, as the proxy breaks ties. Cost: a few hash lookups for each host and path of a rule.
void report_conflicts(std::span<const rival> all, model::verdict_list& verdicts);

/// Warns of error pages (`error-page-of-nobody`) whose backend no service has.
/// @param services  of the configuration that the routers stand in
void tell_missing_pages(std::span<const rival> all, const model::parts<model::service>& services, model::verdict_list& verdicts);

/// Of a service that is served, about one with its rule that cannot be reached.
inline constexpr const char* unreachable_rival = "unreachable-rival";

/// Is it one of these? They depend on frontends alone: whose tasks change keeps them.
bool about_rivals(const model::diagnostic& d) noexcept;

}  // namespace waggle::discovery
