// Workers' traffic and endpoints → figures. Copies on each worker's thread, a few at a time, adds up on the caller's.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/figures.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace waggle::proxy {

class worker;
struct entry_settings;

/// @param table  the newest; null before the first. @param bounds  how many the histograms have.
figures collect_figures(const std::vector<std::unique_ptr<worker>>& workers, std::shared_ptr<const routing::table> table,
                        const std::vector<entry_settings>& entry_points, std::size_t bounds);

}  // namespace waggle::proxy
