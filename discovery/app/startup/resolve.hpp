// settings → what each component is told, with everything checked that needs more than one option. Pure.
#pragma once

#include "options/settings.hpp"
#include "startup/plan.hpp"

#include <waggle/base/result.hpp>

#include <string>

namespace waggle::app {

/// Facts about the machine that defaults depend on.
struct machine {
  unsigned cpus = 1;
  std::string hostname;
};

/// @return all that is missing or contradictory and how to mend it, a line each (options/complaints.hpp).
base::text_result<startup_plan> resolve(const settings& from, const machine& here);

/// Where the own /ready is asked by "waggle healthcheck", which may be given fewer flags than the running
/// process.
base::text_result<std::string> healthcheck_address(const settings& from);

}  // namespace waggle::app
