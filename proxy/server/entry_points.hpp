// Entry points as they were asked for → as workers see them, or why one cannot be.
#pragma once

#include "worker/worker.hpp"

#include <waggle/base/log.hpp>
#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

#include <vector>

namespace waggle::proxy {

/// In the order of the options.
base::text_result<std::vector<entry_settings>> resolve_entry_points(const options& opts, base::logger& log);

}  // namespace waggle::proxy
