// Workers' counters → stats, added up over all of them.
#pragma once

#include <waggle/proxy/stats.hpp>

#include <memory>
#include <vector>

namespace waggle::proxy {

class worker;

stats collect_totals(const std::vector<std::unique_ptr<worker>>& workers);

}  // namespace waggle::proxy
