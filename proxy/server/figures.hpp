// What workers count → totals, and their traffic and endpoints → figures, added up over all of them on the caller's thread.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/figures.hpp>
#include <waggle/proxy/stats.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace waggle::proxy {

class worker;
struct entry_settings;

stats collect_totals(const std::vector<std::unique_ptr<worker>>& workers);

/// Copies on each worker's thread, a few servers at a time.
/// @param table  the newest; null before the first. @param bounds  how many the histograms have.
figures collect_figures(const std::vector<std::unique_ptr<worker>>& workers, std::shared_ptr<const routing::table> table,
                        const std::vector<entry_settings>& entry_points, std::size_t bounds);

}  // namespace waggle::proxy
