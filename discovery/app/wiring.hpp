// Puts the two modules and the API together, runs them until a signal, and takes them apart in order. No
// rules live here.
#pragma once

#include "process/log_sink.hpp"
#include "process/process_signals.hpp"
#include "startup/resolve.hpp"

#include <waggle/base/log.hpp>

namespace waggle::app {

/// Serves until SIGTERM or SIGINT. @return the process's exit code.
int serve(const startup_plan& plan, const process_signals& signals, async_log_sink& sink, base::logger& log);

}  // namespace waggle::app
