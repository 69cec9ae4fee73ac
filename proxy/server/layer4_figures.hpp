// What workers have counted below HTTP, added up.
#pragma once

#include "routing/table.hpp"

#include <waggle/proxy/layer4_figures.hpp>

#include <memory>
#include <vector>

namespace waggle::proxy {

class worker;

/// Of the servers and services of `table`. Thread: any but a worker's; cost O(servers).
layer4_figures collect_layer4(const std::vector<std::unique_ptr<worker>>& workers, std::shared_ptr<const routing::table> table);

}  // namespace waggle::proxy
