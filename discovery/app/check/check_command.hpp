// "waggle check": reads what it is told to check, hands it to discovery, prints the report. It starts nothing and asks
// no Engine.
#pragma once

#include "options/parse.hpp"
#include "startup/resolve.hpp"

#include <string>
#include <vector>

namespace waggle::app {

/// Is this the command line of "waggle check"?
bool asks_for_check(const std::vector<std::string>& args);

/// @return exit code: 0 nothing to mend, 1 problems, 2 usage.
int check_command(option_sources from, const machine& here);

}  // namespace waggle::app
