// Options about what is told of the traffic: access log and metrics. Rows of the one table (table.hpp).
#pragma once

#include "options/row.hpp"

#include <span>

namespace waggle::app {

std::span<const option_row> observing_rows();

}  // namespace waggle::app
