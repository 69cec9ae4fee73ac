// "waggle healthcheck": asks the own /ping, for Docker's HEALTHCHECK.
#pragma once

#include <waggle/base/result.hpp>

#include <chrono>
#include <string>

namespace waggle::app {

/// GET /ping at `address` (of an entry point: ":8080" is asked on the loopback interface).
/// @return why it is not healthy. Blocks for at most `bound`.
base::explained_result<void> healthcheck(const std::string& address, std::chrono::milliseconds bound);

}  // namespace waggle::app
